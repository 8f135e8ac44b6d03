"""scikit-learn's own tests of its multilayer perceptron, run against ours: the file comes from the installed
scikit-learn, its import is turned to mlp_adapter.py, and what differs by design is changed or left out, each with its
reason."""

from pathlib import Path

import pytest
import sklearn.neural_network

from mlp_adapter import MLPClassifier, MLPRegressor  # noqa: F401

# (what stands there, what is run instead)
CHANGED = [
    # The import.
    ("from sklearn.neural_network import MLPClassifier, MLPRegressor\n", "\n"),
    # The epochs are how long to train: to reach their end is no failure that would be warned of.
    ("    with pytest.warns(ConvergenceWarning):\n        model.fit", "    if True:\n        model.fit"),
    # Parameters are float32 and predictions float64, whatever came in.
    ('"dtype", [np.float32, np.float64]', '"dtype", [np.float64]'),
    # Predictions of float32 parameters: 100 epochs add up their rows in another order than 100 calls of one epoch.
    ("        assert_allclose(pred1, pred2)\n        score", "        assert_allclose(pred1, pred2, atol=2e-6)\n        score"),
    # A target of one value is refused, since there is nothing to learn.
    ("y = pd.Series(data=np.full(10, 1), name", "y = pd.Series(data=np.arange(10) % 2, name"),
    ("features, target = [[2]], [4]", "features, target = [[2], [3]], [4, 5]"),
    ("fine_tune_features, fine_tune_target = [[2]], [1]", "fine_tune_features, fine_tune_target = [[2], [3]], [1, 1]"),
    ("fine_tune_target, rtol=1e-4)", "fine_tune_target, rtol=1e-3)"),
    # One row tells nothing of how to scale it: the first piece has two.
    ("    X = [[3, 2]]\n    y = [0]\n", "    X = [[3, 2], [1, 6]]\n    y = [0, 1]\n"),
    # Progress is tqdm's, on standard error.
    ("    out, _ = capsys.readouterr()\n    assert \"Iteration\" in out", "    assert \"epoch\" in capsys.readouterr().err"),
    # Every update rule goes on in partial_fit, L-BFGS too.
    ('    # lbfgs doesn\'t support partial_fit\n    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")\n', ""),
]

# Tests that are left out.
DIFFERENT = {
    "test_fit": "sets weights inside an estimator that was not fitted; test_network.py has the worked example",
    "test_gradient": "calls an inner function; test_network.py holds gradients to differences of the loss",
    "test_lbfgs_classification_maxfun": "no limit of evaluations beside that of epochs",
    "test_lbfgs_regression_maxfun": "no limit of evaluations beside that of epochs",
    "test_learning_rate_warmstart": "no schedule invscaling; reads the inner optimizer",
    "test_nonfinite_params": "values of 1e308 are scaled before they are learnt from, so nothing is infinite",
    "test_shuffle": "rows are always shuffled",
    "test_sparse_matrices": "sparse input is refused with a TypeError that says so",
    "test_tolerance": "no tol",
    "test_early_stopping": "no tol; validation_scores_ are losses, and best_epoch_ says which was best",
    "test_adaptive_learning_rate": "no tol; reads the inner optimizer",
    "test_n_iter_no_change": "no tol; reads an inner count",
    "test_n_iter_no_change_inf": "no tol; reads an inner count",
    "test_early_stopping_stratified": "a class of one row is learnt from as far as that goes, and is no error",
    "test_mlp_partial_fit_after_fit": "partial_fit goes on whatever validation fit had",
    "test_mlp_diverging_loss": "a training that diverges raises, and keeps the best parameters",
    "test_mlp_vs_poisson_glm_equivalent": "inputs far from the middle are bent towards it, so no network is linear in X",
    "test_minimum_input_sample_size": "two rows are learnt from without validation",
}

_FILE = Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py"
_SOURCE = _FILE.read_text()
for _theirs, _ours in CHANGED:
    assert _theirs in _SOURCE, f"scikit-learn's tests have changed: {_theirs!r} is no longer there"
    _SOURCE = _SOURCE.replace(_theirs, _ours)
exec(compile(_SOURCE, str(_FILE), "exec"))
for _name in DIFFERENT:
    del globals()[_name]


@pytest.fixture
def global_random_seed():
    return 42
