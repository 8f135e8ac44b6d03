"""Public tables from file to score: Thalweg, scikit-learn's perceptron and PyTorch, each the same network, rule and
number of epochs. Times are those of the training, and of everything: reading, preparing, training (a program's start and
Python's imports left out)."""

import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cores
import numpy as np
import pandas
import worker
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

REPEATS = 3
OURS, TOOLS = "Thalweg", {"scikit-learn": "with_sklearn", "PyTorch": "with_pytorch"}
NETWORK = {"hidden": [256, 256], "activation": "relu", "learning_rate": 0.001, "batch": 64, "epochs": 30}
OWN_TABLES = [
    {"name": "digits", "task": "multiclass", "target": ["digit"]},
    {"name": "titanic", "task": "binary", "target": ["survived"]},
    {"name": "movies", "task": "regression", "target": ["IMDB Rating", "Rotten Tomatoes Rating"]},
]
MOST_CATEGORIES = 100


def tables(folder):
    """Those that datasets.json of the folder names, else the project's own."""
    listed = folder / "datasets.json"
    if not listed.exists(): return OWN_TABLES
    chosen = json.loads(listed.read_text())
    for table in chosen: table["target"] = np.atleast_1d(table["target"]).tolist()
    return chosen


def prepare(train, test, target):
    """Numbers standardised, their gaps filled with the median; categories one-hot; text that says something else in
    nearly every row left out."""
    inputs = train.drop(columns=target)
    numbers = list(inputs.select_dtypes("number"))
    names = [column for column in inputs if column not in numbers and inputs[column].nunique() < len(inputs) / 2]
    transformer = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES, sparse_output=False), names))
    return transformer.fit_transform(inputs).astype(np.float32), transformer.transform(test).astype(np.float32)


def accuracy_of(predicted, truth):
    return [float(np.mean(predicted == truth))]


def rmse_of(predicted, truth):
    return np.sqrt(np.mean((predicted.reshape(truth.shape) - truth)**2, axis=0)).tolist()


def run_peer(tool, folder, table, threads):
    """In a process of its own: {"training": seconds, "everything": seconds, "score": [...]}."""
    module = importlib.import_module(TOOLS[tool])
    module.set_threads(threads)
    start = time.perf_counter()
    train, test = (pandas.read_csv(folder / f"{table['name']}.{part}.csv.gz") for part in ("train", "test"))
    target = table["target"]
    train = train.dropna(subset=target)
    inputs, test_inputs = prepare(train, test, target)
    if table["task"] == "regression":
        truth = train[target].to_numpy(np.float64)
        mean, scale, classes = truth.mean(axis=0), truth.std(axis=0), 0
        targets = ((truth - mean) / scale).astype(np.float32)
    else:
        labels, targets = np.unique(train[target[0]].to_numpy(), return_inverse=True)
        classes = len(labels)
    before = time.perf_counter()
    predict = module.train(inputs, targets, classes, NETWORK)
    end = time.perf_counter()
    predicted = predict(test_inputs)
    if classes: score = accuracy_of(labels[predicted.astype(int)], test[target[0]].to_numpy())
    else: score = rmse_of(predicted.reshape(len(test), -1) * scale + mean, test[target].to_numpy(np.float64))
    return {"training": end - before, "everything": end - start, "score": score}


def run_thalweg(program, folder, table, threads):
    hidden = ",".join(map(str, NETWORK["hidden"]))
    with tempfile.TemporaryDirectory() as work:
        model = Path(work) / "model.safetensors"
        options = ["--hidden", hidden, "--activation", NETWORK["activation"], "--optimizer", "adam", "--learning-rate",
                   NETWORK["learning_rate"], "--schedule", "constant", "--batch-size", NETWORK["batch"], "--epochs",
                   NETWORK["epochs"], "--validation", 0, "--embedding", "none", "--one-rate", "--dropout", 0,
                   "--weight-decay", 0, "--threads", threads]
        start = time.perf_counter()
        trained = thalweg(program, threads, "train", folder / f"{table['name']}.train.csv.gz", "--target",
                          ",".join(table["target"]), "-o", model, "--json", "--quiet", *options)
        everything = time.perf_counter() - start
        judged = thalweg(program, threads, "evaluate", model, folder / f"{table['name']}.test.csv.gz", "--json", "--quiet")
    metric = "rmse" if table["task"] == "regression" else "accuracy"
    each = judged.get("targets") or {}
    score = [each[name][metric] for name in table["target"]] if len(each) > 1 else [judged["metrics"][metric]]
    return {"training": trained["seconds"], "everything": everything, "score": score}


def thalweg(program, threads, *words):
    done = subprocess.run([program, *map(str, words)], check=True, capture_output=True, text=True,
                          preexec_fn=cores.hold_to(threads))
    return json.loads(done.stdout)


def in_own_process(tool, folder, table, threads):
    words = [sys.executable, __file__, tool, str(folder), json.dumps(table), str(threads)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, preexec_fn=cores.hold_to(threads),
                          env={**os.environ, **worker.environment(threads)})
    return json.loads(done.stdout.splitlines()[-1])


def median_of(runs):
    return {"training": statistics.median(run["training"] for run in runs),
            "everything": statistics.median(run["everything"] for run in runs), "score": runs[0]["score"]}


def compare(program, folder, threads, done=()):
    """Yields {table, results: {tool: {training, everything, score}}} of each table whose name is not among `done`, the
    tools in turns."""
    for table in tables(folder):
        if table["name"] in done: continue
        runs = {tool: [] for tool in (OURS, *TOOLS)}
        for _ in range(REPEATS):
            runs[OURS].append(run_thalweg(program, folder, table, threads))
            for tool in TOOLS: runs[tool].append(in_own_process(tool, folder, table, threads))
        results = {tool: median_of(all_of_tool) for tool, all_of_tool in runs.items()}
        print(f"{threads} thread(s)  {table['name']:<13}" + "  ".join(
            f"{tool} {result['training']:.3g} s" for tool, result in results.items()), file=sys.stderr)
        yield {"table": table, "results": results}


if __name__ == "__main__":
    print(json.dumps(run_peer(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4]))))
