"""Arrays as text that a page unpacks: little-endian bytes, gzip, base64."""

import base64
import gzip

import numpy as np

#: Largest error of `rounded`, relative to the largest absolute value: half a step of 127.
ROUNDING = 0.5 / 127


def packed(values):
    """An array as a JSON-ready record; nothing is rounded.

    Parameters
    ----------
    values : array of int8, int32 or float32

    Returns
    -------
    dict
        `dtype`, `shape` and `data`.
    """
    values = np.ascontiguousarray(values)
    # No date: the same array gives the same text.
    squeezed = gzip.compress(values.tobytes(), 6, mtime=0)
    return {
        "dtype": values.dtype.name,
        "shape": list(values.shape),
        "data": base64.b64encode(squeezed).decode(),
    }


def rounded(windows):
    """Windows in 127 steps up and down, and the size of a step in each.

    Parameters
    ----------
    windows : array, shape (n_windows, ...)

    Returns
    -------
    steps : array of int8, shape (n_windows, ...)
    size : array of float32, shape (n_windows,)
        `steps * size` misses no value by more than `ROUNDING` of the window's largest.
    """
    windows = np.asarray(windows, np.float64)
    inner = tuple(range(1, windows.ndim))
    size = np.abs(windows).max(axis=inner, initial=0, keepdims=True) / 127
    # A window of zeros stays one.
    divisor = np.where(size > 0, size, 1)
    steps = np.rint(windows / divisor).astype(np.int8)
    return steps, size.reshape(len(windows)).astype(np.float32)


def packed_windows(windows):
    """Windows, rounded, as a record with `scale`: the size of a step in each."""
    steps, size = rounded(windows)
    return packed(steps) | {"scale": size.tolist()}
