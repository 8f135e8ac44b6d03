"""What flags cost a training: the whole program, reading and writing included, with and without each flag by turns. Told
as seconds of the processor, user and system: the least of all rounds against the least, which other work on the machine
disturbs the least, and the median against the median."""

import argparse
import resource
import statistics
import subprocess
import tempfile
from pathlib import Path


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(words):
    """Of a run in an empty folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        before = processor_seconds()
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0: raise SystemExit(done.stderr)
        return processor_seconds() - before


def more(taken, bare):
    return f"{100 * (taken / bare - 1):+.1f}%"


def compare(trainings, flags):
    """Prints a line for each of `trainings`, (table, target, options), as the command line asks; `flags`: {flag: value}."""
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", type=int, help="one of the trainings, from 1")
    asked = parser.parse_args()
    program, tables = asked.program.resolve(), asked.tables.resolve()
    if asked.only is not None: trainings = trainings[asked.only - 1:asked.only]
    print(f"{'table':<12}{'flags':<84}{'seconds':>8}" + "".join(f"{flag + ' least, median':>30}" for flag in flags))
    for table, target, options in trainings:
        bare, taken = [], {flag: [] for flag in flags}
        words = [str(program), "train", str(tables / table), "--target", target, "--quiet", "--threads", "1", *options]
        (tables / table).read_bytes()  # into the cache of files
        for _ in range(asked.rounds):
            bare.append(seconds(words))
            for flag, value in flags.items(): taken[flag].append(seconds([*words, flag, value]))
        costs = "".join(
            f"{more(min(of), min(bare))}, {more(statistics.median(of), statistics.median(bare))}".rjust(30) for of in taken.values())
        print(f"{table.split('.')[0]:<12}{' '.join(options):<84}{min(bare):>8.2f}{costs}", flush=True)
