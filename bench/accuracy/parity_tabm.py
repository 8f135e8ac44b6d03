"""Holds `--preset tabm` and `tabm-mini` against the authors' package tabm with the training loop of its example.ipynb.

Usage: parity_tabm.py DATA [--program thalweg] [--tables a,b] [--presets tabm,tabm-mini] [--seeds 5] [--threads 2] [--json FILE]

DATA holds NAME.train.csv.gz, NAME.test.csv.gz and datasets.json, which names each table's target and metric. Both learn
from the same 80% of the training rows and stop by the same 20%, drawn anew for each seed, and are scored on the test rows.
Needs torch, tabm, rtdl_num_embeddings, scikit-learn and pandas. Prints means, standard deviations over seeds, and times."""

import argparse
import json
import math
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import rtdl_num_embeddings
import sklearn.metrics
import sklearn.model_selection
import sklearn.preprocessing
import tabm
import torch

LARGER_IS_BETTER = {"auc", "accuracy"}


class Task:
    """A table's parts as the authors' notebook prepares them."""

    def __init__(self, entry, learn, held_out, test):
        self.kind, self.metric = entry["task"], entry["metric"]
        self.targets = entry["target"] if isinstance(entry["target"], list) else [entry["target"]]
        parts = {"train": learn, "val": held_out, "test": test}
        columns = [name for name in learn if name not in self.targets]
        numbers = [name for name in columns if pd.api.types.is_numeric_dtype(learn[name])
                   and not pd.api.types.is_bool_dtype(learn[name]) and learn[name].nunique() > 1]
        self.x_num = self.scale({part: frame[numbers].to_numpy(float) for part, frame in parts.items()})
        self.x_cat, self.cardinalities = self.encode(parts, [name for name in columns if name not in numbers
                                                             and not pd.api.types.is_numeric_dtype(learn[name])
                                                             or pd.api.types.is_bool_dtype(learn[name])])
        self.read_targets(parts)

    @staticmethod
    def scale(numbers):
        train = numbers["train"]
        if train.shape[1] == 0: return {part: torch.zeros(len(x), 0) for part, x in numbers.items()}
        noise = np.random.default_rng(0).normal(0.0, 1e-5, train.shape)
        transformer = sklearn.preprocessing.QuantileTransformer(
            n_quantiles=max(min(len(train) // 30, 1000), 10), output_distribution="normal", subsample=10**9)
        transformer.fit(train + noise)
        return {part: torch.tensor(np.nan_to_num(transformer.transform(x)), dtype=torch.float32)
                for part, x in numbers.items()}

    @staticmethod
    def encode(parts, names):
        """A value that training did not have gets the number after the last."""
        codes, cardinalities = {part: [] for part in parts}, []
        for name in names:
            known = {value: code for code, value in enumerate(sorted(parts["train"][name].dropna().astype(str).unique()))}
            if parts["train"][name].isna().any(): known[None] = len(known)
            cardinalities.append(len(known))
            for part, frame in parts.items():
                values = [None if missing else str(value) for value, missing in zip(frame[name], frame[name].isna())]
                codes[part].append([known.get(value, len(known)) for value in values])
        return {part: torch.tensor(np.array(lists, dtype=np.int64).reshape(len(names), -1).T.copy())
                for part, lists in codes.items()}, cardinalities

    def read_targets(self, parts):
        if self.kind == "regression":
            raw = {part: frame[self.targets].to_numpy(float) for part, frame in parts.items()}
            self.mean, self.scale_of_target = raw["train"].mean(0), raw["train"].std(0)
            self.y = {part: torch.tensor((y - self.mean) / self.scale_of_target, dtype=torch.float32)
                      for part, y in raw.items()}
            self.true, self.outputs = raw["test"], len(self.targets)
        else:
            self.classes = sorted(parts["train"][self.targets[0]].astype(str).unique())
            self.y = {part: torch.tensor([self.classes.index(value) for value in frame[self.targets[0]].astype(str)])
                      for part, frame in parts.items()}
            self.true, self.outputs = self.y["test"].numpy(), len(self.classes)

    def score(self, predicted):
        """Of test rows: a list for each target of real values, else one number in a list."""
        if self.kind == "regression":
            errors = predicted * self.scale_of_target + self.mean - self.true
            return np.sqrt((errors ** 2).mean(0)).tolist()
        if self.metric == "auc": return [sklearn.metrics.roc_auc_score(self.true, predicted[:, 1])]
        return [float((predicted.argmax(1) == self.true).mean())]


def batch_size_of(rows):
    """pytabkit 1.7, tabm_interface.py."""
    for least, size in [(2800, 32), (4500, 64), (6400, 128), (32000, 256), (108000, 512)]:
        if rows < least: return size
    return 1024


class OneHot(torch.nn.Module):
    """The package's own has no room for values that training did not have, which are zeros in the paper."""

    def __init__(self, cardinalities):
        super().__init__()
        self.cardinalities = cardinalities

    def forward(self, codes):
        return torch.cat([torch.nn.functional.one_hot(codes[..., j], known + 1)[..., :-1]
                          for j, known in enumerate(self.cardinalities)], -1)


class Authors:
    """TabM.make and the loop of example.ipynb, with batches for each member apart as in the paper's runs."""

    def __init__(self, task, preset, seed):
        torch.manual_seed(seed)
        self.task, self.rows = task, len(task.y["train"])
        embeddings = None
        if task.x_num["train"].shape[1] > 0:
            bins = rtdl_num_embeddings.compute_bins(task.x_num["train"], n_bins=min(48, self.rows - 1))
            embeddings = rtdl_num_embeddings.PiecewiseLinearEmbeddings(bins, 16, activation=False, version="B")
        self.model = tabm.TabM.make(n_num_features=task.x_num["train"].shape[1],
                                    cat_cardinalities=task.cardinalities, d_out=task.outputs,
                                    num_embeddings=embeddings, arch_type=preset)
        if task.cardinalities: self.model.cat_module = OneHot(task.cardinalities)
        biases = [p for name, p in self.model.named_parameters() if name.endswith("bias") or "num_module" in name]
        others = [p for p in self.model.parameters() if all(p is not bias for bias in biases)]
        self.optimizer = torch.optim.AdamW([{"params": others}, {"params": biases, "weight_decay": 0.0}],
                                           lr=2e-3, weight_decay=3e-4)

    def apply(self, part, rows):
        x_num, x_cat = self.task.x_num[part][rows], self.task.x_cat[part][rows]
        return self.model(x_num if x_num.shape[-1] else None, x_cat if x_cat.shape[-1] else None)

    def loss(self, predicted, rows):
        y = self.task.y["train"][rows].flatten(0, 1)
        predicted = predicted.flatten(0, 1)
        if self.task.kind == "regression": return torch.nn.functional.mse_loss(predicted, y)
        return torch.nn.functional.cross_entropy(predicted, y)

    def predict(self, part):
        self.model.eval()
        with torch.inference_mode():
            parts = [self.apply(part, rows) for rows in torch.arange(len(self.task.y[part])).split(1024)]
        members = torch.cat(parts).double()
        return (members if self.task.kind == "regression" else members.softmax(-1)).mean(1).numpy()

    def validate(self):
        predicted, y = self.predict("val"), self.task.y["val"].numpy()
        if self.task.kind == "regression": return -math.sqrt(((predicted - y) ** 2).mean())
        return float((predicted.argmax(1) == y).mean())

    def learn_epoch(self):
        self.model.train()
        size = batch_size_of(self.rows)
        for rows in torch.rand(self.model.k, self.rows).argsort(1).split(size, dim=1):
            rows = rows.T
            self.optimizer.zero_grad()
            self.loss(self.apply("train", rows), rows).backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()

    def fit(self, patience=16):
        best, left, epochs = -math.inf, patience, 0
        while left >= 0:
            self.learn_epoch()
            epochs, score = epochs + 1, self.validate()
            if score > best:
                best, left = score, patience
                kept = {name: value.clone() for name, value in self.model.state_dict().items()}
            else:
                left -= 1
        self.model.load_state_dict(kept)
        return epochs


def run_authors(task, preset, seed):
    begin = time.perf_counter()
    model = Authors(task, preset, seed)
    epochs = model.fit()
    seconds = time.perf_counter() - begin
    return {"score": task.score(model.predict("test")), "seconds": seconds, "epochs": epochs}


def run_ours(program, task, preset, seed, threads, folder, test_file):
    model = folder / "model.safetensors"
    words = [program, "train", folder / "learn.csv", "--validation", folder / "held_out.csv", "-o", model, "--preset", preset,
             "--target", ",".join(f'"{name}"' if "," in name else name for name in task.targets), "--seed", seed,
             "--threads", threads, "--json", "--quiet"]
    begin = time.perf_counter()
    trained = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    seconds = time.perf_counter() - begin
    scored = json.loads(subprocess.run([program, "evaluate", str(model), test_file, "--json"], check=True,
                                       capture_output=True, text=True).stdout)
    of_targets = scored.get("targets") or {}
    score = ([of_targets[name][task.metric] for name in task.targets] if len(task.targets) > 1
             else [scored["metrics"][task.metric]])
    return {"score": score, "seconds": seconds, "epochs": json.loads(trained.splitlines()[-1])["epochs"]}


def split(table, entry, seed):
    classes = None if entry["task"] == "regression" else table[entry["target"]].astype(str)
    return sklearn.model_selection.train_test_split(table, test_size=0.2, random_state=seed, stratify=classes)


def compare(entry, arguments):
    """For each preset and tool the runs of all seeds."""
    name, results = entry["name"], {}
    test_file = f"{arguments.data}/{name}.test.csv.gz"
    table, test = pd.read_csv(f"{arguments.data}/{name}.train.csv.gz"), pd.read_csv(test_file)
    for seed in range(arguments.seeds):
        learn, held_out = split(table, entry, seed)
        task = Task(entry, learn, held_out, test)
        with tempfile.TemporaryDirectory() as folder:
            learn.to_csv(f"{folder}/learn.csv", index=False)
            held_out.to_csv(f"{folder}/held_out.csv", index=False)
            for preset in arguments.presets.split(","):
                runs = results.setdefault(preset, {"ours": [], "authors": []})
                runs["ours"].append(run_ours(arguments.program, task, preset, seed, arguments.threads, Path(folder),
                                             test_file))
                runs["authors"].append(run_authors(task, preset, seed))
    return results


def summary(runs):
    """Mean and standard deviation of each score, then mean times."""
    scores = list(zip(*[run["score"] for run in runs]))
    text = ", ".join(f"{statistics.mean(values):.5g} +- {statistics.stdev(values) if len(values) > 1 else 0:.2g}"
                     for values in scores)
    seconds = statistics.mean(run["seconds"] for run in runs)
    per_epoch = statistics.mean(run["seconds"] / run["epochs"] for run in runs)
    return f"{text:<36}{seconds:8.1f} s {1e3 * per_epoch:9.0f} ms an epoch", seconds, per_epoch


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--program", default="build/release/thalweg")
    parser.add_argument("--tables", default="california,movies,titanic,digits")
    parser.add_argument("--presets", default="tabm,tabm-mini")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", help="where to write every run")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    entries = {entry["name"]: entry for entry in json.loads(Path(arguments.data, "datasets.json").read_text())}
    everything = {}
    for name in arguments.tables.split(","):
        everything[name] = compare(entries[name], arguments)
        for preset, runs in everything[name].items():
            ours, our_seconds, our_epoch = summary(runs["ours"])
            theirs, their_seconds, their_epoch = summary(runs["authors"])
            better = "higher" if entries[name]["metric"] in LARGER_IS_BETTER else "lower"
            print(f"{name}, {preset}: {entries[name]['metric']}, {better} is better\n  ours    {ours}\n  authors {theirs}\n"
                  f"  {their_seconds / our_seconds:.2f} times as fast, {their_epoch / our_epoch:.2f} an epoch", flush=True)
        if arguments.json: Path(arguments.json).write_text(json.dumps(everything))


if __name__ == "__main__":
    main()
