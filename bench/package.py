"""What the Python package costs over the command, on this machine: the seconds of fit, with a callback an epoch, against
those of `thalweg train` on W1 (30-64-64-1, relu, squared error, adam), one row's prediction, and the memory that fit takes over an array of
1,000,000 x 30. Usage: package.py PROGRAM (with the package on the path)"""

import json
import statistics
import subprocess
import sys
import tempfile
import timeit
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow
import pyarrow.parquet

import thalweg

PROGRAM = Path(sys.argv[1]).resolve()
RUNS = 5


def table(rows):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((rows, 30), dtype=np.float32)
    return X, np.tanh(X[:, 0] - X[:, 1]).astype(np.float64) + X[:, 2]


def compare(folder, batch, rows, epochs):
    """Seconds of both, one after the other, so that a change of the machine's pace hits both."""
    X, y = table(rows)
    file = folder / "rows.parquet"
    columns = [*(X[:, j] for j in range(30)), y]
    names = [*(f"x{j}" for j in range(30)), "y"]
    pyarrow.parquet.write_table(pyarrow.table(columns, names=names), file)
    words = ["--hidden", "64,64", "--activation", "relu", "--optimizer", "adam", "--batch-size", str(batch), "--epochs",
             str(epochs), "--validation", "0.1", "--patience", "0", "--embedding", "none", "--ensemble", "1", "--folds", "1",
             "--threads", "1"]
    learner = thalweg.Regressor(hidden=(64, 64), activation="relu", optimizer="adam", batch_size=batch, epochs=epochs,
                                validation=0.1, patience=0, embedding="none", threads=1)
    whole, training = [], []  # (of the command, of fit)
    for _ in range(RUNS):
        start = perf_counter()
        done = subprocess.run([PROGRAM, "train", file, "--target", "y", *words, "--quiet", "--json", "-o", folder / "m"],
                              check=True, capture_output=True, text=True)
        middle = perf_counter()
        seen = []
        learner.fit(X, y, callbacks=lambda report: seen.append(report.seconds))
        whole.append((middle - start, perf_counter() - middle))
        training.append((json.loads(done.stdout)["seconds"], seen[-1]))
        assert len(seen) == epochs
    for what, times in (("whole", whole), ("training alone", training)):
        command, fit = (statistics.median(of) for of in zip(*times))
        ratio = statistics.median(of_fit / of_command for of_command, of_fit in times)
        print(f"W1, batches of {batch:3}, {what}: command {command:.3f} s, fit {fit:.3f} s, median ratio {ratio:.3f}")


def one_row():
    X, y = table(1000)
    fitted = thalweg.Regressor(hidden=(64, 64), epochs=1, threads=1, embedding="none").fit(X, y)
    row = X[:1].astype(np.float64)
    times = timeit.repeat(lambda: fitted.predict(row), number=2000, repeat=RUNS)
    print(f"W1, one row: {statistics.median(times) / 2000 * 1e6:.2f} microseconds")


MEMORY = """
import resource, sys
import numpy as np, thalweg, thalweg._estimators
X = np.random.default_rng(1).standard_normal((1_000_000, 30), dtype=np.float32)
y = X[:, 0].astype(np.float64)
thalweg.Regressor(hidden=(4,), epochs=1, iterations=1).fit(X[:100], y[:100])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
thalweg.Regressor(hidden=(64, 64), epochs=1, threads=1).fit(X, y)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / X.nbytes)
"""

with tempfile.TemporaryDirectory() as name:
    compare(Path(name), 32, 40_000, 20)
    compare(Path(name), 256, 100_000, 12)
one_row()
more = float(subprocess.run([sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True).stdout)
print(f"1,000,000 x 30 float32: fit takes {more:.2f} times the array over the array")
