#!/usr/bin/env python3
"""A disk that is full: a tmpfs of 64 KiB, on which a training, its checkpoints and predictions have no room. The error
says so, and what was there before is intact. Skipped (77) where nothing may be mounted. Usage: full_disk.py PROGRAM"""

import subprocess
import sys
import tempfile
from pathlib import Path

OLD = b"what was there before\n"


def run(program, words, folder):
    return subprocess.run([program, *words.split()], cwd=folder, capture_output=True, text=True, check=False)


def expect(holds, what, done):
    if not holds:
        raise SystemExit(f"FAIL: {what}: exit {done.returncode}: {done.stderr}")


def check(program, folder):
    disk = folder / "disk"
    (folder / "t.csv").write_text("a,y\n" + "".join(f"{i * 7919 % 19997},{i * 5 % 11}.5\n" for i in range(20000)))
    for name in ("out", "c"):
        (disk / name).write_bytes(OLD)
    wide = "train t.csv --target y --hidden 128,128 --epochs 2 --folds 1 --ensemble 1"

    def expect_left(what, done, *names):
        left = sorted(entry.name for entry in disk.iterdir())
        expect(left == sorted(names), f"{what}: left {left}", done)
        expect((disk / "out").read_bytes() == OLD, f"{what}: the old file is gone", done)

    done = run(program, f"{wide} -o disk/out", folder)
    expect(done.returncode == 1 and "cannot write 'disk/out': no space left on device" in done.stderr, "train", done)
    expect_left("train", done, "c", "out")

    (disk / "c").unlink()
    done = run(program, f"{wide} -o model --checkpoint disk/c --checkpoint-every 1epoch", folder)
    expect(done.returncode == 0 and "warning: the checkpoint was not written" in done.stderr, "checkpoint", done)
    expect("no space left on device" in done.stderr, "checkpoint", done)
    expect("it is in the model alone" in done.stderr, "the last checkpoint", done)
    expect_left("checkpoint", done, "out")
    whole = (folder / "model").read_bytes()
    again = run(program, f"{wide} -o whole", folder)
    expect(whole == (folder / "whole").read_bytes(), "the model without its checkpoints is another", again)

    for output in ("out", "out.parquet"):
        (disk / output).write_bytes(OLD)
        done = run(program, f"predict model t.csv -o disk/{output}", folder)
        expect(done.returncode == 1 and "no space left on device" in done.stderr.lower(), f"predict {output}", done)
        expect((disk / output).read_bytes() == OLD, f"predict {output}: the old file is gone", done)
    expect_left("predict", done, "out", "out.parquet")
    print("a full disk: 4 commands, each with an error or a warning, and the files before intact")


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        disk = Path(folder) / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, text=True)
        if mounted.returncode != 0:
            print(f"skipped, as nothing may be mounted here: {mounted.stderr.strip()}")
            sys.exit(77)
        try:
            check(str(Path(program).resolve()), Path(folder))
        finally:
            subprocess.run(["umount", disk], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
