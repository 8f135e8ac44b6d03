#!/usr/bin/env python3
"""What it costs to look at a training: trains with and without --report, --log and --tensorboard by turns and compares the
seconds of training, the least of each. Prints one line a table.
Usage: insight.py THALWEG TABLES_FOLDER [--rounds N]"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

# From steps of some microseconds to large ones.
TRAININGS = [
    ("adult.train.csv.gz", "income", ["--hidden", "8", "--batch-size", "64", "--embedding", "none", "--epochs", "12"]),
    ("adult.train.csv.gz", "income", ["--epochs", "3"]),
    ("diamonds.train.csv.gz", "price", ["--hidden", "64,64", "--epochs", "6"]),
    ("mnist10k.train.csv.gz", "digit", ["--hidden", "128,128", "--epochs", "6"]),
]
RECORDS = {"--report": "r.html", "--log": "l.jsonl", "--tensorboard": "events"}


def seconds(program, folder, table, target, flags):
    done = subprocess.run([program, "train", table, "--target", target, "--folds", "1", "--ensemble", "1", "--quiet", "--json",
                           "--threads", "1", *flags], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0: raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])["seconds"]


def main():
    program, tables = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    rounds = int(sys.argv[4]) if sys.argv[3:4] == ["--rounds"] else 5
    print(f"{'table':<24}{'flags':<58}{'seconds':>8}" + "".join(f"{flag:>15}" for flag in RECORDS))
    for table, target, flags in TRAININGS:
        least = {}
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(rounds):
                for record in ("", *RECORDS):
                    more = [record, RECORDS[record]] if record else []
                    taken = seconds(program, folder, str(tables / table), target, [*flags, *more])
                    least[record] = min(taken, least.get(record, taken))
        shares = "".join(f"{100 * (least[record] / least[''] - 1):>+14.1f}%" for record in RECORDS)
        print(f"{table.split('.')[0]:<24}{' '.join(flags):<58}{least['']:>8.2f}{shares}")


main()
