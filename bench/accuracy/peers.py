"""The peers at their defaults. Run as a program it trains one of them on TRAIN.csv and prints the scores on TEST.csv:

    peers.py PEER TRAIN.csv TEST.csv '["target"]' TASK SEED THREADS
"""

import json
import resource
import sys
import time
import warnings

import numpy as np
import pandas
from sklearn import metrics
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MOST_CATEGORIES = 100
VALIDATION = 0.15  # of the training rows, where trees are added until these are predicted best
# RealMLP's authors give XGBoost tuned defaults too: pytabkit 1.7, models/sklearn/default_params.py, XGB_TD.
TUNED = {"n_estimators": 1000, "reg_lambda": 0.0, "tree_method": "hist", "max_bin": 256, "early_stopping_rounds": 300}
TUNED_CLASSES = {**TUNED, "learning_rate": 0.08, "min_child_weight": 5e-6, "max_depth": 6, "colsample_bylevel": 0.9,
                 "subsample": 0.65}
TUNED_VALUES = {**TUNED, "learning_rate": 0.05, "min_child_weight": 2.0, "max_depth": 9, "subsample": 0.7}


def tidy(train, test, target):
    """Text that says something else in nearly every row is left out; of other text the most frequent values stay."""
    inputs, others = train.drop(columns=target), test.drop(columns=target)
    for name in list(inputs):
        if pandas.api.types.is_numeric_dtype(inputs[name]) and not pandas.api.types.is_bool_dtype(inputs[name]): continue
        text = inputs[name].astype(object).where(inputs[name].notna()).map(str, na_action="ignore")
        if text.nunique() >= len(text) / 2:
            inputs, others = inputs.drop(columns=name), others.drop(columns=name)
            continue
        kept = list(text.value_counts().index[:MOST_CATEGORIES])
        other_text = others[name].astype(object).where(others[name].notna()).map(str, na_action="ignore")
        inputs[name], others[name] = (pandas.Categorical(part, categories=kept) for part in (text, other_text))
    return inputs, others


def scaled(model, inputs):
    """Behind imputation, standardisation and one-hot."""
    names = list(inputs.select_dtypes("category"))
    numbers = [name for name in inputs if name not in names]
    return make_pipeline(make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), names)), model)


def fit_boosting(inputs, y, real, seed, threads):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    kind = HistGradientBoostingRegressor if real else HistGradientBoostingClassifier
    return kind(random_state=seed, categorical_features="from_dtype").fit(inputs, y)


def fit_xgboost(inputs, y, real, seed, threads):
    import xgboost
    kind = xgboost.XGBRegressor if real else xgboost.XGBClassifier
    return kind(random_state=seed, n_jobs=threads, enable_categorical=True).fit(inputs, y)


def fit_tuned_xgboost(inputs, y, real, seed, threads):
    import xgboost
    x, x_held, y_in, y_held = train_test_split(inputs, y, test_size=VALIDATION, random_state=seed,
                                               stratify=None if real else y)
    kind, options = (xgboost.XGBRegressor, TUNED_VALUES) if real else (xgboost.XGBClassifier, TUNED_CLASSES)
    model = kind(random_state=seed, n_jobs=threads, enable_categorical=True, **options)
    return model.fit(x, y_in, eval_set=[(x_held, y_held)], verbose=False)


def fit_perceptron(inputs, y, real, seed, threads):
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    if not real: return scaled(MLPClassifier(random_state=seed), inputs).fit(inputs, y)
    return TransformedTargetRegressor(scaled(MLPRegressor(random_state=seed), inputs),
                                      transformer=StandardScaler()).fit(inputs, y)


def fit_linear(inputs, y, real, seed, threads):
    from sklearn.linear_model import LogisticRegression, Ridge
    return scaled(Ridge() if real else LogisticRegression(max_iter=1000), inputs).fit(inputs, y)


PEERS = {"HistGradientBoosting": fit_boosting, "XGBoost": fit_xgboost, "XGBoost, tuned defaults": fit_tuned_xgboost,
         "MLP of scikit-learn": fit_perceptron, "linear": fit_linear}


def scores_of_values(fit, inputs, others, train, test, target):
    """Each target has a model of its own: not every peer learns several at once."""
    errors = [metrics.root_mean_squared_error(test[name], fit(inputs, train[name].to_numpy(float)).predict(others))
              for name in target]
    return {"rmse": errors}


def scores_of_classes(fit, inputs, others, train, test, target):
    classes = sorted(train[target].astype(str).unique())
    y, truth = (part[target].astype(str).map(classes.index).to_numpy() for part in (train, test))
    p = fit(inputs, y).predict_proba(others)
    scores = {"accuracy": [float(np.mean(p.argmax(1) == truth))],
              "log_loss": [metrics.log_loss(truth, p, labels=range(len(classes)))]}
    if len(classes) == 2: scores["auc"] = [metrics.roc_auc_score(truth, p[:, 1])]
    return scores


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(peer, train_file, test_file, target, task, seed, threads):
    real = task == "regression"

    def fit(inputs, y): return PEERS[peer](inputs, y, real, seed, threads)

    start, cpu = time.perf_counter(), cpu_seconds()
    train, test = (pandas.read_csv(file) for file in (train_file, test_file))
    inputs, others = tidy(train, test, target)
    scores = (scores_of_values(fit, inputs, others, train, test, target) if real
              else scores_of_classes(fit, inputs, others, train, test, target[0]))
    return {"scores": scores, "seconds": time.perf_counter() - start, "cpu": cpu_seconds() - cpu}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    name, train_file, test_file, target, task, seed, threads = sys.argv[1:]
    print(json.dumps(run(name, train_file, test_file, json.loads(target), task, int(seed), int(threads))))
