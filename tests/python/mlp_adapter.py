"""scikit-learn's MLPClassifier and MLPRegressor in name and parameters, ours in all else: what
test_multilayer_perceptron.py runs scikit-learn's own tests with. The parameters become ours as docs/python.md says."""

import numpy as np

import thalweg

_DEFAULTS = {
    "hidden_layer_sizes": (100,), "activation": "relu", "solver": "adam", "alpha": 0.0001, "batch_size": "auto",
    "learning_rate": "constant", "learning_rate_init": 0.001, "max_iter": 200, "random_state": None,
    "warm_start": False, "momentum": 0.9, "nesterovs_momentum": True, "early_stopping": False,
    "validation_fraction": 0.1, "n_iter_no_change": 10, "loss": None, "verbose": False,
    # What we have no parameter for, because it is always so: rows are shuffled, and training ends where nothing
    # improves or after the epochs.
    "shuffle": True, "tol": 1e-4, "max_fun": 15000, "power_t": 0.5,
}
_SCHEDULES = {"constant": "constant", "adaptive": "plateau"}


def _seed(random_state):
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    return random_state or 0


def _ours(of, rows):
    """Our parameters, for a training on so many rows."""
    learnt = rows - int(np.ceil(rows * of["validation_fraction"])) if of["early_stopping"] else rows
    batch = min(200, learnt) if of["batch_size"] == "auto" else of["batch_size"]
    sgd = of["solver"] == "sgd"
    return {
        "hidden": of["hidden_layer_sizes"],
        "activation": "linear" if of["activation"] == "identity" else of["activation"],
        "optimizer": of["solver"],
        "weight_decay": of["alpha"] / (rows if of["solver"] == "lbfgs" else batch),
        "batch_size": None if of["solver"] == "lbfgs" else batch,
        "schedule": _SCHEDULES[of["learning_rate"]],
        "learning_rate": of["learning_rate_init"] if of["solver"] != "lbfgs" else None,
        "epochs": of["max_iter"],
        "seed": _seed(of["random_state"]),
        "warm_start": of["warm_start"],
        "momentum": of["momentum"] if sgd else None,
        "nesterov": of["nesterovs_momentum"] and of["momentum"] > 0 if sgd else False,
        "validation": of["validation_fraction"] if of["early_stopping"] else 0.0,
        "patience": 0 if of["n_iter_no_change"] == np.inf else of["n_iter_no_change"],
        "loss": of["loss"],
        "output": "exponential" if of["loss"] == "poisson" else None,
        "embedding": "none",
        "threads": 1,
        "verbose": bool(of["verbose"]),
    }


def _named_as_theirs(ours):
    class Estimator(ours):
        def __init__(self, **parameters):
            unknown = set(parameters) - set(_DEFAULTS)
            assert not unknown, f"{unknown} must be adapted"
            super().__init__()
            self._theirs = {**_DEFAULTS, **parameters}

        def set_params(self, **parameters):
            self._theirs.update(parameters)
            return self

        def _adapted(self, X):
            for name, value in _ours(self._theirs, X.shape[0] if hasattr(X, "shape") else len(X)).items():
                setattr(self, name, value)

        def fit(self, X, y, **more):
            self._adapted(X)
            return super().fit(X, y, **more)

        def partial_fit(self, X, y, **more):
            self._adapted(X)
            return super().partial_fit(X, y, **more)

        @property
        def max_iter(self):
            return self._theirs["max_iter"]

        @property
        def coefs_(self):
            network = self.model_.network()
            return [network.weights(i).T for i in range(1, len(network.widths))]

        @property
        def intercepts_(self):
            network = self.model_.network()
            return [network.bias(i) for i in range(1, len(network.widths))]

    Estimator.__name__ = Estimator.__qualname__ = f"MLP{ours.__name__}"
    return Estimator


MLPClassifier = _named_as_theirs(thalweg.Classifier)
MLPRegressor = _named_as_theirs(thalweg.Regressor)
