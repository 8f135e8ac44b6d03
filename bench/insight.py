#!/usr/bin/env python3
"""What it costs to look at a training, on one thread: --report, --log and --tensorboard (by_turns.py).
Usage: insight.py THALWEG TABLES_FOLDER [--rounds N] [--only NUMBER]"""

import by_turns

ALONE = ["--folds", "1", "--ensemble", "1"]
# From steps of some microseconds to large ones, and twenty networks of five folds.
TRAININGS = [
    ("adult.train.csv.gz", "income", ["--hidden", "8", "--batch-size", "64", "--embedding", "none", "--epochs", "12", *ALONE]),
    ("adult.train.csv.gz", "income", ["--epochs", "3", *ALONE]),
    ("diamonds.train.csv.gz", "price", ["--hidden", "64,64", "--epochs", "6", *ALONE]),
    ("mnist10k.train.csv.gz", "digit", ["--hidden", "128,128", "--epochs", "6", *ALONE]),
    ("titanic.train.csv.gz", "survived", []),
]

by_turns.compare(TRAININGS, {"--report": "r.html", "--log": "l.jsonl", "--tensorboard": "events"})
