"""The sessions in docs/python.md print what stands below them, and the reference is that of the docstrings."""

import doctest
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

SOURCE = Path(os.environ["THALWEG_SOURCE"])
PAGE = SOURCE / "docs" / "python.md"


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


def test_the_reference_is_that_of_the_docstrings():
    made = subprocess.run([sys.executable, SOURCE / "python" / "make_reference.py"], check=True, capture_output=True)
    assert (SOURCE / "docs" / "python-reference.md").read_bytes() == made.stdout


def test_the_tables_of_parameters_name_parameters_that_there_are():
    """Of MLPClassifier and of ours; torch has no table to hold them to."""
    from sklearn.neural_network import MLPClassifier

    import thalweg

    table = re.search(r"^\| `MLPClassifier`.*?\n\n", PAGE.read_text(), re.DOTALL | re.MULTILINE).group()
    theirs, ours = set(), set()
    for line in table.strip().splitlines()[2:]:
        left, right = line.strip("|").split("|")
        for cell, names in ((left, theirs), (right, ours)):
            names.update(re.findall(r"`([a-z]\w*)(?=[=`])", cell))
    left_out = {"fit", "loss_curve_", "validation_scores_", "n_iter_", "partial_fit", "coefs_", "intercepts_", "model_"}
    words = {"alpha", "adamw"}  # of explanations on our side
    assert theirs - left_out == set(MLPClassifier().get_params())
    assert ours - left_out - words <= set(thalweg.Classifier().get_params())
