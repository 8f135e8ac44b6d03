"""The estimators are at home in scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import thalweg


@parametrize_with_checks([thalweg.Classifier(threads=1), thalweg.Regressor(threads=1)])
def test_every_check_of_scikit_learn_passes(estimator, check):
    check(estimator)


def test_a_grid_search_over_a_pipeline_finds_the_network_that_learns(houses, small):
    X, y = houses
    pipeline = make_pipeline(StandardScaler(), thalweg.Regressor(**small))
    search = GridSearchCV(pipeline, {"regressor__learning_rate": [1e-6, 0.01], "regressor__epochs": [30]}, cv=3)
    assert search.fit(X, y).best_params_["regressor__learning_rate"] == 0.01


def test_cross_validation_in_processes_gives_what_it_gives_in_one(houses, small):
    X, y = houses
    estimator = thalweg.Regressor(**small)
    assert np.array_equal(cross_val_score(estimator, X, y, cv=3, n_jobs=2), cross_val_score(estimator, X, y, cv=3))


def test_threads_of_joblib_do_not_disturb_each_other(houses, small):
    import joblib

    X, y = houses
    fit = joblib.delayed(lambda seed: thalweg.Regressor(**small, seed=seed).fit(X, y).predict(X))
    seeds = [0, 1, 0, 1]
    predictions = joblib.Parallel(n_jobs=4, backend="threading")(fit(seed) for seed in seeds)
    assert np.array_equal(predictions[0], predictions[2])
    assert np.array_equal(predictions[1], predictions[3])
    assert not np.array_equal(predictions[0], predictions[1])


def test_calibration_takes_a_classifier(kinds, small):
    X, y = kinds
    calibrated = CalibratedClassifierCV(thalweg.Classifier(**small), cv=2).fit(X, y)
    assert calibrated.predict_proba(X).shape == (120, 3)


def test_a_clone_has_the_parameters_and_nothing_learnt(houses, small):
    X, y = houses
    copy = clone(thalweg.Regressor(**small).fit(X, y))
    assert copy.get_params()["hidden"] == (8,)
    with pytest.raises(thalweg.NotFittedError):
        copy.predict(X)
