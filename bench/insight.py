#!/usr/bin/env python3
"""What it costs to look at a training: runs the whole program, reading and page included, with and without --report, --log and
--tensorboard by turns, and tells the median over rounds of how much longer each took than the bare one of its round, with
the least and the most. Prints one line a training.
Usage: insight.py THALWEG TABLES_FOLDER [--rounds N] [--only NUMBER]"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ALONE = ["--folds", "1", "--ensemble", "1"]
# From steps of some microseconds to large ones, and twenty networks of five folds.
TRAININGS = [
    ("adult.train.csv.gz", "income", ["--hidden", "8", "--batch-size", "64", "--embedding", "none", "--epochs", "12", *ALONE]),
    ("adult.train.csv.gz", "income", ["--epochs", "3", *ALONE]),
    ("diamonds.train.csv.gz", "price", ["--hidden", "64,64", "--epochs", "6", *ALONE]),
    ("mnist10k.train.csv.gz", "digit", ["--hidden", "128,128", "--epochs", "6", *ALONE]),
    ("titanic.train.csv.gz", "survived", []),
]
RECORDS = {"--report": "r.html", "--log": "l.jsonl", "--tensorboard": "events"}


def seconds(words, folder):
    start = time.perf_counter()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    taken = time.perf_counter() - start
    if done.returncode != 0: raise SystemExit(done.stderr)
    return taken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", type=int, help="one of the trainings, from 1")
    asked = parser.parse_args()
    program, tables = asked.program.resolve(), asked.tables.resolve()
    trainings = TRAININGS if asked.only is None else TRAININGS[asked.only - 1:asked.only]
    print(f"{'table':<12}{'flags':<84}{'seconds':>8}" + "".join(f"{flag + ' (least, most)':>28}" for flag in RECORDS))
    for table, target, flags in trainings:
        bare, ratios = [], {record: [] for record in RECORDS}
        with tempfile.TemporaryDirectory() as folder:
            words = [str(program), "train", str(tables / table), "--target", target, "--quiet", "--threads", "1", *flags]
            seconds(words, folder)  # the table comes into the cache of files
            for _ in range(asked.rounds):
                bare.append(seconds(words, folder))
                for record, path in RECORDS.items():
                    ratios[record].append(seconds([*words, record, path], folder) / bare[-1])
        shares = "".join(
            f"{100 * (statistics.median(of) - 1):>+10.1f}% ({100 * (min(of) - 1):+.1f}, {100 * (max(of) - 1):+.1f})".rjust(28)
            for of in ratios.values())
        print(f"{table.split('.')[0]:<12}{' '.join(flags):<84}{statistics.median(bare):>8.2f}{shares}", flush=True)


main()
