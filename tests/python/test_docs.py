"""The sessions in docs/python.md print what stands below them."""

import doctest
import os
import re
import warnings
from pathlib import Path

PAGE = Path(os.environ["THALWEG_SOURCE"]) / "docs" / "python.md"


def test_the_page_is_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sessions = re.findall(r"^```pycon\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    test = doctest.DocTestParser().get_doctest("\n".join(sessions), {}, PAGE.name, str(PAGE), 0)
    said = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = doctest.DocTestRunner().run(test, out=said.append)
    assert results.attempted > 20
    assert results.failed == 0, "".join(said)
