"""A trained model as the command writes it."""

import os
import warnings

import numpy as np

from thalweg import _thalweg
from thalweg._frame import frame_of


class Model:
    """A preprocessing, one network or several, and what they were trained for. `load` opens one."""

    def __init__(self, core):
        self._core = core

    @property
    def task(self):
        """'regression', 'binary', 'multiclass' or 'multilabel'."""
        return self._core.task

    @property
    def targets(self):
        """The names of the columns that it predicts."""
        return [name for name, _ in self._core.targets]

    @property
    def classes(self):
        """The names of the classes of each target; none for real values."""
        return [classes for _, classes in self._core.targets]

    @property
    def input_columns(self):
        """The columns that a prediction looks at."""
        return self._core.input_columns

    @property
    def training(self):
        """How it was trained: flag -> value, as text."""
        return self._core.training

    def predict(self, data, *, threads=0):
        """One prediction for each row of a data frame (or array of as many columns as `input_columns`): the class,
        or the value; several targets have a column each."""
        values = self.predict_values(data, threads=threads)
        if self.task == "regression":
            return values[:, 0] if values.shape[1] == 1 else values
        names = [np.asarray(classes) for classes in self.classes]
        if self.task == "multilabel":
            columns = [of_target[(values[:, j] > 0.5).astype(int)] for j, of_target in enumerate(names)]
            return np.column_stack(columns)
        return names[0][values.argmax(axis=1)]

    def predict_values(self, data, *, threads=0):
        """rows x outputs: values in the target's unit, or the probability of each class (of several labels, of the
        second class of each)."""
        values, _, _, notes = self._core.predict(frame_of(data, self.input_columns), threads)
        for note in notes:
            warnings.warn(note, stacklevel=3)
        return values

    def predict_interval(self, data, level=0.9, *, threads=0):
        """(lower, upper), between which the share `level` of real values will lie. The model must have been trained
        with `interval`."""
        _, lower, upper, _ = self._core.predict(frame_of(data, self.input_columns), threads, level)
        return (lower[:, 0], upper[:, 0]) if lower.shape[1] == 1 else (lower, upper)

    def evaluate(self, data, *, threads=0):
        """The metrics of the task on labelled rows, as `thalweg evaluate` has them."""
        return self._core.evaluate(frame_of(data), threads)

    def network(self, number=1):
        """One of its networks (from 1) as a `Network` of its own, in double."""
        return self._core.network(number)

    def save(self, path):
        """Writes the model file, whole or not at all."""
        self._core.save(os.fspath(path))

    def __repr__(self):
        return f"<thalweg.Model: {self.task} of {', '.join(self.targets)}>"

    def __str__(self):
        return self._core.describe()


def load(path):
    """The model in a file that `Model.save` or the command `thalweg train` wrote."""
    return Model(_thalweg.Model.load(os.fspath(path)))
