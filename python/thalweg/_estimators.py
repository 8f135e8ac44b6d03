"""The estimators, at home in scikit-learn."""

import os
import warnings

import numpy as np

from thalweg import _training
from thalweg._base import BaseEstimator, ClassifierMixin, NotFittedError, RegressorMixin
from thalweg._frame import as_array, add_array, check_matrix, column_names, frame_of, is_frame
from thalweg._model import Model
from thalweg._thalweg import Continuation
from thalweg._parameters import TRAINING, with_parameters
from thalweg._small import merge_repeats
from thalweg._targets import Classes, Values

_WEIGHT = "sample_weight"
# As many rows are predicted one by one before the time to make a table of them is worth it.
_FEW_ROWS = 16


def _checked_weights(weights, rows):
    weights = np.asarray(weights, dtype=np.float64)
    if weights.ndim != 1:
        raise ValueError(f"Sample weights must be 1D array or scalar: got shape {weights.shape}")
    if len(weights) != rows:
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected ({rows},): a weight for each row")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("Sample weights must be finite and 0 or more")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


class _Estimator(BaseEstimator):
    """What classifiers and regressors share."""

    def fit(self, X, y, sample_weight=None, eval_set=None, callbacks=None):
        """Learns to predict y from X.

        X : data frame (numbers, categories, texts, dates, missing values) or array, rows x features.
        y : the target of each row; several targets have a column each.
        sample_weight : how much each row counts, 0 or more.
        eval_set : (X, y) to judge epochs by, instead of a share of the rows (`validation`).
        callbacks : a function, or several, called with an EpochReport after each epoch; returning False ends the
            training. An object may have on_epoch and on_step instead.
        """
        going = self._going() if self.warm_start else None
        targets = self._targets(y) if going is None else self._targets_again(y)
        if going is None:
            self._note_features(X)
            frame, options = self._frame_to_learn(X, targets, sample_weight)
        else:
            frame, options = self._frame_to_go_on(X, targets, sample_weight)
        validation = None if eval_set is None else self._frame_to_judge(eval_set, targets, options)
        continuation = (going or Continuation()) if self.warm_start else None
        self._train(frame, options, targets, validation, callbacks, continuation)
        return self

    def _going(self):
        """Where training stands, if there has been any."""
        if self.__dict__.get("_continuation") is None and "model_" in self.__dict__:
            return Continuation.of_model(self.model_._core)
        return self.__dict__.get("_continuation")

    def _learn_further(self, X, targets, sample_weight, continuation):
        """One pass over further rows."""
        if continuation is None:
            self._note_features(X)
            frame, options = self._frame_to_learn(X, targets, sample_weight, merge=False)
            continuation = self._begun(targets)
        else:
            frame, options = self._frame_to_go_on(X, targets, sample_weight)
        options.update(epochs=1, iterations=None, validation=0.0)
        before = self.__dict__.get("n_iter_", 0)
        self._train(frame, options, targets, None, None, continuation)
        self.n_iter_ += before  # of partial_fit all passes count, of a fit those of this one
        return self

    def _begun(self, targets):
        return Continuation()

    def _targets(self, y):
        raise NotImplementedError

    def _options(self):
        """The parameters, as training has them."""
        options = {of["name"]: getattr(self, of["name"]) for of in TRAINING}
        for name in ("ignore", "categorical", "numeric"):
            options[name] = self._named_columns(options[name])
        return options

    def _named_columns(self, columns):
        """Columns of an array may be told by their numbers."""
        if columns is None:
            return None
        if isinstance(columns, str):
            columns = [columns]
        return [f"x{column}" if isinstance(column, (int, np.integer)) else column for column in columns]

    def _note_features(self, X):
        """What later calls compare their X with."""
        names = column_names(X) if is_frame(X) else None
        self.__dict__.pop("feature_names_in_", None)
        if names is not None:
            self.feature_names_in_ = np.asarray(names, dtype=object)

    def _array_names(self, width):
        return [f"x{j}" for j in range(width)]

    def _weights(self, sample_weight, targets):
        weights = None if sample_weight is None else _checked_weights(sample_weight, len(targets.columns))
        return self._weighted_by_class(weights, targets)

    def _frame_to_learn(self, X, targets, sample_weight, merge=True):
        options = self._options()
        rows = len(targets.columns)
        weights = self._weights(sample_weight, targets)
        if hasattr(self, "feature_names_in_"):
            frame = frame_of(X)
            names = frame.names
            self.n_features_in_ = len(self.feature_names_in_)
        else:
            array = as_array(X.to_numpy() if hasattr(X, "to_numpy") else X)
            check_matrix(array)
            if len(array) != rows:
                raise ValueError(f"Found input variables with inconsistent numbers of samples: {[len(array), rows]}")
            names = self._array_names(array.shape[1])
            self.n_features_in_ = array.shape[1]
            if array.dtype.kind == "f":
                if merge:
                    array, targets.columns, weights = merge_repeats(array, targets.columns, weights)
                # Nobody gave these columns names that would tell an identifier.
                said = {*(options["categorical"] or ()), *(options["ignore"] or ())}
                options["numeric"] = options["numeric"] or [name for name in names if name not in said]
            frame = frame_of(array, names)
        self._name_apart(targets, names)
        self._add_targets(frame, options, targets, weights)
        return frame, options

    def _frame_to_go_on(self, X, targets, sample_weight):
        """Further rows, for the features and targets of the first ones."""
        options = self._options()
        weights = self._weights(sample_weight, targets)
        targets.names = self.model_.targets
        if hasattr(self, "feature_names_in_"):
            frame = self._frame_of_features(X)
        else:
            array = self._array_of_features(X)
            if len(array) != len(targets.columns):
                raise ValueError("Found input variables with inconsistent numbers of samples: "
                                 f"{[len(array), len(targets.columns)]}")
            if self.warm_start and array.dtype.kind == "f":
                array, targets.columns, weights = merge_repeats(array, targets.columns, weights)
            frame = frame_of(array)
        self._add_targets(frame, options, targets, weights)
        return frame, options

    def _add_targets(self, frame, options, targets, weights):
        targets.add_to(frame)
        options["target"] = targets.names
        options["task"] = targets.task
        if weights is not None:
            options["weight"] = self._weight_name(frame.names)
            frame.add_numbers(options["weight"], weights)

    def _frame_to_judge(self, eval_set, targets, options):
        """(X, y), or a list of one such pair."""
        if isinstance(eval_set, list) and len(eval_set) == 1:
            eval_set = eval_set[0]
        try:
            X, y = eval_set
        except (TypeError, ValueError):
            raise ValueError("eval_set is (X, y): rows to judge epochs by, and their targets") from None
        frame = self._frame_of_features(X)
        judged = self._targets_of(y, targets)
        judged.names = targets.names
        judged.add_to(frame)
        if "weight" in options:
            frame.add_numbers(options["weight"], np.ones(len(judged.columns)))
        return frame

    def _targets_like(self, y):
        """Further targets, where there is a model."""
        return self._targets(y)

    def _targets_again(self, y):
        """All targets once more, of a fit that goes on."""
        return self._targets_like(y)

    def _targets_of(self, y, targets):
        """Targets of the same kind as `targets`."""
        return self._targets(y)

    def _weighted_by_class(self, weights, targets):
        return weights

    @staticmethod
    def _name_apart(targets, names):
        """No target may have the name of a feature."""
        taken = set(names)
        for j, name in enumerate(targets.names):
            while name in taken:
                name += "_"
            targets.names[j] = name
            taken.add(name)

    @staticmethod
    def _weight_name(names):
        name = _WEIGHT
        while name in names:
            name += "_"
        return name

    def _train(self, frame, options, targets, validation, callbacks, continuation):
        going_on = continuation is not None and continuation.epoch > 0
        outcome = _training.run(frame, options, validation=validation, continuation=continuation,
                                callbacks=callbacks, verbose=self.verbose)
        if not going_on:
            self.loss_curve_, self.validation_scores_ = [], []
        self._continuation = continuation
        self._take(outcome, targets)

    def _take(self, outcome, targets):
        """What a training gave becomes what the estimator knows."""
        self.model_ = Model(outcome.model)
        self.loss_curve_ += [report.loss for report in outcome.history]
        self.validation_scores_ += [
            report.validation_loss for report in outcome.history if report.validation_loss is not None
        ]
        self.best_epoch_ = outcome.best_epoch
        self.n_iter_ = len(outcome.history)
        self.stop_reason_ = outcome.stop_reason
        self.n_outputs_ = targets.columns.shape[1]
        self._positions = None
        if not hasattr(self, "feature_names_in_"):
            place = {name: j for j, name in enumerate(self._array_names(self.n_features_in_))}
            self._positions = [place[name] for name in self.model_.input_columns]
        if outcome.stop_reason == "diverged":
            raise ArithmeticError(f"{outcome.divergence}; the best parameters before it are kept")

    def _check_fitted(self):
        if "model_" not in self.__dict__:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments before "
                "using this estimator."
            )

    def _frame_of_features(self, X):
        """The columns that fit saw, of rows to predict or to judge by."""
        named = hasattr(self, "feature_names_in_")
        if named and is_frame(X) and column_names(X) is not None:
            return frame_of(X)
        owner = type(self).__name__
        if named:
            warnings.warn(f"X does not have valid feature names, but {owner} was fitted with feature names",
                          stacklevel=4)
        elif is_frame(X) and column_names(X) is not None:
            warnings.warn(f"X has feature names, but {owner} was fitted without feature names", stacklevel=4)
        return frame_of(self._array_of_features(X), list(self.feature_names_in_) if named else None)

    def _array_of_features(self, X):
        array = as_array(X.to_numpy() if hasattr(X, "to_numpy") else X)
        check_matrix(array)
        if array.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {array.shape[1]} features, but {type(self).__name__} is expecting "
                             f"{self.n_features_in_} features as input.")
        return array

    def _values(self, X):
        """rows x outputs, as the model has them."""
        self._check_fitted()
        # One row in a few microseconds: nothing but what the model itself checks.
        if (type(X) is np.ndarray and self._positions is not None and X.ndim == 2 and 0 < len(X) <= _FEW_ROWS
                and X.shape[1] == self.n_features_in_ and X.dtype == np.float64 and X.flags.c_contiguous):
            return self.model_._core.predict_rows(X, self._positions)
        values, _, _, notes = self.model_._core.predict(self._frame_of_features(X), self.threads)
        for note in notes:
            warnings.warn(note, stacklevel=4)
        return values

    def _explainable(self, X, y):
        """The model, and a frame of the rows with their targets."""
        self._check_fitted()
        frame = self._frame_of_features(X)
        if y is not None:
            targets = self._targets_like(y)
            targets.names = self.model_.targets
            targets.add_to(frame)
        return self.model_, frame

    def save(self, path):
        """Writes the model file, which the command `thalweg` and `thalweg.load` take."""
        self._check_fitted()
        self.model_.save(os.fspath(path))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = True
        return tags


@with_parameters
class Classifier(ClassifierMixin, _Estimator):
    """Learns classes: two, several, or (y of several columns of 0 and 1) labels that are each there or not.

    After fit: `classes_`, `model_` (the Model that a file holds), `loss_curve_` and `validation_scores_` (an entry for
    each epoch), `best_epoch_` (from 1), `stop_reason_`, `n_features_in_`, `feature_names_in_` (of a data frame).
    """

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """One pass over further rows; the state of the optimizer goes on, and a pickle keeps it. The first call fits
        the preprocessing, and is told all `classes` if its rows lack some. The learning rate stays constant unless
        `schedule` is given, as nobody knows the end."""
        continuation = self._going()
        if continuation is None:
            targets = Classes(y, type(self).__name__, classes)
        else:
            targets = self._targets_like(y)
            if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
                raise ValueError(f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                                 f"{self.classes_!r}")
        return self._learn_further(X, targets, sample_weight, continuation)

    def _begun(self, targets):
        return Continuation.of_classes(targets.task, targets.names, targets.texts)

    def predict(self, X):
        """The class of each row; of several labels 0 or 1 in a column for each."""
        values = self._values(X)
        if self._multilabel:
            return (values > 0.5).astype(np.int64)
        return self.classes_[self._of_classes(values).argmax(axis=1)]

    def predict_proba(self, X):
        """The probability of each of `classes_`; of several labels, that each is there."""
        values = self._values(X)
        return values if self._multilabel else self._of_classes(values)

    def predict_log_proba(self, X):
        """The logarithm of the probabilities."""
        return np.log(self.predict_proba(X))

    def _of_classes(self, values):
        if self._class_places is None:
            return values
        probabilities = np.zeros((len(values), len(self.classes_)))
        probabilities[:, self._class_places] = values
        return probabilities

    def _targets(self, y):
        return Classes(y, type(self).__name__)

    def _targets_like(self, y):
        return Classes(y, type(self).__name__, None if self._multilabel else self.classes_)

    def _targets_again(self, y):
        again = self._targets(y)
        if not self._multilabel and not np.array_equal(again.classes, self.classes_):
            raise ValueError("warm_start can only be used where `y` has the same classes as in the previous call to "
                             f"fit. Previously got {self.classes_}, `y` has {again.classes}")
        return again

    def _targets_of(self, y, targets):
        return Classes(y, type(self).__name__, None if targets.task == "multilabel" else targets.classes)

    def _options(self):
        options = super()._options()
        if isinstance(options["class_weight"], dict):
            options["class_weight"] = None  # it is in the weights of the rows
        return options

    def _weighted_by_class(self, weights, targets):
        if not isinstance(self.class_weight, dict):
            return weights
        if targets.task == "multilabel":
            raise ValueError("class_weight is for one target, not for several labels")
        unknown = [label for label in self.class_weight if label not in targets.classes]
        if unknown:
            raise ValueError(f"class_weight names classes that y does not have: {unknown}")
        of_class = np.array([self.class_weight.get(label, 1.0) for label in targets.classes.tolist()], np.float64)
        of_row = of_class[targets.columns[:, 0]]
        return of_row if weights is None else weights * of_row

    def _take(self, outcome, targets):
        self.classes_ = targets.classes
        self._multilabel = targets.task == "multilabel"
        self._class_places = None
        if not self._multilabel:
            places = [targets.texts.index(text) for text in outcome.model.targets[0][1]]
            if places != list(range(len(self.classes_))):
                self._class_places = places
        super()._take(outcome, targets)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


@with_parameters
class Regressor(RegressorMixin, _Estimator):
    """Learns real values: one target, or (y of several columns) several.

    After fit: `model_` (the Model that a file holds), `loss_curve_` and `validation_scores_` (an entry for each epoch),
    `best_epoch_` (from 1), `stop_reason_`, `n_features_in_`, `feature_names_in_` (of a data frame).
    """

    def partial_fit(self, X, y, sample_weight=None):
        """One pass over further rows; the state of the optimizer goes on, and a pickle keeps it. The first call fits
        the preprocessing. The learning rate stays constant unless `schedule` is given, as nobody knows the end."""
        return self._learn_further(X, self._targets(y), sample_weight, self._going())

    def predict(self, X):
        """The value of each row, or of several targets a column for each; several levels of `quantile` have a column
        each too."""
        values = self._values(X)
        return values[:, 0] if self._flat and values.shape[1] == 1 else values

    def predict_interval(self, X, level=0.9):
        """(lower, upper), between which the share `level` of values will lie. Fit with interval=True."""
        self._check_fitted()
        _, lower, upper, _ = self.model_._core.predict(self._frame_of_features(X), self.threads, level)
        return (lower[:, 0], upper[:, 0]) if self._flat else (lower, upper)

    def _targets(self, y):
        return Values(y, type(self).__name__)

    def _take(self, outcome, targets):
        self._flat = len(targets.shape) == 1
        super()._take(outcome, targets)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
