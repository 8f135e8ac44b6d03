import numpy as np
import pytest

import thalweg


@pytest.fixture(scope="session")
def houses():
    """A hundred rows that a small network learns in a moment."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(100, 3))
    return X, 2.0 * X[:, 0] - X[:, 1] + 0.1 * rng.normal(size=100)


@pytest.fixture(scope="session")
def kinds():
    """The same rows in three classes."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(120, 3))
    return X, np.array(["cat", "dog", "eel"])[np.digitize(X[:, 0], [-0.5, 0.5])]


@pytest.fixture
def small():
    """Parameters of a training that takes a moment."""
    return {"hidden": (8,), "epochs": 5, "threads": 1}


assert thalweg.__version__
