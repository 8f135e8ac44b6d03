"""The estimators are at home in scikit-learn."""

import joblib
import numpy as np
import pytest
import sklearn
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


def test_metadata_is_routed_to_fit(houses, small):
    """Weights given to a search reach the estimator in its pipeline: rows of weight 0 are not learnt from."""
    X, y = houses
    with sklearn.config_context(enable_metadata_routing=True):
        learner = thalweg.Regressor(**small).set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), learner)
        weights = np.where(np.arange(100) < 60, 1.0, 0.0)
        weighted = pipeline.fit(X, y, sample_weight=weights).predict(X)
        scaler = StandardScaler().fit(X)
        alone = thalweg.Regressor(**small).fit(scaler.transform(X), y, sample_weight=weights)
        assert np.array_equal(weighted, alone.predict(scaler.transform(X)))
        assert not np.array_equal(weighted, pipeline.fit(X, y, sample_weight=np.ones(100)).predict(X))
        search = GridSearchCV(learner, {"epochs": [2, 3]}, cv=2).fit(X, y, sample_weight=weights + 1.0)
        assert search.best_estimator_.epochs in (2, 3)


def test_several_targets_and_labels_go_through_a_search(houses, small):
    X, y = houses
    both = np.column_stack([y, -y])
    scores = cross_val_score(thalweg.Regressor(**{**small, "epochs": 60, "learning_rate": 0.03}), X, both, cv=3)
    assert scores.min() > 0.8
    labels = (both > 0).astype(int)
    search = GridSearchCV(thalweg.Classifier(**{**small, "epochs": 60, "learning_rate": 0.03}), {"hidden": [(8,), (16,)]}, cv=3).fit(X, labels)
    assert search.predict(X).shape == labels.shape
    assert search.best_score_ > 0.7


def test_estimators_fit_in_processes_of_joblib(houses, small):
    """Where this process has trained with threads before: its team must not be waited for by the child's."""
    X, y = houses
    here = thalweg.Regressor(**{**small, "threads": 2}).fit(X, y).predict(X)
    fit = joblib.delayed(fit_and_predict)
    for backend in ("loky", "multiprocessing", "threading"):
        there = joblib.Parallel(n_jobs=2, backend=backend)(fit({**small, "threads": 2}, X, y) for _ in range(2))
        assert all(np.array_equal(predicted, here) for predicted in there)


def fit_and_predict(parameters, X, y):
    return thalweg.Regressor(**parameters).fit(X, y).predict(X)
