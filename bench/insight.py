#!/usr/bin/env python3
"""What it costs to look at a training: runs the whole program on one thread, reading and page included, with and without
--report, --log and --tensorboard by turns, and tells how many more seconds of the processor each took than the bare
one: the least of all rounds against the least, which other work on the machine disturbs the least, and the median against
the median. Prints one line a training.
Usage: insight.py THALWEG TABLES_FOLDER [--rounds N] [--only NUMBER]"""

import argparse
import resource
import statistics
import subprocess
import tempfile
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


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(words, folder):
    before = processor_seconds()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0: raise SystemExit(done.stderr)
    return processor_seconds() - before


def more(taken, bare):
    return f"{100 * (taken / bare - 1):+.1f}%"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", type=int, help="one of the trainings, from 1")
    asked = parser.parse_args()
    program, tables = asked.program.resolve(), asked.tables.resolve()
    trainings = TRAININGS if asked.only is None else TRAININGS[asked.only - 1:asked.only]
    print(f"{'table':<12}{'flags':<84}{'seconds':>8}" + "".join(f"{flag + ' least, median':>30}" for flag in RECORDS))
    for table, target, flags in trainings:
        bare, taken = [], {record: [] for record in RECORDS}
        with tempfile.TemporaryDirectory() as folder:
            words = [str(program), "train", str(tables / table), "--target", target, "--quiet", "--threads", "1", *flags]
            seconds(words, folder)  # the table comes into the cache of files
            for _ in range(asked.rounds):
                bare.append(seconds(words, folder))
                for record, path in RECORDS.items():
                    taken[record].append(seconds([*words, record, path], folder))
        costs = "".join(
            f"{more(min(of), min(bare))}, {more(statistics.median(of), statistics.median(bare))}".rjust(30) for of in taken.values())
        print(f"{table.split('.')[0]:<12}{' '.join(flags):<84}{min(bare):>8.2f}{costs}", flush=True)


main()
