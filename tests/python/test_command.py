"""The command in the wheel is the command: the same model files, tables, words and exit codes, with files that pyarrow
reads in place of Arrow's C++."""

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

SOURCE = Path(os.environ["THALWEG_SOURCE"])
NATIVE = [os.environ["THALWEG_COMMAND"]]
PACKAGED = [sys.executable, "-m", "thalweg"]
TABLES = SOURCE / "tests" / "data" / "tables"
KINDS = SOURCE / "tests" / "data" / "kinds"
BAD_INPUT = json.loads((SOURCE / "tests" / "cli" / "bad_input.json").read_text())
QUICK = ["--hidden", "8", "--epochs", "1", "--folds", "1", "--ensemble", "1", "--threads", "1", "--quiet"]


def run(command, words, folder, given=None):
    done = subprocess.run([*command, *map(str, words)], cwd=folder, input=given, capture_output=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def both(words, folder, given=None):
    """What the package's command does; the native one has to do the same."""
    native, packaged = (run(command, words, folder, given) for command in (NATIVE, PACKAGED))
    assert packaged == native
    return packaged


def same_model(words, folder, given=None):
    """The bytes of the model that both train."""
    models = []
    for command in (NATIVE, PACKAGED):
        status, _, said = run(command, ["train", *words, *QUICK, "-o", "model.safetensors"], folder, given)
        assert status == 0, said
        models.append((folder / "model.safetensors").read_bytes())
    assert models[0] == models[1]
    return models[0]


@pytest.mark.parametrize("file, options", [
    ("movies.train.csv.gz", ["--target", "IMDB Rating,Rotten Tomatoes Rating"]),
    ("titanic.train.csv.gz", ["--target", "survived"]),
    ("adult.train.csv.gz", ["--target", "income"]),
    ("california.train.csv.gz", ["--target", "median_house_value"]),
    ("digits.train.csv.gz", ["--target", "digit", "--categorical", "digit"]),
    ("mnist10k.test-images-idx3-ubyte.gz", ["--labels", TABLES / "mnist10k.test-labels-idx1-ubyte.gz"]),
])
def test_a_public_table_gives_the_same_model(file, options, tmp_path):
    same_model([TABLES / file, *options], tmp_path)


@pytest.mark.parametrize("file", sorted(path.name for path in KINDS.iterdir()))
def test_every_kind_of_file_is_read_or_refused_alike(file, tmp_path):
    both(["inspect", KINDS / file, "--json"], tmp_path)


ROWS = [f"{i % 7},{i}.5,{['rose', '?', 'lily', ''][i % 4]},2024-01-{i % 28 + 1:02},{i * i % 11}" for i in range(60)]
TABLE = "\n".join(["a,b,kind,day,y", *ROWS]) + "\n"


@pytest.mark.parametrize("text, options", [
    (TABLE, []),
    (TABLE, ["--missing", "rose,?"]),
    (TABLE, ["--categorical", "a"]),
    (TABLE.replace(",?,", ",? ,").replace(",3.5,", ", NA,"), []),
    (TABLE + '1,2.5,"' + "x" * 2_500_000 + '",2024-01-01,3\n', []),
    ("\ufeff" + TABLE.replace("\n", "\r\n"), []),
    (TABLE.replace(",", ";").replace(".", ","), ["--decimal", ","]),
    (TABLE.replace(",", "|"), ["--delimiter", "|"]),
    (TABLE.replace(",", "\t"), ["--delimiter", "tab"]),
    (TABLE.replace("rose", "'a,\n''b'"), ["--quote", "'"]),
    (TABLE + "\n\n8,,tulip,,3\n", []),
    (TABLE + "x,1,rose,2024-02-30,3\n", []),
    (TABLE.replace("2024-01-02", "2024-01-02 10:30:00"), []),
])
def test_text_is_read_with_every_option_alike(text, options, tmp_path):
    (tmp_path / "t.csv").write_text(text, newline="")
    same_model(["t.csv", "--target", "y", *options], tmp_path)
    same_model(["-", "--target", "y", *options], tmp_path, text.encode())


def test_types_that_show_late_are_found_alike(tmp_path):
    """A megabyte of whole numbers, nothing and dates; then a decimal, a text and a time of day."""
    rows = [f"{i},,2024-01-{i % 28 + 1:02},{i % 13}" for i in range(60_000)]
    rows += ["1.5,late,2024-02-01 10:30:00,3", "7,,2024-02-02,4"]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,day,y", *rows]) + "\n")
    assert (tmp_path / "t.csv").stat().st_size > 1 << 20
    both(["inspect", "t.csv", "--json"], tmp_path)
    same_model(["t.csv", "--target", "y"], tmp_path)


def test_without_a_header_columns_are_numbered(tmp_path):
    (tmp_path / "t.csv").write_text("\n".join(ROWS) + "\n")
    same_model(["t.csv", "--no-header", "--target", "column_5"], tmp_path)


def test_several_files_are_one_table(tmp_path):
    """Whose types disagree: in one a column holds numbers only, in the other texts too."""
    (tmp_path / "one.csv").write_text("\n".join(["a,b,y", *(f"{i},0{i % 5},{i % 3}" for i in range(30))]))
    with gzip.open(tmp_path / "two.csv.gz", "wt") as file:
        file.write("\n".join(["b,y,a", *(f"{i % 5}x,{i % 3},{i}" for i in range(30))]))
    same_model(["one.csv", "two.csv.gz", "--target", "y"], tmp_path)


@pytest.mark.parametrize("write", [
    pyarrow.parquet.write_table,
    lambda table, path: pyarrow.parquet.write_table(table.replace_schema_metadata(None), path, store_schema=False),
    pyarrow.feather.write_feather,
])
def test_columns_of_every_type_are_alike(write, tmp_path):
    from decimal import Decimal

    table = pyarrow.table({
        "whole": pyarrow.array([1, None, 3] * 20, pyarrow.int8()),
        "half": pyarrow.array([1.5, 2.25, None] * 20, pyarrow.float16()),
        "cents": pyarrow.array([Decimal("1.10"), Decimal("-20000000000.07"), None] * 20, pyarrow.decimal128(30, 2)),
        "wide": pyarrow.array([Decimal("1.10"), Decimal("3.3"), None] * 20, pyarrow.decimal256(50, 4)),
        "yes": [True, False, None] * 20,
        "text": pyarrow.array(["b", "a", None] * 20, pyarrow.large_string()),
        "coded": pyarrow.array(["b", "a", None] * 20).dictionary_encode(),
        "bytes": pyarrow.array([b"b", b"a", None] * 20),
        "no_text": pyarrow.array([b"\xff", b"a", None] * 20),
        "day": pyarrow.array([1, 20000, None] * 20, pyarrow.date32()),
        "moment": pyarrow.array([1, 1700000000123, None] * 20, pyarrow.timestamp("ms", "Europe/Rome")),
        "clock": pyarrow.array([1, 4000, None] * 20, pyarrow.time32("s")),
        "list": [[1], [2, 3], None] * 20,
        "y": pyarrow.array(range(60), pyarrow.uint32()),
    })
    write(table, str(tmp_path / "t"))
    both(["inspect", "t", "--json"], tmp_path)
    same_model(["t", "--target", "y"], tmp_path)


def test_predictions_are_the_same_in_every_form(tmp_path):
    (tmp_path / "t.csv").write_text(TABLE.replace(",?,", ",tulip,").replace(",,", ",aster,"))
    same_model(["t.csv", "--target", "kind"], tmp_path)
    _, printed, _ = both(["predict", "model.safetensors", "t.csv"], tmp_path)
    for name in ("p.csv", "p.tsv"):
        contents = []
        for command in (NATIVE, PACKAGED):
            assert run(command, ["predict", "model.safetensors", "t.csv", "-o", name], tmp_path)[0] == 0
            contents.append((tmp_path / name).read_bytes())
        assert contents[0] == contents[1]
    for name in ("p.csv.gz", "p.csv.zst", "p.parquet", "p.arrow"):
        contents = []
        for command in (NATIVE, PACKAGED):
            assert run(command, ["predict", "model.safetensors", "t.csv", "-o", name], tmp_path)[0] == 0
            if ".csv" in name:
                with pyarrow.input_stream(str(tmp_path / name)) as file:
                    contents.append(file.read())
            else:
                read = pyarrow.parquet.read_table if name == "p.parquet" else pyarrow.feather.read_table
                contents.append(read(tmp_path / name))
        assert contents[0] == contents[1]
        assert name != "p.csv.gz" or contents[0] == printed
    assert both(["evaluate", "model.safetensors", "t.csv", "--json"], tmp_path)[0] == 0
    assert both(["explain", "model.safetensors", "t.csv", "--row", "3"], tmp_path)[0] == 0


def content_of(file):
    """As tests/cli/bad_input_test.cpp reads that table."""
    if isinstance(file, str):
        return file.encode()
    if "bytes" in file:
        return bytes(file["bytes"])
    rows = [file["row"].replace("$i", str(i)).replace("$m", str(i % 7)) for i in range(1, file["rows"] + 1)]
    text = "\n".join([file["header"], *rows]) + "\n" + file.get("then", "")
    return text.encode() + bytes(file.get("then_bytes", []))


def test_a_search_is_left_to_the_installed_program(tmp_path):
    status, out, said = run(PACKAGED, ["tune", "t.csv", "--target", "y"], tmp_path)
    assert status == 2 and out == b"" and b"unknown command 'tune'" in said


PACKAGED_BAD_INPUT = [case for case in BAD_INPUT if "files" in case and not case["command"].startswith("tune ")]


@pytest.mark.parametrize("case", PACKAGED_BAD_INPUT, ids=lambda case: case["name"])
def test_bad_files_are_refused_as_the_command_refuses_them(case, tmp_path):
    good = {"houses.csv": {"header": "rooms,size,price", "rows": 40, "row": "$m,$i.5,$i000"},
            "flowers.csv": {"header": "length,kind", "rows": 20, "row": "$i.1,rose\n$i.2,lily\n$i.3,tulip"}}
    for name, file in {**good, **case["files"]}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content_of(file))
    if "before" in case:
        status, _, said = run(PACKAGED, case["before"].split(), tmp_path)
        assert status == 0, said
    before = sorted(tmp_path.iterdir())
    status, out, said = run(PACKAGED, case["command"].split(), tmp_path)
    assert status == case["status"], said
    assert out == b""
    for words in case["says"]:
        assert words in said.decode()
    assert sorted(tmp_path.iterdir()) == before


def test_control_c_saves_the_best_so_far(tmp_path):
    (tmp_path / "t.csv").write_text(TABLE)
    training = subprocess.Popen([*PACKAGED, "train", "t.csv", "--target", "y", "--epochs", "100000000", "--patience", "0",
                                 "--folds", "1", "--ensemble", "1", "--time-limit", "60"],
                                cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for line in training.stderr:
        if line.startswith("epoch"):
            break
    training.send_signal(signal.SIGINT)
    training.communicate()
    assert training.returncode == 130
    assert run(PACKAGED, ["predict", "model.safetensors", "t.csv", "--quiet"], tmp_path)[0] == 0


def test_who_reads_no_more_ends_it_without_a_word(tmp_path):
    (tmp_path / "t.csv").write_text(TABLE)
    same_model(["t.csv", "--target", "y"], tmp_path)
    rows = TABLE + "".join(f"{row}\n" for row in ROWS * 2000)
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*PACKAGED, "predict", "model.safetensors", "-"], cwd=tmp_path, input=rows.encode(),
                          stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
