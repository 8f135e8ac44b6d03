"""Thalweg: feed-forward neural networks, trained and run on a CPU.

`Classifier` and `Regressor` are scikit-learn's kind of estimator, `load` opens a model file of theirs or of the
command `thalweg`, and a `Network` is driven step by step.
"""

from typing import TYPE_CHECKING

from thalweg._insight import Explanation, explain
from thalweg._model import Model, load
from thalweg._thalweg import EpochReport, Network, StepReport, UpdateRule, parameters, simd_target, version

__version__ = version()
if TYPE_CHECKING:
    from thalweg._estimators import Classifier, NotFittedError, Regressor

_OF_ESTIMATORS = ("Classifier", "NotFittedError", "Regressor")
__all__ = [
    "Classifier", "EpochReport", "Explanation", "Model", "Network", "NotFittedError", "Regressor", "StepReport",
    "UpdateRule", "explain", "load", "parameters", "simd_target",
]


def __getattr__(name):
    # scikit-learn, where it is installed, takes a second to import: only who wants an estimator waits for it.
    if name in _OF_ESTIMATORS:
        from thalweg import _estimators

        return getattr(_estimators, name)
    raise AttributeError(f"module 'thalweg' has no attribute '{name}'")


def __dir__():
    return sorted({*globals(), *_OF_ESTIMATORS})
