"""What is shown and done while training goes on."""

import io
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import thalweg


def test_progress_is_a_bar_of_tqdm(houses, small, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    thalweg.Regressor(**small, verbose=True).fit(*houses)
    assert "5/5" in shown.getvalue()
    assert "loss=" in shown.getvalue()


def test_without_tqdm_one_warning_says_what_to_install(houses, small, monkeypatch):
    for name in ("tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.warns(UserWarning) as said:
        thalweg.Regressor(**small, verbose=True).fit(*houses)
    assert [str(of.message).endswith("pip install tqdm") for of in said] == [True]


def test_other_threads_run_while_it_trains_and_predicts():
    """The GIL is released: a thread of Python counts on while one call trains."""
    X = np.random.default_rng(14).normal(size=(20_000, 10))
    begun, done, counts = threading.Event(), threading.Event(), []

    def count():
        begun.wait()
        while not done.is_set():
            counts.append(time.monotonic())
            time.sleep(0.001)

    counter = threading.Thread(target=count)
    counter.start()
    spans = []
    begun.set()
    learner = thalweg.Regressor(hidden=(64, 64), epochs=3, threads=1)
    for call in (lambda: learner.fit(X, X[:, 0]), lambda: learner.predict(np.tile(X, (10, 1)))):
        start = time.monotonic()
        call()
        length = time.monotonic() - start
        spans.append((start + 0.2 * length, start + 0.8 * length))
    done.set()
    counter.join()
    assert all(any(first < when < last for when in counts) for first, last in spans)


def test_a_warning_made_an_error_ends_fit_with_it(small):
    X = np.column_stack([np.random.default_rng(15).normal(size=40), np.ones(40)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="left out"):
            thalweg.Regressor(**small).fit(X, X[:, 0])
