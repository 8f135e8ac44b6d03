#!/usr/bin/env python3
"""Kills trainings (SIGKILL) at random moments and resumes them until they end: every checkpoint can be read, and the
model is that of a training without a break, byte by byte. Usage: kill.py PROGRAM [KILLS [SEED]]
Fewer kills than 200 are made in trainings that are shorter by as much: for a program that a sanitizer slows down."""

import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# What takes part in a state: an update rule's memory, early stopping, members, folds and ensembles side by side.
TRAININGS = {
    "one network": "t.csv --target y --hidden 16 --folds 1 --ensemble 1 --epochs 3000",
    "early stopping": "t.csv --target y --hidden 16 --folds 1 --ensemble 1 --epochs 9000 --patience 2000",
    "no validation": "t.csv --target y --hidden 16 --validation 0 --epochs 2000 --dropout 0.2 --optimizer sgd",
    "folds side by side": "t.csv --target y --hidden 16 --folds 3 --ensemble 2 --epochs 900 --select",
    "lbfgs": "t.csv --target y --hidden 8 --optimizer lbfgs --folds 1 --ensemble 1 --epochs 3000",
    "rprop": "t.csv --target y --hidden 16 --optimizer rprop --folds 1 --ensemble 1 --epochs 6000",
    "members": "t.csv --target y --hidden 16 --preset tabm-mini --members 4 --epochs 300",
    "bf16": "t.csv --target y --hidden 16 --precision bf16 --folds 1 --ensemble 1 --epochs 3000",
}
# Twenty networks of two kinds, as a small table has them without a flag. They take long, so once is enough.
DEFAULTS = "few.csv --target y --epochs 400"
# The first is always in the middle of a write or about to be.
INTERVALS = ["0.0001s", "0.0001s", "0.003s", "0.02s", "1epoch", "7epochs"]


def shortened(words, share):
    return re.sub(r"(?<=--epochs )\d+", lambda epochs: str(max(2, round(share * int(epochs[0])))), words)


def write_table(path, rows, rng):
    kinds = ["red", "green", "blue"]
    lines = ["a,b,kind,y"]
    for _ in range(rows):
        a, b, kind = rng.gauss(0, 1), rng.gauss(0, 1), rng.choice(kinds)
        lines.append(f"{a:.4f},{b:.4f},{kind},{a * b + kinds.index(kind) + rng.gauss(0, 0.1):.4f}")
    path.write_text("\n".join(lines) + "\n")


class Killer:
    def __init__(self, program, folder, rng):
        self.program, self.folder, self.rng = program, folder, rng
        self.kills = self.within_write = self.resumed = 0

    def command(self, words, output):
        return [self.program, "train", *shlex.split(words), "-o", output]

    def reference(self, words):
        """The model without a checkpoint, and how long it takes."""
        begin = time.monotonic()
        subprocess.run([*self.command(words, "whole.safetensors"), "--quiet"], cwd=self.folder, check=True)
        return (self.folder / "whole.safetensors").read_bytes(), time.monotonic() - begin

    def run_once(self, words, seconds):
        """Runs and kills; True where the training came to its end first."""
        options = ["--checkpoint", "c", "--resume", "--checkpoint-every", self.rng.choice(INTERVALS), "--threads",
                   str(self.rng.randint(1, 3))]
        process = subprocess.Popen(self.command(words, "resumed.safetensors") + options, cwd=self.folder,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        try:
            _, err = process.communicate(timeout=self.rng.uniform(0.0, 1.1 * seconds))
        except subprocess.TimeoutExpired:
            process.kill()
            _, err = process.communicate()
        self.resumed += "training goes on from c" in err
        if process.returncode not in (0, -9):
            raise SystemExit(f"FAIL: exit {process.returncode}: {err}")
        if process.returncode == 0:
            return True
        self.kills += 1
        self.within_write += any(".c." in name for name in os.listdir(self.folder))
        return False

    def run_to_end(self, name, words, model, seconds):
        for left in ("c", "resumed.safetensors"):
            (self.folder / left).unlink(missing_ok=True)
        while not self.run_once(words, seconds):
            pass
        if (self.folder / "resumed.safetensors").read_bytes() != model:
            raise SystemExit(f"FAIL: {name}: the model is another than without a break")
        beside = [entry for entry in os.listdir(self.folder) if entry.endswith(".part")]
        if beside:
            raise SystemExit(f"FAIL: {name}: files were left: {beside}")


def main(program, kills=200, seed=None):
    kills = int(kills)
    seed = int(seed) if seed is not None else time.time_ns() % 1_000_000
    print(f"seed {seed}", flush=True)
    rng = random.Random(seed)
    ends = 1
    with tempfile.TemporaryDirectory() as folder:
        killer = Killer(str(Path(program).resolve()), Path(folder), rng)
        write_table(Path(folder) / "t.csv", 300, rng)
        write_table(Path(folder) / "few.csv", 60, rng)
        share = min(1.0, kills / 200)
        defaults = shortened(DEFAULTS, share)
        trainings = {name: shortened(words, share) for name, words in TRAININGS.items()}
        killer.run_to_end("defaults", defaults, *killer.reference(defaults))
        references = {name: killer.reference(words) for name, words in trainings.items()}
        while killer.kills < kills:
            for name, words in trainings.items():
                killer.run_to_end(name, words, *references[name])
                ends += 1
    print(f"{killer.kills} kills, {killer.within_write} of them while a checkpoint was written; {killer.resumed} runs went on "
          f"from one; {ends} trainings came to their end with the same bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
