#!/usr/bin/env python3
"""Trains on each public table as tests/data/hashes.json says and holds the model file to the SHA-256 that is written
down there, with one thread and with three, on the best SIMD target and on the scalar one.
Usage: check.py PROGRAM SOURCE_DIR [--update|--once]; --update writes the hashes anew, for an engine whose bits were changed
on purpose: say so in CHANGELOG.md, since every user's models change with it. --once trains with three threads only, for a
slow program (one that a sanitizer watches)."""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

MACHINES = [({}, 1), ({}, 3), ({"THALWEG_SIMD": "scalar"}, 1)]


def model_hash(program, tables, words, environment, threads):
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.safetensors"
        subprocess.run([program, "train", *shlex.split(words), "--threads", str(threads), "--quiet", "-o", model], cwd=tables,
                       env={**os.environ, **environment}, check=True)
        return hashlib.sha256(model.read_bytes()).hexdigest()


def main(program, source, flag=None):
    update = flag == "--update"
    machines = [({}, 3)] if flag == "--once" else MACHINES
    file = Path(source) / "tests/data/hashes.json"
    tables = Path(source) / "tests/data/tables"
    program = Path(program).resolve()
    entries = json.loads(file.read_text())
    failed = False
    for name, entry in entries.items():
        hashes = [model_hash(program, tables, entry["train"], *machine) for machine in machines]
        for (environment, threads), found in zip(machines, hashes):
            if found != (hashes[0] if update else entry["sha256"]):
                failed = True
                print(f"{name}, {threads} threads, {environment}: the model has the hash {found}")
        entry["sha256"] = hashes[0]
    if failed:
        sys.exit("other bits than expected: see HACKING.md, \"When the bits change\"")
    if update:
        file.write_text(json.dumps(entries, indent=2) + "\n")
    print(f"{len(entries)} models, {len(machines)} times each")


main(*sys.argv[1:])
