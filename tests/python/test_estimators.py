"""What Classifier and Regressor promise beyond scikit-learn's own checks."""

import pickle

import numpy as np
import pytest

import thalweg


def test_classes_are_those_of_y_whatever_their_type(small):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(90, 2))
    place = np.digitize(X[:, 0], [-0.4, 0.4])
    for classes in ([10, 9, 2], ["b", "a", "10"], [-1.0, 0.0, 1.0]):
        y = np.array(classes)[place]
        fitted = thalweg.Classifier(hidden=(16,), epochs=100, learning_rate=0.02, threads=1).fit(X, y)
        assert np.array_equal(fitted.classes_, np.unique(y))
        assert fitted.score(X, y) > 0.85
        assert np.array_equal(fitted.classes_[fitted.predict_proba(X).argmax(axis=1)], fitted.predict(X))


def test_the_scores_of_epochs_are_kept(houses, small):
    X, y = houses
    fitted = thalweg.Regressor(**small).fit(X, y)
    assert len(fitted.loss_curve_) == len(fitted.validation_scores_) == fitted.n_iter_ == 5
    assert fitted.best_epoch_ == 1 + int(np.argmin(fitted.validation_scores_))


def test_rows_to_judge_by_can_be_given(houses, small):
    X, y = houses
    fitted = thalweg.Regressor(**small).fit(X[:80], y[:80], eval_set=(X[80:], y[80:]))
    expected = np.mean((fitted.predict(X[80:]) - y[80:]) ** 2) / np.var(y[80:])
    assert min(fitted.validation_scores_) == pytest.approx(expected, rel=0.5)
    assert fitted.model_.training["rows"] == "80"
    assert fitted.model_.training["validation_rows"] == "20"


def test_rows_to_judge_by_go_with_rows_that_weigh(houses, small):
    X, y = houses
    heavy = thalweg.Regressor(**small).fit(X[:80], y[:80], np.arange(80.0), eval_set=(X[80:], y[80:]))
    light = thalweg.Regressor(**small).fit(X[:80], y[:80], eval_set=(X[80:], y[80:]))
    assert heavy.validation_scores_ != light.validation_scores_


def test_several_targets_are_learnt_at_once(houses):
    X, y = houses
    both = np.column_stack([y, -y])
    predicted = thalweg.Regressor(hidden=(16,), epochs=80, threads=1).fit(X, both).predict(X)
    assert predicted.shape == (100, 2)
    assert np.corrcoef(predicted[:, 0], predicted[:, 1])[0, 1] < -0.9


def test_labels_are_each_there_or_not(small):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(100, 2))
    y = (X > 0).astype(int)
    fitted = thalweg.Classifier(hidden=(16,), epochs=80, threads=1).fit(X, y)
    assert fitted.predict_proba(X).shape == (100, 2)
    assert (fitted.predict(X) == y).mean() > 0.9


def test_ten_epochs_and_ten_more_are_twenty_to_the_bit(houses):
    X, y = houses
    for optimizer in ("adamw", "sgd", "rmsprop", "adagrad", "rprop", "lbfgs"):
        same = {"hidden": (8,), "threads": 1, "warm_start": True, "dropout": 0.1, "optimizer": optimizer}
        if optimizer == "lbfgs":
            same["dropout"] = 0.0
        at_once = thalweg.Regressor(epochs=20, **same).fit(X, y)
        halves = thalweg.Regressor(epochs=10, **same).fit(X, y)
        halves = pickle.loads(pickle.dumps(halves)).fit(X, y)
        assert halves.loss_curve_ == at_once.loss_curve_, optimizer
        assert halves.validation_scores_ == at_once.validation_scores_, optimizer
        assert np.array_equal(halves.predict(X), at_once.predict(X)), optimizer
        assert halves.best_epoch_ == at_once.best_epoch_, optimizer


def test_without_warm_start_fit_begins_anew(houses, small):
    X, y = houses
    fitted = thalweg.Regressor(**small)
    first = fitted.fit(X, y).predict(X)
    assert np.array_equal(fitted.fit(X, y).predict(X), first)
    assert fitted.n_iter_ == 5


def test_partial_fit_learns_from_rows_that_come_in_pieces(kinds):
    X, y = kinds
    learner = thalweg.Classifier(hidden=(16,), threads=1, learning_rate=0.01)
    for _ in range(40):
        for first in range(0, 120, 40):
            rows = slice(first, first + 40)
            learner.partial_fit(X[rows], y[rows], classes=["cat", "dog", "eel"])
    assert learner.score(X, y) > 0.9
    assert len(learner.loss_curve_) == 120


def test_the_state_of_the_optimizer_survives_pickling(kinds):
    X, y = kinds
    one = thalweg.Classifier(hidden=(8,), threads=1).partial_fit(X, y)
    other = pickle.loads(pickle.dumps(one))
    assert np.array_equal(one.partial_fit(X, y).predict_proba(X), other.partial_fit(X, y).predict_proba(X))


def test_partial_fit_may_meet_a_class_late_if_it_was_told(kinds):
    X, y = kinds
    first = y != "eel"
    learner = thalweg.Classifier(hidden=(8,), threads=1).partial_fit(X[first], y[first], classes=["cat", "dog", "eel"])
    assert learner.predict_proba(X).shape == (120, 3)
    learner.partial_fit(X, y)
    with pytest.raises(ValueError, match="classes"):
        learner.partial_fit(X, np.where(y == "cat", "cow", y))


def test_what_cannot_go_on_says_so(houses, small):
    X, y = houses
    fitted = thalweg.Regressor(**small, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="hidden"):
        fitted.set_params(hidden=(9,)).fit(X, y)
    several = thalweg.Regressor(**{**small, "ensemble": 2}).fit(X, y)
    with pytest.raises(ValueError, match="several networks"):
        several.set_params(ensemble=1).partial_fit(X, y)


def test_the_order_of_few_rows_changes_nothing(houses, small):
    X, y = houses
    order = np.random.default_rng(5).permutation(100)
    straight, mixed = (thalweg.Regressor(**small).fit(X[o], y[o]).predict(X) for o in (np.arange(100), order))
    assert np.array_equal(straight, mixed)


def test_classes_may_weigh_more_than_others(kinds, small):
    X, y = kinds
    small = {**small, "epochs": 40}
    plain = thalweg.Classifier(**small).fit(X, y).predict(X)
    eels = thalweg.Classifier(**small, class_weight={"eel": 50.0}).fit(X, y).predict(X)
    assert (eels == "eel").sum() > (plain == "eel").sum()
    with pytest.raises(ValueError, match="cow"):
        thalweg.Classifier(**small, class_weight={"cow": 2.0}).fit(X, y)


def test_intervals_hold_the_share_of_values_that_was_asked_for():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(2000, 2))
    y = X[:, 0] + rng.normal(size=2000)
    fitted = thalweg.Regressor(hidden=(8,), epochs=5, validation=0.5, interval=True, threads=1).fit(X[:1500], y[:1500])
    lower, upper = fitted.predict_interval(X[1500:], 0.8)
    inside = np.mean((lower <= y[1500:]) & (y[1500:] <= upper))
    assert inside == pytest.approx(0.8, abs=0.06)  # three deviations of a share of 500


def test_every_parameter_acts_or_is_refused(houses, small):
    X, y = houses
    with pytest.raises(TypeError, match="epoch"):
        thalweg.Regressor(epoch=3)
    with pytest.raises(ValueError, match="optimizer.*did you mean 'adam'"):
        thalweg.Regressor(**small, optimizer="adma").fit(X, y)
    with pytest.raises(ValueError, match="learning_rate must be a number above 0, not '-1'"):
        thalweg.Regressor(**small, learning_rate=-1).fit(X, y)
    with pytest.raises(ValueError, match="epochs must be a whole number 1 or more, not '2.5'"):
        thalweg.Regressor(hidden=(8,), epochs=2.5).fit(X, y)


def test_the_same_bits_come_out_of_any_number_of_threads(houses, small):
    X, y = houses
    predictions = [thalweg.Regressor(**{**small, "threads": n}).fit(X, y).predict(X) for n in (1, 2, 3)]
    assert np.array_equal(predictions[0], predictions[1])
    assert np.array_equal(predictions[0], predictions[2])


def test_one_row_is_predicted_to_the_bits_that_it_has_among_many(houses, small):
    X, y = houses
    fitted = thalweg.Regressor(**small).fit(X, y)
    assert np.array_equal(np.concatenate([fitted.predict(X[i:i + 1]) for i in range(100)]), fitted.predict(X))
