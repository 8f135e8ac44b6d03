"""Holds `--preset tabm` and `tabm-mini` against the authors' package tabm with the training loop of its example.ipynb.

    python parity_tabm.py DATA PROGRAM [TABLE ...]      (needs torch, tabm, rtdl_num_embeddings, scikit-learn, pandas)

DATA holds NAME.train.csv.gz, NAME.test.csv.gz and datasets.json, which names each table's target. Both learn
from the same 80% of the training rows and stop by the same 20%, drawn anew for each seed, and are scored on the test rows.
Without names all tables are trained."""

import argparse
import json
import math
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import rtdl_num_embeddings
import sklearn.metrics
import sklearn.model_selection
import sklearn.preprocessing
import tabm
import torch

import parity


class Task:
    """A table's parts as the authors' notebook prepares them."""

    def __init__(self, entry, learn, held_out, test):
        self.kind = entry["task"]
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
        return {part: torch.tensor(np.array(lists, dtype=np.int64).reshape(len(names), len(parts[part])).T.copy())
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

    def scores(self, predicted):
        """Of test rows, by name."""
        if self.kind == "regression":
            errors = predicted * self.scale_of_target + self.mean - self.true
            return self.named({"rmse": np.sqrt((errors ** 2).mean(0)).tolist()})
        found = {"accuracy": [float((predicted.argmax(1) == self.true).mean())],
                 "log_loss": [sklearn.metrics.log_loss(self.true, predicted, labels=range(self.outputs))]}
        if self.outputs == 2: found["auc"] = [sklearn.metrics.roc_auc_score(self.true, predicted[:, 1])]
        return self.named(found)

    def named(self, scores):
        """Each score of each target, as a number."""
        several = len(self.targets) > 1
        return {f"{score} {target}" if several else score: float(value)
                for score, values in scores.items() for target, value in zip(self.targets, values)}


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
    watch = parity.Stopwatch()
    model = Authors(task, preset, seed)
    epochs = model.fit()
    return {"cpu": watch.seconds(), "scores": task.scores(model.predict("test")), "epochs": epochs}


def run_ours(program, task, preset, seed, threads, folder, test_file):
    model = folder / "model.safetensors"
    words = [program, "train", folder / "learn.csv", "--validation", folder / "held_out.csv", "-o", model, "--preset", preset,
             "--target", ",".join(f'"{name}"' if "," in name else name for name in task.targets), "--seed", seed,
             "--threads", threads, "--json", "--quiet"]
    watch = parity.Stopwatch()
    trained = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout
    seconds = watch.seconds()
    judged = json.loads(subprocess.run([program, "evaluate", str(model), test_file, "--json"], check=True,
                                       capture_output=True, text=True).stdout)
    each = [judged["targets"][name] for name in task.targets] if len(task.targets) > 1 else [judged["metrics"]]
    scores = {name: [found[name] for found in each] for name in ("rmse", "accuracy", "log_loss", "auc") if name in each[0]}
    return {"cpu": seconds, "scores": task.named(scores), "epochs": json.loads(trained.splitlines()[-1])["epochs"]}


def split(table, entry, seed):
    classes = None if entry["task"] == "regression" else table[entry["target"]].astype(str)
    return sklearn.model_selection.train_test_split(table, test_size=0.2, random_state=seed, stratify=classes)


def compare(arguments, entry):
    """A run of both for each seed and preset."""
    name = entry["name"]
    test_file = f"{arguments.data}/{name}.test.csv.gz"
    table, test = pd.read_csv(f"{arguments.data}/{name}.train.csv.gz"), pd.read_csv(test_file)
    for seed in arguments.seeds:
        learn, held_out = split(table, entry, seed)
        task = Task(entry, learn, held_out, test)
        with tempfile.TemporaryDirectory() as folder:
            learn.to_csv(f"{folder}/learn.csv", index=False)
            held_out.to_csv(f"{folder}/held_out.csv", index=False)
            for preset in arguments.preset or ("tabm", "tabm-mini"):
                made = {parity.OURS: run_ours(arguments.program, task, preset, seed, arguments.threads, Path(folder), test_file),
                        parity.AUTHORS: run_authors(task, preset, seed)}
                for tool, run in made.items(): yield {"table": name, "preset": preset, "tool": tool, "seed": seed, **run}


def runs(arguments):
    for entry in json.loads((arguments.data / "datasets.json").read_text()):
        if not arguments.tables or entry["name"] in arguments.tables: yield from compare(arguments, entry)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("program", type=Path)
    parser.add_argument("tables", nargs="*")
    parser.add_argument("--preset", choices=["tabm", "tabm-mini"], action="append")
    parity.add_options(parser)
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    torch.set_num_threads(arguments.threads)
    parity.tell(runs(arguments), arguments.json)


if __name__ == "__main__":
    main()
