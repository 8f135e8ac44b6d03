#!/usr/bin/env python3
"""Makes every n-th write, fsync, rename, open and allocation of a command fail, one in each run: the command ends with a
clear error and what was there before is intact, or it does without the call and its result is the right one. Never
a file that is harmed or left over. Usage: fail.py PROGRAM LIBRARY [--each N] [NAME...]; names of commands: those alone."""

import argparse
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

OLD = b"what was there before\n"
TRAIN = "train t.csv --target y --hidden 4 --epochs 3 --folds 1 --ensemble 1 --threads 1 -o out".split()
CHECKPOINT = "--checkpoint c --checkpoint-every 1epoch".split()
# What is run, and the file that it makes in place of an old one.
COMMANDS = {
    "train": (TRAIN, "out"),
    "train with a checkpoint": ([*TRAIN, *CHECKPOINT], "out"),
    "resume": ([*TRAIN, *CHECKPOINT, "--resume"], "out"),
    "predict to CSV": ("predict model t.csv --threads 1 -o out.csv".split(), "out.csv"),
    "predict to Parquet": ("predict model t.csv --threads 1 -o out.parquet".split(), "out.parquet"),
}
# A failed allocation within Arrow can end the process, and no caller can help that. Such runs are few, and told; as with
# a kill, they may neither harm a file nor the checkpoint.
MEMORY = ("alloc", "mmap")
# Allocations are thousands: all of the first, then one in so many (--each 1: all of them, in ten minutes).
ALL_OF, THEN_EACH = 100, 31
MOST_LOST = 200


def tells_an_error(err):
    """Last; but a thread may go on to tell of its progress for a moment after another has lacked memory."""
    lines = err.splitlines()
    return bool(lines) and (lines[-1].startswith("error: ") or any(line.startswith("error: not enough memory;") for line in lines))


class Failures:
    def __init__(self, program, library, folder):
        self.program, self.library, self.folder = program, library, folder
        self.runs = self.errors = self.recovered = self.warned = 0
        self.wrong, self.lost = [], []

    def run(self, words, folder, **environment):
        return subprocess.run([self.program, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
                              env={**os.environ, "LD_PRELOAD": self.library, **environment})

    def prepare(self):
        rows = "".join(f"{i * 7 % 13}.5,{'ab'[i % 2]},{i * 5 % 11}\n" for i in range(40))
        (self.folder / "t.csv").write_text("a,kind,y\n" + rows)
        begun = [word if word != "out" else "begun" for word in TRAIN] + CHECKPOINT
        for words in ("train t.csv --target y --hidden 4 --epochs 1 -o model".split(), begun):
            subprocess.run([self.program, *words, "--quiet"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def fresh(self, path, name, output):
        path.mkdir()
        for needed in ("t.csv", "model"):
            shutil.copy(self.folder / needed, path)
        if name == "resume":
            shutil.copy(self.folder / "c", path)
        (path / output).write_bytes(OLD)

    def once(self, name, kind, number):
        words, output = COMMANDS[name]
        path = self.folder / f"{name}-{kind}-{number}"
        self.fresh(path, name, output)
        self.runs += 1
        try:
            done = self.run(words, path, THALWEG_FAIL=f"{kind}:{number}")
            self.judge(f"{name}, {kind} {number}", kind, done, path, name, output)
        except subprocess.TimeoutExpired:
            self.wrong.append(f"{name}, {kind} {number}: it hangs")
        shutil.rmtree(path)

    def judge(self, what, kind, done, path, name, output):
        err, made = done.stderr.decode(errors="replace"), (path / output).read_bytes()
        complaint = None
        lost = done.returncode < 0 and kind in MEMORY
        if done.returncode not in (0, 1) and not lost:
            complaint = f"exit {done.returncode}"
        elif lost and made not in (OLD, self.expected[name]):
            complaint = "the old file is gone"
        elif done.returncode == 1 and not tells_an_error(err):
            complaint = "no error was told"
        elif done.returncode == 1 and made not in (OLD, self.expected[name]):
            complaint = "the old file is gone"
        elif done.returncode == 0 and made != self.expected[name]:
            complaint = "it says all is well, and the file is another"
        elif not lost and any(entry.endswith(".part") for entry in os.listdir(path)):
            complaint = f"left over: {os.listdir(path)}"
        elif (path / "c").exists() and not self.resumes(path, name):
            complaint = "the checkpoint does not lead to the model"
        if lost:
            self.lost.append(f"{what}: exit {done.returncode}")
        self.errors += done.returncode == 1
        self.recovered += done.returncode == 0
        self.warned += "the checkpoint was not written" in err
        if complaint:
            self.wrong.append(f"{what}: {complaint}\n    {err.strip()[-300:]}")

    def resumes(self, path, name):
        done = self.run([*TRAIN, "--checkpoint", "c", "--resume"], path)
        return done.returncode == 0 and (path / "out").read_bytes() == self.expected[name]

    def counts(self, name):
        words, output = COMMANDS[name]
        path = self.folder / name
        self.fresh(path, name, output)
        done = self.run(words, path, THALWEG_COUNT=str(self.folder / "counts"))
        if done.returncode != 0:
            raise SystemExit(f"FAIL: {name}: {done.stderr.decode()}")
        self.expected[name] = (path / output).read_bytes()
        return {line.split()[0]: int(line.split()[1]) for line in (self.folder / "counts").read_text().splitlines()}

    def all_of(self, name, each):
        counts = self.counts(name)
        print(f"{name}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()), flush=True)
        calls = [(name, kind, n) for kind, count in counts.items() for n in range(1, count + 1)
                 if n <= ALL_OF or (n - ALL_OF) % each == 0]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda call: self.once(*call), calls))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a command: " + ", ".join(COMMANDS))
    parser.add_argument("--each", type=int, default=THEN_EACH)
    asked = parser.parse_intermixed_args()
    if unknown := set(asked.names) - COMMANDS.keys():
        parser.error(f"no such command: {', '.join(unknown)}")
    with tempfile.TemporaryDirectory() as folder:
        failures = Failures(str(asked.program.resolve()), str(asked.library.resolve()), Path(folder))
        failures.expected = {}
        failures.prepare()
        for name in asked.names or COMMANDS:
            failures.all_of(name, asked.each)
    print(f"{failures.runs} calls failed: {failures.errors} errors, {failures.recovered} commands did without "
          f"({failures.warned} warned of a checkpoint), {len(failures.lost)} ended within a library")
    if len(failures.lost) > failures.runs // MOST_LOST:
        raise SystemExit(f"FAIL: more than one in {MOST_LOST} ended within a library:\n" + "\n".join(failures.lost))
    if failures.wrong:
        raise SystemExit(f"FAIL: {len(failures.wrong)}\n" + "\n".join(failures.wrong[:40]))


if __name__ == "__main__":
    main()
