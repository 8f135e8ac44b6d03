#!/usr/bin/env python3
"""What checkpoints at the default interval cost a training of several intervals, on one thread (by_turns.py).
Usage: checkpoints.py THALWEG TABLES_FOLDER [--rounds N] [--only NUMBER]"""

import by_turns

WHOLE = ["--folds", "1", "--ensemble", "1", "--patience", "0"]
# Some minutes each: 0.6 and 5.6 million parameters, and a table.
TRAININGS = [
    ("mnist10k.train.csv.gz", "digit", ["--hidden", "512,512", "--epochs", "300", *WHOLE]),
    ("mnist10k.train.csv.gz", "digit", ["--hidden", "2048,2048", "--epochs", "50", *WHOLE]),
    ("adult.train.csv.gz", "income", ["--epochs", "300", *WHOLE]),
]

by_turns.compare(TRAININGS, {"--checkpoint": "run.checkpoint"})
