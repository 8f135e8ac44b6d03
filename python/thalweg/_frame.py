"""From what Python calls a table to the columns of a Frame: numpy arrays, data frames of any library that speaks
Arrow, dicts of columns, nested sequences."""

import numpy as np

from thalweg._thalweg import Frame


def column_names(data):
    """The names of the columns of `data`, or None where it has none: no frame, or names that are no texts."""
    if isinstance(data, dict):
        names = list(data)
    elif hasattr(data, "column_names"):
        names = list(data.column_names)
    elif hasattr(data, "columns"):
        names = list(data.columns)
    else:
        return None
    texts = sum(isinstance(name, str) for name in names)
    if 0 < texts < len(names):
        kinds = sorted({type(name).__name__ for name in names})
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your input has "
            f"{kinds} as feature name / column name types. Make them all texts, for example by using "
            "X.columns = X.columns.astype(str)."
        )
    return names if texts else None


def is_frame(data):
    return isinstance(data, dict) or hasattr(data, "columns") or hasattr(data, "__arrow_c_stream__")


def as_array(data, name="X"):
    """`data`, which is no frame, as an array of numbers (float32 or float64), times or objects."""
    if hasattr(data, "nnz") and hasattr(data, "toarray"):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. Use '.toarray()' to convert it to a "
            "dense array."
        )
    try:
        array = np.asarray(data)
        if array.dtype.kind in "US" and not isinstance(data, np.ndarray):
            array = np.asarray(data, dtype=object)
    except ValueError as error:
        raise ValueError(f"{name} is no table: its rows differ in length ({error})") from error
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} holds complex numbers")
    if array.dtype.kind == "f":
        return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.kind == "M":
        return array
    if array.dtype.kind in "OUS":
        return array.astype(object)
    raise TypeError(f"{name} holds {array.dtype}, which is neither numbers, texts nor times")


def check_matrix(array, name="X"):
    """Two dimensions, some rows and columns, nothing infinite."""
    if array.ndim == 0:
        raise ValueError(f"Expected 2D array, got scalar array instead: {name} is {array!r}")
    if array.ndim == 1:
        raise ValueError(
            f"Expected 2D array, got 1D array instead: {name} has shape {array.shape}. Reshape your data using "
            "array.reshape(-1, 1) if it has a single feature or array.reshape(1, -1) if it is a single sample."
        )
    if array.ndim > 2:
        raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required: {name}")
    rows, features = array.shape
    if rows == 0:
        raise ValueError(f"Found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is required.")
    if features == 0:
        raise ValueError(f"Found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is required.")
    if has_infinity(array):
        raise ValueError(f"Input {name} contains infinity or a value too large for {array.dtype!r}.")


def has_infinity(array):
    # A sum needs no memory, and is finite where everything is.
    if array.dtype.kind != "f":
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(array.sum(dtype=np.float64)):
            return False
    return bool(np.isinf(array).any())


def add_vector(frame, name, values):
    """A column from a vector of any kind."""
    kind = values.dtype.kind
    if kind == "M":
        seconds = values.astype("datetime64[us]").astype(np.int64) / 1e6
        frame.add_numbers(name, np.where(np.isnat(values), np.nan, seconds), times=True)
    elif kind == "b":
        frame.add_codes(name, values.astype(np.int64), ["false", "true"])
    elif kind in "iu":
        frame.add_numbers(name, values.astype(np.float64))
    elif kind == "f":
        frame.add_numbers(name, values if values.dtype in (np.float32, np.float64) else values.astype(np.float64))
    else:
        frame.add_objects(name, values.tolist() if kind in "US" else values)


def add_array(frame, array, names):
    """The columns of a matrix."""
    if array.dtype.kind == "f":
        frame.add_matrix(names, array)
    else:
        for j, name in enumerate(names):
            add_vector(frame, name, array[:, j])


def _numpy_columns(data):
    """The columns of a pandas frame as vectors, where numpy alone holds them."""
    vectors = {}
    for name in data.columns:
        dtype = data[name].dtype
        if not isinstance(dtype, np.dtype) or dtype.kind not in "iufbM":
            return None
        vectors[name] = data[name].to_numpy()
    return vectors


def add_frame(frame, data):
    """The columns of a data frame, under their names."""
    if isinstance(data, dict):
        columns = {name: np.asarray(values) for name, values in data.items()}
    elif hasattr(data, "iloc"):
        columns = _numpy_columns(data)
    else:
        columns = None
    if columns is None and hasattr(data, "__arrow_c_stream__"):
        try:
            frame.add_stream(data.__arrow_c_stream__())
            return
        except ImportError:
            pass  # pandas speaks Arrow through pyarrow, which need not be there
    if columns is None:
        columns = {name: np.asarray(data[name]) for name in data.columns}
    for name, values in columns.items():
        add_vector(frame, str(name), values)


def frame_of(data, names=None):
    """A Frame of `data`. `names`: of the columns of what has none."""
    frame = Frame()
    if is_frame(data) and (names is None or column_names(data) is not None):
        add_frame(frame, data)
        return frame
    array = as_array(data.to_numpy() if hasattr(data, "to_numpy") else data)
    check_matrix(array)
    add_array(frame, array, names or [f"x{j}" for j in range(array.shape[1])])
    return frame
