"""Writes the types of the estimators, whose parameters come from the library. Usage: make_stubs.py PACKAGE_DIR"""

import sys
from pathlib import Path

package = Path(sys.argv[1])
sys.path.insert(0, str(package))
import _thalweg  # noqa: E402

HEAD = '''from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Self

import numpy as np

from thalweg._base import BaseEstimator, ClassifierMixin, RegressorMixin
from thalweg._base import NotFittedError as NotFittedError
from thalweg._model import Model
from thalweg._thalweg import EpochReport

class _Estimator(BaseEstimator):
    model_: Model
    loss_curve_: list[float]
    validation_scores_: list[float]
    best_epoch_: int
    n_iter_: int
    stop_reason_: str
    n_features_in_: int
    n_outputs_: int
    feature_names_in_: np.ndarray
    def __init__(
        self,
        *,
{parameters}
        warm_start: bool = ...,
        verbose: bool = ...,
    ) -> None: ...
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        eval_set: tuple[Any, Any] | None = None,
        callbacks: Callable[[EpochReport], bool | None] | Sequence[Any] | None = None,
    ) -> Self: ...
    def save(self, path: str | PathLike[str]) -> None: ...

class Classifier(ClassifierMixin, _Estimator):
    classes_: np.ndarray
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self: ...
    def predict(self, X: Any) -> np.ndarray: ...
    def predict_proba(self, X: Any) -> np.ndarray: ...
    def predict_log_proba(self, X: Any) -> np.ndarray: ...

class Regressor(RegressorMixin, _Estimator):
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self: ...
    def predict(self, X: Any) -> np.ndarray: ...
    def predict_interval(self, X: Any, level: float = 0.9) -> tuple[np.ndarray, np.ndarray]: ...
'''


def declared(parameter):
    kind = parameter["type"] if parameter["type"] == "bool" else parameter["type"] + " | None"
    if parameter["name"] == "class_weight":
        kind = "dict[Any, float] | " + kind
    return f"        {parameter['name']}: {kind} = ...,"


said_by_data = ("target", "task", "weight")
parameters = [declared(of) for of in _thalweg.parameters() if of["name"] not in said_by_data]
(package / "_estimators.pyi").write_text(HEAD.format(parameters="\n".join(parameters)))
