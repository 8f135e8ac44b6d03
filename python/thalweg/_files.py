"""What pyarrow does for the command: files become Arrow streams, and tables become files. The library (python/src/files.cpp)
calls this, finds out what a file is, looks at every byte of text and words the errors."""

import io
import sys

import numpy as np

try:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet
except ImportError as error:
    raise ImportError(
        "tables are read and written with pyarrow here, which is not installed: pip install 'thalweg[table]'"
    ) from error

# As src/files/ has it: codes and a dictionary.
_TEXT = pa.dictionary(pa.int32(), pa.utf8())
_BLOCK = 1 << 20


def read_bytes(path):
    """The whole content of a path, or of standard input for "-"."""
    if path == "-":
        return pa.py_buffer(sys.stdin.buffer.read())
    with open(path, "rb") as file:
        return pa.py_buffer(file.read())


def unpack(content, codec, name):
    try:
        with pa.CompressedInputStream(pa.BufferReader(content), codec) as unpacked:
            return pa.py_buffer(unpacked.read())
    except OSError as error:
        raise ValueError(f"{name}: the compressed file is damaged or cut ({_first_line(error)})") from error


def _first_line(error):
    return str(error).split("\n", 1)[0]


def text_stream(content, begin, names, delimiter, quote, longest_record, decimal_point, missing, text_columns, name):
    """The rows that begin at a byte of a file of text."""
    convert = pyarrow.csv.ConvertOptions(
        check_utf8=False,  # the scanner has
        null_values=[spelling for word in missing for spelling in (word, f" {word}", f"{word} ")],
        strings_can_be_null=True,
        # Booleans stay text, as the file spells them.
        true_values=[], false_values=[],
        decimal_point=decimal_point,
        column_types={column: _TEXT for column in text_columns},
    )
    parse = pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=quote or False, newlines_in_values=bool(quote))
    # Arrow takes a record that lies in two blocks, not in three.
    block = min(max(2 * longest_record, _BLOCK), 2**31 - 1)
    read = pyarrow.csv.ReadOptions(column_names=names, block_size=block)
    try:
        rows = pyarrow.csv.read_csv(pa.BufferReader(content.slice(begin)), read, parse, convert)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{name}: cannot read the table ({_first_line(error)})") from error
    return rows.__arrow_c_stream__()


def parquet_stream(content, name):
    with _damaged(name, "Parquet"):
        file = pyarrow.parquet.ParquetFile(pa.BufferReader(content))
        texts = [column.path for column in file.schema if column.physical_type == "BYTE_ARRAY"]
        file = pyarrow.parquet.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        table = file.read()
        table.validate(full=True)
    return _stream_of(table, name)


def arrow_file_stream(content, name):
    with _damaged(name, "Arrow"):
        table = pa.ipc.open_file(content).read_all()
        table.validate(full=True)
    return _stream_of(table, name)


def arrow_stream(content, name):
    with _damaged(name, "Arrow"):
        table = pa.ipc.open_stream(content).read_all()
        table.validate(full=True)
    return _stream_of(table, name)


class _damaged:
    """What Arrow finds wrong in a file, as an error that names it."""

    def __init__(self, name, kind):
        self._what = f"{name}: the {kind} file is damaged or cut"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, MemoryError):
            return
        if isinstance(error, (pa.ArrowException, OSError, ValueError)):
            raise ValueError(f"{self._what} ({_first_line(error)})") from error


def _stream_of(table, name):
    """(stream of the columns that can be read, a note for each that cannot)"""
    if table.num_columns == 0:
        raise ValueError(f"{name}: the table has no columns")
    columns, names, notes = [], [], []
    for field, column in zip(table.schema, table.columns):
        cells = _cells(column)
        if cells is None:
            notes.append(f"{name}: column '{field.name}' is left out: its type {_cell_type(field.type)} is neither "
                         "number, text nor time")
        else:
            columns.append(cells)
            names.append(field.name)
    if not columns:
        raise ValueError(f"{notes[0]}; no column is left")
    if table.num_rows == 0:
        raise ValueError(f"{name}: the table has no rows")
    return pa.table(columns, names=names).__arrow_c_stream__(), notes


def _cell_type(type):
    """Without the dictionary or an extension's name around it."""
    if pa.types.is_dictionary(type):
        return _cell_type(type.value_type)
    if isinstance(type, pa.BaseExtensionType):
        return _cell_type(type.storage_type)
    return type


def _is_readable(cells):
    types = pa.types
    return any(of(cells) for of in (
        types.is_null, types.is_boolean, types.is_integer, types.is_floating, types.is_decimal128, types.is_decimal256,
        types.is_time, types.is_duration, types.is_date, types.is_timestamp, _is_string, _is_binary,
    ))


def _is_string(type):
    return pa.types.is_string(type) or pa.types.is_large_string(type) or pa.types.is_string_view(type)


def _is_binary(type):
    return pa.types.is_binary(type) or pa.types.is_large_binary(type) or pa.types.is_binary_view(type)


def _cells(column):
    """The column in one of the types that the library takes; None for what is neither number, text nor time."""
    if isinstance(column.type, pa.BaseExtensionType):
        storage = column.type.storage_type
        return _cells(pa.chunked_array([chunk.storage for chunk in column.chunks], storage))
    cells = _cell_type(column.type)
    if not _is_readable(cells):
        return None
    if pa.types.is_dictionary(column.type) and not _is_string(cells):
        return _cells(column.cast(column.type.value_type))
    if pa.types.is_decimal(cells):
        return column.cast(pa.float64())
    # Old writers of Parquet store texts as bytes without a type, so bytes may or may not be text.
    if _is_binary(cells):
        try:
            return column.cast(pa.large_string())
        except pa.ArrowInvalid:
            return None
    return column


class _Sink(io.RawIOBase):
    """A file for pyarrow that hands on what is written."""

    def __init__(self, write):
        self._write = write

    def writable(self):
        return True

    def write(self, data):
        self._write(bytes(data))
        return len(data)


def packed(write, codec):
    """A file that compresses what is written to it."""
    return pa.CompressedOutputStream(pa.PythonFile(_Sink(write), mode="w"), codec)


def _array(kind, values, dictionary=None):
    if kind == "text":
        codes = np.asarray(values, dtype=np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(dictionary, pa.utf8()))
    values = np.ravel(values)
    if kind == "number":
        return pa.array(values, from_pandas=True)
    # Microseconds are what a double of seconds resolves in this century; some 290,000 years fit.
    missing = np.isnan(values)
    if (np.abs(values[~missing]) >= 9.2e12).any():
        raise ValueError("a time out of range")
    counts = np.zeros(len(values), dtype=np.int64)
    counts[~missing] = np.rint(values[~missing] * 1e6).astype(np.int64)
    return pa.array(counts, mask=missing).cast(pa.timestamp("us", "UTC"))


def _table(columns):
    return pa.table([_array(*of) for _, *of in columns], names=[name for name, *_ in columns])


def write_parquet(write, columns):
    sink = pa.PythonFile(_Sink(write), mode="w")
    pyarrow.parquet.write_table(_table(columns), sink, row_group_size=1 << 20, compression="none", store_schema=False)


def write_arrow(write, columns):
    table = _table(columns)
    with pa.ipc.new_file(pa.PythonFile(_Sink(write), mode="w"), table.schema) as file:
        file.write_table(table)
