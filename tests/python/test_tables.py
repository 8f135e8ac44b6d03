"""Tables in every form that Python has them in, and model files that the command takes."""

import datetime
import os
import subprocess
import sys

import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

import thalweg

COMMAND = os.environ["THALWEG_COMMAND"]
ROWS = 60


def columns():
    """Numbers, categories, texts, dates, booleans, and cells that are missing."""
    rng = np.random.default_rng(7)
    size = rng.normal(size=ROWS)
    size[3] = np.nan
    city = rng.choice(["Rome", "Oslo", "Lima"], ROWS).astype(object)
    city[5] = None
    day = [datetime.date(2024, 1, 1) + datetime.timedelta(days=int(d)) for d in rng.integers(0, 300, ROWS)]
    garden = rng.random(ROWS) < 0.5
    rooms = rng.integers(1, 9, ROWS)
    y = np.nan_to_num(size) + (city == "Rome") + rooms
    return {"size": size, "city": city, "day": day, "garden": garden, "rooms": rooms}, y


def frames():
    data, _ = columns()
    cities = {"city": pandas.Categorical(data["city"])}
    table = pyarrow.table({**data, "size": pyarrow.array(data["size"], from_pandas=True)})
    return {
        "pandas": pandas.DataFrame({**data, "day": pandas.to_datetime(data["day"])}),
        "pandas with categories": pandas.DataFrame({**data, **cities}),
        "polars": polars.from_arrow(table),
        "pyarrow": table,
        "pyarrow in pieces": pyarrow.concat_tables([table[:20], table[20:21], table[21:]]),
        "pyarrow with codes": table.set_column(1, "city", table["city"].dictionary_encode()),
        "pyarrow with views": table.set_column(1, "city", table["city"].cast(pyarrow.string_view())),
        "dict": data,
    }


@pytest.mark.parametrize("kind", frames())
def test_every_frame_gives_the_model_of_the_same_file(kind, tmp_path):
    _, y = columns()
    estimator = thalweg.Regressor(hidden=(8,), epochs=3, threads=1).fit(frames()[kind], y)
    assert list(estimator.feature_names_in_) == ["size", "city", "day", "garden", "rooms"]
    predicted = estimator.predict(frames()["pyarrow"])

    table = frames()["pyarrow"].append_column("y", pyarrow.array(y))
    pyarrow.parquet.write_table(table, tmp_path / "rows.parquet")
    subprocess.run([COMMAND, "train", "rows.parquet", "--target", "y", "--hidden", "8", "--epochs", "3", "--threads",
                    "1", "--quiet"], cwd=tmp_path, check=True)
    assert np.array_equal(thalweg.load(tmp_path / "model.safetensors").predict(table), predicted)


def test_the_command_predicts_what_the_estimator_does(tmp_path):
    data, y = columns()
    estimator = thalweg.Classifier(hidden=(8,), epochs=5, threads=1).fit(frames()["pandas"], y > y.mean())
    estimator.save(tmp_path / "model.safetensors")
    frames()["pandas"].to_csv(tmp_path / "rows.csv", index=False)
    printed = subprocess.run([COMMAND, "predict", "model.safetensors", "rows.csv"], cwd=tmp_path, check=True,
                             capture_output=True, text=True).stdout.splitlines()
    assert printed[0] == "prediction,p_false,p_true"
    expected = estimator.predict_proba(frames()["pandas"])
    assert np.array_equal([[float(cell) for cell in line.split(",")[1:]] for line in printed[1:]], expected)
    assert [line.split(",")[0] == "true" for line in printed[1:]] == estimator.predict(frames()["pandas"]).tolist()


def test_a_model_tells_what_it_is(tmp_path):
    data, y = columns()
    thalweg.Regressor(hidden=(8,), epochs=3).fit(frames()["polars"], y).save(tmp_path / "m")
    model = thalweg.load(tmp_path / "m")
    assert (model.task, model.targets) == ("regression", ["y"])
    assert model.input_columns == ["size", "city", "day", "garden", "rooms"]
    assert "rooms" in str(model)
    metrics = model.evaluate(frames()["pyarrow"].append_column("y", pyarrow.array(y)))
    assert metrics["rmse"] == pytest.approx(float(np.sqrt(np.mean((model.predict(frames()["dict"]) - y) ** 2))))


def test_an_array_may_lie_in_memory_as_it_likes():
    X = np.random.default_rng(8).normal(size=(1200, 3)).astype(np.float32)
    y = X[:, 0].astype(float)
    layouts = (X, np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], X[::-1][::-1], X.astype(np.float64))
    predictions = [thalweg.Regressor(hidden=(4,), epochs=2).fit(same, y).predict(X) for same in layouts]
    assert all(np.array_equal(predicted, predictions[0]) for predicted in predictions)


def test_the_numbers_of_an_array_are_not_copied():
    rows, columns = 400_000, 20
    script = f"""
import resource, sys
import numpy as np, thalweg, thalweg._estimators
X = np.random.default_rng(11).standard_normal(({rows}, {columns}), dtype=np.float32)
y = X[:, 0].astype(float)
thalweg.Regressor(hidden=(4,), epochs=1, iterations=1).fit(X[:100], y[:100])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
thalweg.Regressor(hidden=(4,), epochs=1, iterations=1, threads=1, embedding="none").fit(X, y)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / X.nbytes)
"""
    more = float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)
    assert more < 1.9  # the encoded rows, once, and the targets; a table of doubles would be two more


def test_columns_are_found_by_name_in_any_order():
    data, y = columns()
    estimator = thalweg.Regressor(hidden=(8,), epochs=3).fit(data, y)
    other = dict(reversed([*data.items(), ("more", np.zeros(ROWS))]))
    assert np.array_equal(estimator.predict(other), estimator.predict(data))
    del other["city"]
    with pytest.raises(ValueError, match="needs a column that the table does not have: 'city'"):
        estimator.predict(other)
