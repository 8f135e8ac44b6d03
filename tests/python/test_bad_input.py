"""Whatever comes in, an exception of the kind that is expected says what is wrong, and the interpreter stays."""

import os
import pickle
import signal
import threading
import time
import warnings

import numpy as np
import pytest

import thalweg

X = np.random.default_rng(9).normal(size=(30, 2))
y = X[:, 0]
names = np.where(y > 0, "a", "b")


def regressor(**more):
    return thalweg.Regressor(**{"hidden": (4,), "epochs": 2, "threads": 1, **more})


def with_cell(value):
    cells = X.astype(object)
    cells[4, 1] = value
    return cells


@pytest.mark.parametrize("given, kind, says", [
    (lambda: regressor().fit(X[:, 0], y), ValueError, "Reshape your data"),
    (lambda: regressor().fit(X[:5], y), ValueError, "inconsistent numbers of samples"),
    (lambda: regressor().fit(np.where(X > 1, np.inf, X), y), ValueError, "infinity"),
    (lambda: regressor().fit(X, np.where(y > 1, np.nan, y)), ValueError, "Input y contains NaN"),
    (lambda: regressor().fit(X, names), ValueError, "must be numbers"),
    (lambda: regressor().fit(X, None), ValueError, "requires y"),
    (lambda: regressor().fit(with_cell({}), y), TypeError, "column 'x1', row 4: .* not 'dict'"),
    (lambda: regressor().fit(with_cell("much"), y), ValueError, "column 'x1' mixes types: row 0 .* row 4"),
    (lambda: regressor().fit([[1.0], [1.0, 2.0]], [1, 2]), ValueError, "differ in length"),
    (lambda: regressor().fit(X.reshape(30, 2, 1), y), ValueError, "dim 3"),
    (lambda: regressor().fit({"a": X[:, 0], "b": X[:9, 1]}, y), ValueError, "rows"),
    (lambda: regressor().fit(X, np.ones(30)), ValueError, "single value"),
    (lambda: regressor().fit(np.ones((30, 2)), y), ValueError, "nothing is left|no column|same value"),
    (lambda: regressor().fit(X, y, sample_weight=-np.ones(30)), ValueError, "0 or more"),
    (lambda: regressor().fit(X, y, sample_weight=np.zeros(30)), ValueError, "non-zero"),
    (lambda: regressor().fit(X, y, eval_set=3), ValueError, "eval_set is"),
    (lambda: regressor().fit(X, y, callbacks=3), TypeError, "callback"),
    (lambda: regressor(hidden=(0,)).fit(X, y), ValueError, "hidden must be a whole number from 1"),
    (lambda: regressor(hidden=(10**7, 10**7)).fit(X, y), (ValueError, OSError), "memory"),
    (lambda: regressor(validation="rows.csv").fit(X, y), ValueError, "eval_set"),
    (lambda: regressor(numeric=["x7"]).fit(X, y), ValueError, "no column 'x7'"),
    (lambda: regressor().predict(X), thalweg.NotFittedError, "not fitted"),
    (lambda: regressor().save("m"), thalweg.NotFittedError, "not fitted"),
    (lambda: regressor().fit(X, y).predict(X[:, :1]), ValueError, "X has 1 features"),
    (lambda: regressor().fit(X, y).predict(X[0]), ValueError, "Reshape your data"),
    (lambda: regressor().fit(X, y).predict(X[:0]), ValueError, "0 sample"),
    (lambda: regressor().fit(X, y).predict(X[:1] * np.inf), ValueError, "infinity"),
    (lambda: regressor().fit(X, y).predict_interval(X), ValueError, "train it with interval"),
    (lambda: thalweg.Classifier().fit(X, y), ValueError, "continuous"),
    (lambda: thalweg.Classifier().fit(X, np.ones(30)), ValueError, "one class"),
    (lambda: thalweg.Classifier().fit(X, np.where(y > 1, None, names)), ValueError, "row .* has no target"),
    (lambda: thalweg.Classifier().fit(X, np.array([1, "1"] * 15, dtype=object)), ValueError, "mixes texts and numbers"),
    (lambda: thalweg.Classifier().fit(X, np.arange(60).reshape(30, 2)), ValueError, "multioutput"),
    (lambda: thalweg.load("nowhere.safetensors"), OSError, "nowhere.safetensors"),
    (lambda: thalweg.Network([2]), ValueError, "width|layer"),
    (lambda: thalweg.Network([2, 1], activation="rleu"), ValueError, "did you mean 'relu'"),
    (lambda: thalweg.Network([2, 1]).weights(2), ValueError, "no layer 2"),
    (lambda: thalweg.Network([3, 1]).forward_propagation(X), ValueError, "3 inputs"),
])
def test_is_refused(given, kind, says):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(kind, match=says):
            given()


def test_a_damaged_model_file_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    regressor().fit(X, y).save(path)
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:20], b"", whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="model.safetensors"):
            thalweg.load(path)


def test_a_damaged_pickle_is_refused():
    whole = pickle.dumps(regressor().fit(X, y))
    start = whole.index(b"thalweg.format")
    with pytest.raises(ValueError, match="the pickled model"):
        pickle.loads(whole[:start] + b"thalweg.formbt" + whole[start + 14:])


def test_a_callback_ends_the_training_and_the_best_is_kept():
    seen = []

    def stop_at_three(report):
        seen.append(report.epoch)
        return report.epoch < 3

    fitted = regressor(epochs=50).fit(X, y, callbacks=stop_at_three)
    assert seen == [1, 2, 3]
    assert fitted.stop_reason_ == "stopped"
    assert len(fitted.loss_curve_) == 3
    fitted.predict(X)


def test_steps_can_be_looked_at():
    class Steps:
        def __init__(self):
            self.losses = []

        def on_step(self, report):
            self.losses.append(report.loss)

    steps = Steps()
    regressor(batch_size=10, validation=0.0, epochs=3).fit(X, y, callbacks=[steps])
    assert len(steps.losses) == 9


def test_a_callback_that_raises_ends_the_training_with_its_exception():
    def fail(report):
        raise KeyError("mine")

    before = threading.active_count()
    with pytest.raises(KeyError, match="mine"):
        regressor(epochs=10_000).fit(X, y, callbacks=fail)
    assert threading.active_count() == before


def test_control_c_stops_within_a_second_and_keeps_the_best():
    main = threading.main_thread().ident
    # A shell starts what it sends to the background deaf to Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    learner = regressor(epochs=100_000_000, patience=0, hidden=(64, 64), time_limit=60)
    started = threading.Event()
    sent = []

    def interrupt():
        started.wait()
        sent.append(time.monotonic())
        signal.pthread_kill(main, signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.warns(UserWarning, match="interrupted"):
        learner.fit(X, y, callbacks=lambda report: started.set())
    helper.join()
    signal.signal(signal.SIGINT, before)
    assert time.monotonic() - sent[0] < 10.0  # a second on a machine that is not busy
    assert np.isfinite(learner.predict(X)).all()
    assert learner.stop_reason_ == "stopped"


def test_a_fork_after_training_trains_too():
    fitted = regressor(threads=2).fit(X, y)
    expected = fitted.predict(X)
    child = os.fork()
    if child == 0:
        same = np.array_equal(regressor(threads=2).fit(X, y).predict(X), expected)
        os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_divergence_says_what_to_try_and_keeps_what_was_before():
    learner = regressor(optimizer="sgd", learning_rate=1e30, epochs=20)
    with pytest.raises(ArithmeticError, match="learning_rate"):
        learner.fit(X, y)
    assert np.isfinite(learner.predict(X)).all()


def test_notes_are_warnings_and_each_comes_once():
    constant = np.column_stack([X, np.ones(30)])
    with pytest.warns(UserWarning) as caught:
        regressor().fit(constant, y)
    assert len([w for w in caught if "'x2' left out: the same value" in str(w.message)]) == 1
