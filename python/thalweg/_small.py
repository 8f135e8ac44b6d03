"""Small arrays are put in an order of their own, so that what is learnt depends neither on the order of the rows nor on
whether a row stands there three times or weighs three."""

import numpy as np

# Beyond, sorting takes its time and a repeated row makes no difference worth it.
_MOST_ROWS = 1000


def merge_repeats(X, targets, weights):
    """X, targets and weights without rows of weight 0, rows that are alike merged into one that weighs as much, all in
    ascending order. Weights are None where all are 1. Larger arrays come back as they are."""
    if len(X) >= _MOST_ROWS:
        return X, targets, weights
    if weights is None:
        weights = np.ones(len(X))
    rows = np.column_stack([X, targets])[weights > 0]
    order = np.lexsort(rows.T[::-1])
    rows = rows[order]
    same = (rows[1:] == rows[:-1]) | (np.isnan(rows[1:]) & np.isnan(rows[:-1]))
    starts = np.flatnonzero(np.concatenate([[True], ~same.all(axis=1)]))
    merged = np.add.reduceat(weights[weights > 0][order], starts)
    kept = np.flatnonzero(weights > 0)[order][starts]
    return X[kept], targets[kept], None if (merged == 1.0).all() else merged
