"""Thalweg beside scikit-learn's MLPClassifier and HistGradientBoostingClassifier, each with its defaults, on two public
tables. MLPClassifier needs a pipeline that turns categories and missing cells into numbers; the other two take the
table as it is.

    python examples/python/compare_with_scikit_learn.py
"""

import warnings
from pathlib import Path
from time import perf_counter

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import thalweg

TABLES = Path(__file__).resolve().parents[2] / "tests" / "data" / "tables"

numbers = make_pipeline(SimpleImputer(), StandardScaler())
texts = OneHotEncoder(handle_unknown="ignore")
prepared = make_column_transformer(
    (numbers, make_column_selector(dtype_include="number")), (texts, make_column_selector(dtype_exclude="number")))
LEARNERS = {
    "thalweg.Classifier": lambda: thalweg.Classifier(),
    "MLPClassifier": lambda: make_pipeline(prepared, MLPClassifier(random_state=0)),
    "HistGradientBoostingClassifier": lambda: HistGradientBoostingClassifier(categorical_features="from_dtype"),
}

# As many as are learnt from in seconds.
MOST_ROWS = 800

# The reminders of what was left out, or has not converged, are not the point here.
warnings.simplefilter("ignore")
for name, target in (("titanic", "survived"), ("digits", "digit")):
    train, test = (pd.read_csv(TABLES / f"{name}.{part}.csv.gz").head(MOST_ROWS) for part in ("train", "test"))
    for table in (train, test):
        texts_of = table.columns[[not pd.api.types.is_numeric_dtype(of) for of in table.dtypes]]
        table[texts_of] = table[texts_of].astype(object).where(table[texts_of].notna(), "missing").astype("category")
    # What is not a column of both cannot be learnt from; "alive" would tell "survived".
    columns = [column for column in train.columns if column in test.columns and column not in (target, "alive")]
    print(f"{name}: {len(train)} rows to learn from, {len(test)} to predict")
    for learner_name, make in LEARNERS.items():
        learner = make()
        start = perf_counter()
        learner.fit(train[columns], train[target])
        seconds = perf_counter() - start
        score = learner.score(test[columns], test[target])
        loss = log_loss(test[target], learner.predict_proba(test[columns]))
        print(f"  {learner_name:31} accuracy {score:.3f}, log loss {loss:.3f}, {seconds:.2f} s")
