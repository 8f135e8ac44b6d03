"""One row on its way through a network and back, to be looked at."""

import html
import json

from thalweg import _thalweg
from thalweg._frame import frame_of
from thalweg._model import Model


class Explanation:
    """Every quantity of one row's way through a network, and of the gradient's way back. In a notebook it is a drawing
    to point at; `print` shows it as text. `explain` makes one."""

    def __init__(self, core):
        self._core = core

    def to_dict(self):
        """All numbers, as `thalweg explain --json` prints them."""
        return json.loads(self._core.json())

    def to_html(self):
        """The page of `thalweg explain --html`, which needs nothing around it."""
        return self._core.page()

    def weight(self, layer, to, source):
        """The story of one weight as text: every path from the loss to it. Neurons are counted from 1; `source` 0 is the
        bias."""
        return self._core.weight(layer, to, source)

    def full_text(self):
        """As `print` shows it, but with every number of wide layers."""
        return self._core.text(True)

    def __str__(self):
        return self._core.text(False)

    def __repr__(self):
        return "<thalweg.Explanation: print it, or look at it in a notebook>"

    def _repr_html_(self):
        # A frame of its own keeps the page's styles and scripts away from the notebook's.
        return (f'<iframe srcdoc="{html.escape(self.to_html())}" style="width: 100%; height: 46em; border: 0">'
                "</iframe>")


def explain(learnt=None, X=None, y=None, *, row=0, network=1):
    """Explains one row by a trained network.

    learnt : a fitted Classifier or Regressor, or a Model. Without it, the 3-3-3-2 network of the theory is explained.
    X : the rows as `predict` takes them. For a Model a data frame, which may hold the targets too.
    y : their targets, for an estimator. Without them there is a way forward only, and no loss or gradient.
    row : which row, from 0.
    network : which of the model's networks, from 1.
    """
    if learnt is None:
        return Explanation(_thalweg.explain_theory())
    if X is None:
        raise ValueError("explain needs the row to explain: explain(learnt, X, row=0)")
    if isinstance(learnt, Model):
        if y is not None:
            raise ValueError("for a Model the targets are columns of X")
        model, frame = learnt, frame_of(X, learnt.input_columns)
    else:
        model, frame = learnt._explainable(X, y)
    if row < 0:
        raise ValueError(f"rows are counted from 0, not {row}")
    return Explanation(_thalweg.explain_row(model._core, frame, row, network))
