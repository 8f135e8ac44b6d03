"""What is explained are the numbers of the network that was trained."""

import html
import os
import re
import subprocess

import numpy as np
import pandas as pd
import pytest

import thalweg


def test_a_row_is_explained_with_the_numbers_of_the_pass(houses, small):
    X, y = houses
    fitted = thalweg.Regressor(**small).fit(X, y)
    told = thalweg.explain(fitted, X, y, row=7).to_dict()
    trace = fitted.model_.network().forward_propagation(np.array([told["h_0"]]))
    assert [layer["a"] for layer in told["layers"]] == [trace["a_1"][0].tolist(), trace["a_2"][0].tolist()]
    assert told["predictions"][0]["value"] == pytest.approx(fitted.predict(X)[7], rel=1e-5)  # float32 against double


def test_without_a_target_there_is_a_way_forward_only(kinds, small):
    X, y = kinds
    fitted = thalweg.Classifier(**small).fit(X, y)
    alone, labelled = thalweg.explain(fitted, X, row=3), thalweg.explain(fitted, X, y, row=3)
    assert "grad_W_1" not in str(alone)
    assert "grad_W_1" in str(labelled)
    assert str(alone).startswith("the data: row 4")


def test_a_notebook_shows_the_page_of_the_command(tmp_path):
    shown = thalweg.explain()._repr_html_()
    page = html.unescape(re.fullmatch('<iframe srcdoc="([^"]*)" style="[^"]*"></iframe>', shown).group(1))
    subprocess.run([os.environ["THALWEG_COMMAND"], "explain", "--demo", "--html", "page.html"], cwd=tmp_path, check=True)
    assert page == (tmp_path / "page.html").read_text()


def test_text_json_and_the_story_of_a_weight_are_those_of_the_command(small, tmp_path):
    rng = np.random.default_rng(12)
    rows = pd.DataFrame({"size": rng.normal(size=60), "city": rng.choice(["Rome", "Oslo"], 60)})
    y = pd.Series(rows["size"] * 2, name="price")
    fitted = thalweg.Regressor(**small).fit(rows, y)
    fitted.save(tmp_path / "model")
    rows.assign(price=y).to_csv(tmp_path / "rows.csv", index=False)

    def said(*more):
        command = [os.environ["THALWEG_COMMAND"], "explain", "model", "rows.csv", "--row", "5", *more]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    def without_title(text):
        return text.split("\n", 1)[1].strip()

    explained = thalweg.explain(fitted, rows, y, row=4)
    assert without_title(str(explained)) == without_title(said())
    assert without_title(explained.full_text()) == without_title(said("--full"))
    assert without_title(explained.weight(1, 2, 1)) == without_title(said("--weight", "1,2,1"))
    of_model = thalweg.explain(thalweg.load(tmp_path / "model"), rows.assign(price=y), row=4)
    assert of_model.to_dict() == explained.to_dict()


def test_what_cannot_be_explained_says_why(houses, small):
    X, y = houses
    fitted = thalweg.Regressor(**small).fit(X, y)
    for given, kind, says in [
        (lambda: thalweg.explain(thalweg.Regressor(), X), thalweg.NotFittedError, "not fitted"),
        (lambda: thalweg.explain(fitted), ValueError, "needs the row"),
        (lambda: thalweg.explain(fitted, X, row=100), ValueError, "100"),
        (lambda: thalweg.explain(fitted, X, row=-1), ValueError, "counted from 0"),
        (lambda: thalweg.explain(fitted, X, network=2), ValueError, "network"),
        (lambda: thalweg.explain(fitted.model_, X, y), ValueError, "columns of X"),
        (lambda: thalweg.explain(fitted, X).weight(9, 1, 1), ValueError, "layer"),
    ]:
        with pytest.raises(kind, match=says):
            given()
