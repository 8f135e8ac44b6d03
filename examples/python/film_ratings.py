"""Learns what critics and audiences think of films: two targets at once, from a table with texts, dates and missing cells.

    python examples/python/film_ratings.py
"""

import warnings
from pathlib import Path

import pandas as pd

import thalweg

# Of names that training never saw, like a new director's, predict warns.
warnings.simplefilter("ignore")
TABLES = Path(__file__).resolve().parents[2] / "tests" / "data" / "tables"
TARGETS = ["IMDB Rating", "Rotten Tomatoes Rating"]

train = pd.read_csv(TABLES / "movies.train.csv.gz")
test = pd.read_csv(TABLES / "movies.test.csv.gz").dropna(subset=TARGETS)
rated = train.dropna(subset=TARGETS)
print(f"{len(rated)} films with both ratings, {rated.shape[1] - len(TARGETS)} columns to learn from")

losses = []
learner = thalweg.Regressor(seed=1, epochs=30)
learner.fit(rated.drop(columns=TARGETS), rated[TARGETS], callbacks=lambda report: losses.append(report.validation_loss))
print(f"{len(losses)} epochs, the best was number {learner.best_epoch_}")
print(f"R^2 on films that it never saw: {learner.score(test.drop(columns=TARGETS), test[TARGETS]):.2f}")

predicted = learner.predict(test.drop(columns=TARGETS))
for title, truth, guess in zip(test["Title"][:3], test[TARGETS].to_numpy(), predicted):
    print(f"{title}: predicted {guess[0]:.1f} and {guess[1]:.0f}, rated {truth[0]:.1f} and {truth[1]:.0f}")

# The same file serves the command: thalweg predict films.safetensors movies.test.csv.gz
learner.save("films.safetensors")
print(f"thalweg.load: {thalweg.load('films.safetensors')!r}")
