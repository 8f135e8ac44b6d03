"""What y says: classes, labels or values, and the columns of the table that they become."""

import warnings

import numpy as np

from thalweg._base import DataConversionWarning


def _checked(y, owner):
    if y is None:
        raise ValueError(f"This {owner} estimator requires y to be passed, but the target y is None.")
    array = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    if array.ndim == 0 or array.ndim > 2:
        raise ValueError(f"y should be a 1d array, or have a column for each target: got shape {array.shape}")
    if array.shape[0] == 0 or array.size == 0:
        raise ValueError(f"Found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is required: y")
    if array.dtype.kind == "c":
        raise ValueError("Complex data not supported: y holds complex numbers")
    return array


def _names(y, count):
    """Of the target columns: those that y has, else y, or y0, y1, ..."""
    if count == 1:
        name = getattr(y, "name", None)
        return [name if isinstance(name, str) and name else "y"]
    columns = list(getattr(y, "columns", ()))
    if len(columns) == count and all(isinstance(name, str) for name in columns):
        return columns
    return [f"y{j}" for j in range(count)]


def _refuse_missing(array):
    if array.dtype.kind == "f":
        if np.isnan(array).any():
            raise ValueError("Input y contains NaN.")
        if np.isinf(array).any():
            raise ValueError(f"Input y contains infinity or a value too large for {array.dtype!r}.")
    elif array.dtype.kind == "O":
        missing = [value is None or value != value for value in array.ravel()]
        if any(missing):
            raise ValueError(f"Input y contains NaN: row {missing.index(True)} has no target.")


def _class_text(value):
    """A class as a table has it: 3 and 3.0 are "3"."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return str(int(value))
    return str(value)


class Values:
    """Real values: a column for each."""

    task = "regression"

    def __init__(self, y, owner):
        array = _checked(y, owner)
        if array.dtype.kind in "OUS":
            try:
                array = array.astype(np.float64)
            except (TypeError, ValueError) as error:
                raise ValueError(f"y must be numbers for a {owner}: {error}") from error
        if array.dtype.kind not in "iufb":
            raise ValueError(f"y must be numbers for a {owner}, not {array.dtype}")
        _refuse_missing(array)
        self.shape = array.shape
        self.columns = array.reshape(len(array), -1).astype(np.float64)
        self.names = _names(y, self.columns.shape[1])

    def add_to(self, frame):
        for j, name in enumerate(self.names):
            frame.add_numbers(name, self.columns[:, j])


class Classes:
    """Classes of one target, or several yes/no labels. `classes`: known beforehand."""

    def __init__(self, y, owner, classes=None):
        array = _checked(y, owner)
        if array.ndim == 2 and array.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
                "(n_samples,), for example using ravel().",
                DataConversionWarning,
                stacklevel=4,
            )
            array = array[:, 0]
        _refuse_missing(array)
        if array.dtype.kind not in "iufbOUS":
            raise ValueError(f"Unknown label type: {array.dtype}; classes are texts, whole numbers or booleans")
        if array.dtype.kind == "f" and (array != np.floor(array)).any():
            raise ValueError(
                "Unknown label type: continuous. Maybe you are trying to fit a classifier, which expects discrete "
                "classes on a regression target with continuous values."
            )
        if array.ndim == 2:
            self._take_labels(array)
        else:
            self._take_classes(array, classes)
        self.names = _names(y, self.columns.shape[1])

    def _take_labels(self, array):
        if not np.isin(array, (0, 1)).all():
            raise ValueError(
                "Unknown label type: multiclass-multioutput: several columns of y must all hold 0 and 1, a column for "
                "each label; for several targets of more classes train an estimator for each"
            )
        self.task = "multilabel"
        self.columns = array.astype(np.int64)
        self.classes = np.arange(array.shape[1])
        self.texts = ["0", "1"]

    def _take_classes(self, array, classes):
        try:
            found, codes = np.unique(array, return_inverse=True)
        except TypeError as error:
            raise ValueError(f"Unknown label type: y mixes texts and numbers ({error})") from error
        self.classes = found if classes is None else np.unique(np.asarray(classes))
        if classes is not None:
            unknown = ~np.isin(found, self.classes)
            if unknown.any():
                raise ValueError(f"y has classes that are not among `classes`: {found[unknown].tolist()}")
            codes = np.searchsorted(self.classes, found)[codes]
        self.texts = [_class_text(value) for value in self.classes]
        if len(set(self.texts)) < len(self.texts):
            raise ValueError("Unknown label type: different classes of y have the same text")
        self.task = "binary" if len(self.classes) == 2 else "multiclass"
        self.columns = codes.reshape(-1, 1).astype(np.int64)

    def add_to(self, frame):
        for j, name in enumerate(self.names):
            frame.add_codes(name, np.ascontiguousarray(self.columns[:, j]), self.texts)
