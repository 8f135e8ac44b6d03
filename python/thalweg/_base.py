"""What the estimators inherit: scikit-learn's base classes, or where it is not installed the few lines of them that
matter without it."""

import inspect

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import DataConversionWarning, NotFittedError
except ImportError:
    import numpy as np

    class NotFittedError(ValueError, AttributeError):
        """An estimator is asked to predict before it was fitted."""

    class DataConversionWarning(UserWarning):
        """Data was taken in another form than it came in."""

    class BaseEstimator:
        @classmethod
        def _get_param_names(cls):
            return sorted(name for name in inspect.signature(cls.__init__).parameters if name != "self")

        def get_params(self, deep=True):
            return {name: getattr(self, name) for name in self._get_param_names()}

        def set_params(self, **parameters):
            known = self._get_param_names()
            for name, value in parameters.items():
                if name not in known:
                    raise ValueError(f"Invalid parameter {name!r} for {type(self).__name__}. Valid are: {known}")
                setattr(self, name, value)
            return self

        def __repr__(self):
            defaults = inspect.signature(type(self).__init__).parameters
            changed = [f"{name}={value!r}" for name, value in self.get_params().items()
                       if value != defaults[name].default]
            return f"{type(self).__name__}({', '.join(changed)})"

    class ClassifierMixin:
        def score(self, X, y, sample_weight=None):
            """The share of rows (of several labels: rows with all of them) that are predicted right."""
            right = np.asarray(y) == self.predict(X)
            return float(np.average(right if right.ndim == 1 else right.all(axis=1), weights=sample_weight))

    class RegressorMixin:
        def score(self, X, y, sample_weight=None):
            """The coefficient of determination, R^2, over several targets their mean."""
            y = np.asarray(y, dtype=np.float64)
            errors = np.average((y - self.predict(X)) ** 2, axis=0, weights=sample_weight)
            spread = np.average((y - np.average(y, axis=0, weights=sample_weight)) ** 2, axis=0, weights=sample_weight)
            return float(np.mean(1.0 - errors / spread))
