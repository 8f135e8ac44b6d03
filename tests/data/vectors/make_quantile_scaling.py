"""Writes quantile_scaling.json: scikit-learn's QuantileTransformer with normal output, on columns of several kinds.
Usage: make_quantile_scaling.py > quantile_scaling.json"""

import json
import warnings

import numpy as np
from sklearn.preprocessing import QuantileTransformer

warnings.simplefilter("ignore")  # fewer values than quantiles are part of the test
random = np.random.default_rng(0)
COLUMNS = {
    "normal": (random.normal(size=200), 50),
    "heavy_tail": (np.exp(2.0 * random.normal(size=150)), 40),
    "whole_numbers": (random.integers(0, 6, size=120).astype(float), 30),
    "nearly_constant": (np.where(random.uniform(size=90) < 0.9, 3.0, random.normal(size=90)), 30),
    "fewer_values_than_landmarks": (random.normal(size=7), 10),
    "two_values": (np.array([0.0, 1.0]), 10),
}

cases = []
for name, (column, count) in COLUMNS.items():
    transformer = QuantileTransformer(n_quantiles=count, output_distribution="normal", subsample=10**9)
    transformer.fit(column[:, None])
    spread = column.max() - column.min()
    values = np.concatenate([column[:20], np.linspace(column.min() - 0.1 * spread, column.max() + 0.1 * spread, 31)])
    cases.append({"name": name, "column": column.tolist(), "count": count,
                  "landmarks": transformer.quantiles_[:, 0].tolist(), "values": values.tolist(),
                  "scores": transformer.transform(values[:, None])[:, 0].tolist()})
print(json.dumps(cases))
