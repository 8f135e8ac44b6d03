"""Trains RealMLP-TD and RealMLP-TD-S twice: as their authors' package pytabkit has them, and as `thalweg train
--preset realmlp` and `realmlp-s` do. Both learn from the same rows, choose their epoch on the same rows and are scored on
the same test rows, with the same number of threads.

    python parity_realmlp.py DATA PROGRAM [TABLE ...]      (needs torch, pytabkit, pandas, scikit-learn)

DATA is a folder with datasets.json, NAME.train.csv.gz and NAME.test.csv.gz. Without names all tables are trained.
"""

import argparse
import json
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error, roc_auc_score

import parity

VALIDATION = 0.2  # of the training rows


def read_table(folder, entry):
    """Training and test rows as both can read them: numbers without gaps, no names and dates of single rows."""
    train, test = (pd.read_csv(folder / f"{entry['name']}.{part}.csv.gz") for part in ("train", "test"))
    targets = entry["target"] if isinstance(entry["target"], list) else [entry["target"]]
    for name in train.columns.difference(targets, sort=False):
        column = train[name]
        if not pd.api.types.is_numeric_dtype(column):
            train[name], test[name] = (part[name].astype(object).where(part[name].notna(), None) for part in (train, test))
            if column.nunique() > 0.3 * len(column):
                train, test = train.drop(columns=name), test.drop(columns=name)
        elif column.isna().any() or test[name].isna().any():
            missing = {part: frame[name].isna().astype(float) for part, frame in (("train", train), ("test", test))}
            train[name], test[name] = (frame[name].fillna(column.mean()) for frame in (train, test))
            if missing["train"].any():
                train[f"{name} is missing"], test[f"{name} is missing"] = missing["train"], missing["test"]
    return train, test, targets


def split(rows, seed):
    order = np.random.default_rng(seed).permutation(len(rows))
    held_out = round(VALIDATION * len(rows))
    return rows.iloc[order[held_out:]], rows.iloc[order[:held_out]]


def scores(task, truth, predicted, probabilities, classes):
    if task == "regression":
        errors = root_mean_squared_error(truth, predicted, multioutput="raw_values")
        return {f"rmse {name}" if truth.shape[1] > 1 else "rmse": float(e) for name, e in zip(truth.columns, errors)}
    truth = truth.iloc[:, 0].astype(str)
    found = {"accuracy": float(accuracy_score(truth, predicted))}
    if task == "binary": found["auc"] = float(roc_auc_score(truth == classes[1], probabilities[:, 1]))
    return found | {"log_loss": float(log_loss(truth, probabilities, labels=classes))}


def train_theirs(preset, task, parts, targets, seed, threads):
    from pytabkit import (RealMLP_TD_Classifier, RealMLP_TD_Regressor, RealMLP_TD_S_Classifier, RealMLP_TD_S_Regressor)
    kinds = {("realmlp", True): RealMLP_TD_Regressor, ("realmlp", False): RealMLP_TD_Classifier,
             ("realmlp-s", True): RealMLP_TD_S_Regressor, ("realmlp-s", False): RealMLP_TD_S_Classifier}
    real = task == "regression"
    inputs = [part.drop(columns=targets) for part in parts]
    y = [part[targets] if real else part[targets[0]].astype(str) for part in parts]
    model = kinds[preset, real](random_state=seed, n_threads=threads, device="cpu")
    watch = parity.Stopwatch()
    model.fit(inputs[0], y[0], X_val=inputs[1], y_val=y[1])
    seconds = watch.seconds()
    probabilities = None if real else model.predict_proba(inputs[2])
    predicted = model.predict(inputs[2])
    classes = None if real else list(model.classes_)
    return scores(task, parts[2][targets], predicted, probabilities, classes), seconds


def train_ours(program, preset, task, parts, targets, seed, threads):
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{name}.csv" for name in ("train", "validation", "test")]
        for part, file in zip(parts, files): part.to_csv(file, index=False)
        model, out = Path(folder) / "model.safetensors", Path(folder) / "predictions.csv"
        watch = parity.Stopwatch()
        subprocess.run([program, "train", files[0], "--target", ",".join(targets), "--task", task, "--preset", preset,
                        "--validation", files[1], "--seed", str(seed), "--threads", str(threads), "--quiet", "-o", model],
                       check=True)
        seconds = watch.seconds()
        subprocess.run([program, "predict", model, files[2], "-o", out], check=True, capture_output=True)
        said = pd.read_csv(out, dtype={} if task == "regression" else {"prediction": str})
    if task == "regression":
        return scores(task, parts[2][targets], said.iloc[:, :len(targets)], None, None), seconds
    classes = [name.removeprefix("p_") for name in said.columns[1:]]
    return scores(task, parts[2][targets], said["prediction"], said.iloc[:, 1:].to_numpy(), classes), seconds


def compare(arguments, entry, preset):
    """A run of both for each seed."""
    train, test, targets = read_table(arguments.data, entry)
    for seed in arguments.seeds:
        parts = (*split(train, seed), test)
        rest = (preset, entry["task"], parts, targets, seed, arguments.threads)
        made = {parity.OURS: train_ours(arguments.program, *rest), parity.AUTHORS: train_theirs(*rest)}
        for tool, (found, seconds) in made.items():
            yield {"table": entry["name"], "preset": preset, "tool": tool, "seed": seed, "scores": found, "cpu": seconds}


def runs(arguments):
    for entry in json.loads((arguments.data / "datasets.json").read_text()):
        if arguments.tables and entry["name"] not in arguments.tables: continue
        for preset in arguments.preset or ("realmlp", "realmlp-s"): yield from compare(arguments, entry, preset)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("program", type=Path)
    parser.add_argument("tables", nargs="*")
    parser.add_argument("--preset", choices=["realmlp", "realmlp-s"], action="append")
    parity.add_options(parser)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    arguments.program = arguments.program.resolve()
    parity.tell(runs(arguments), arguments.json)


if __name__ == "__main__":
    main()
