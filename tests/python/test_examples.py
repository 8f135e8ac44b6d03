"""The scripts in examples/python/ run, and show what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(os.environ["THALWEG_SOURCE"]) / "examples" / "python"


def printed(name, folder):
    done = subprocess.run([sys.executable, EXAMPLES / name], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_films_are_rated(tmp_path):
    said = printed("film_ratings.py", tmp_path)
    assert float(re.search(r"never saw: (\d\.\d+)", said).group(1)) > 0.1
    assert said.endswith("thalweg.load: <thalweg.Model: regression of IMDB Rating, Rotten Tomatoes Rating>\n")


def test_the_comparison_shows_all_three(tmp_path):
    said = printed("compare_with_scikit_learn.py", tmp_path)
    rows = re.findall(r"^  (\S+) +accuracy (\d\.\d+), log loss (\d+\.\d+), \d+\.\d\d s$", said, re.MULTILINE)
    learners = ["thalweg.Classifier", "MLPClassifier", "HistGradientBoostingClassifier"]
    assert [name for name, _, _ in rows] == 2 * learners
    assert min(float(accuracy) for _, accuracy, _ in rows) > 0.7
    losses = [float(loss) for _, _, loss in rows]
    assert losses[0] < losses[2]  # on titanic, which is small for boosting


def test_back_propagation_by_hand_agrees_with_the_library(tmp_path):
    said = printed("back_propagation_by_hand.py", tmp_path)
    assert said.count("True") == 8
    assert "False" not in said
