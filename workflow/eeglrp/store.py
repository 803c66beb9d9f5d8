"""The labelled Zarr stores of a study: written once, renamed when complete, validated on opening.

A store is one uncompressed zip file that holds a Zarr format 3 hierarchy, so that a job's output is
one file with one rename. Plain xarray opens it::

    xr.open_zarr(zarr.storage.ZipStore("x.zarr.zip", mode="r"), consolidated=False)
"""

import math
import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr
import zarr
from numcodecs import BitRound, Blosc

from eeglrp.errors import InputError
from eeglrp.files import atomic

CHUNK_SAMPLES = 32
LEDGER_SOURCES = (
    "input",
    "class_token",
    "spatial_embedding",
    "temporal_embedding",
    "bias_conv",
    "bias_norm",
    "bias_linear",
    "softmax",
)
#: How far sum(ledger) may miss the logit, relative to sum(|ledger|): float32 with a margin.
LEDGER_TOLERANCE = 1e-3
#: Explicit bits of a float32's mantissa.
MANTISSA_BITS = 23
#: Packs values bit by bit, since those that were rounded away are all 0.
_BITS = Blosc(cname="lz4", shuffle=Blosc.BITSHUFFLE)
_RERUN = "delete the store and rerun the job that writes it"
_TEXT = np.dtypes.StringDType()
_PER_SAMPLE = {
    "logit": "float64",
    "target": "int64",
    "label": "int64",
    "prediction": "int64",
    "subject": _TEXT,
    "recording": _TEXT,
    "onset": "float64",
    "fold": "int64",
}


def write_dataset(dataset, path, attrs=None, chunks=None):
    """Write any xarray Dataset as one `.zarr.zip` file, atomically.

    Parameters
    ----------
    dataset : xarray.Dataset
        Held in memory; text must be of `numpy.dtypes.StringDType` or object kind.
    path : Path
        Target, ending in `.zarr.zip`.
    attrs : dict, optional
        JSON-ready attributes of the store.
    chunks : dict, optional
        Chunk length by dimension; other dimensions are kept whole.
    """
    dataset = dataset.assign_attrs(attrs or {})
    limits = chunks or {}
    encoding = {}
    for name, variable in dataset.variables.items():
        lengths = []
        for dim, size in zip(variable.dims, variable.shape, strict=True):
            whole = max(1, size)
            lengths.append(min(whole, limits.get(dim, whole)))
        encoding[name] = {"chunks": tuple(lengths)}
        if variable.dtype.kind in "OU":
            dataset[name] = dataset[name].astype(_TEXT)
    with (
        _folder_to_zip(path) as (folder, _),
        zarr.config.set({"array.write_empty_chunks": True}),
    ):
        dataset.to_zarr(
            folder, zarr_format=3, consolidated=False, encoding=encoding
        )


@contextmanager
def _folder_to_zip(path):
    """Yield a temporary folder that becomes the zip file `path` when the block succeeds.

    The archive is yielded too, for files that need not lie in the folder first.
    """
    with tempfile.TemporaryDirectory(prefix="eeglrp-") as place:
        folder = Path(place, "store")
        zipped = Path(place, "store.zip")
        with zipfile.ZipFile(zipped, "w") as archive:
            yield folder, archive
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    name = file.relative_to(folder).as_posix()
                    _add(archive, name, file.read_bytes())
        with atomic(path) as temporary:
            shutil.copyfile(zipped, temporary)


def _add(archive, name, data):
    """Add an entry with a fixed date: the same content gives the same bytes."""
    entry = zipfile.ZipInfo(name)
    archive.writestr(entry, data)


class _ReadStore(zarr.storage.ZipStore):
    """A store that names itself when a piece of it, read long after opening, is damaged."""

    async def get(self, key, *arguments, **keywords):
        """Read a piece."""
        try:
            return await super().get(key, *arguments, **keywords)
        except (zipfile.BadZipFile, EOFError) as error:
            name, *_ = key.split("/")
            problem = f"is damaged ({error})"
            raise InputError(self.path, name, problem, _RERUN) from error


def open_dataset(path):
    """Open a store lazily, after checking that the file is whole.

    Raises
    ------
    InputError
        If the file is missing, cut short, not a Zarr store, or lacks a chunk.
    """
    try:
        store = _ReadStore(path, mode="r")
        dataset = xr.open_zarr(store, consolidated=False)
        group = zarr.open_group(store, mode="r")
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except InputError:
        raise
    except (
        zipfile.BadZipFile,
        zarr.errors.GroupNotFoundError,
        KeyError,
        ValueError,
    ) as error:
        problem = f"is cut short or is not a Zarr store ({error})"
        raise InputError(path, "store", problem, _RERUN) from error
    except FileNotFoundError as error:
        problem, remedy = "does not exist", "run the job that writes it"
        raise InputError(path, "store", problem, remedy) from error
    _check_chunks(path, group, names)
    return _plain_text(dataset)


def _plain_text(dataset):
    """Text as Python strings: numpy's variable-width text converts to hardly anything."""
    coordinates, variables = {}, {}
    for name, variable in dataset.variables.items():
        if variable.dtype.kind != "T":
            continue
        text = (variable.dims, dataset[name].values.astype(object))
        if name in dataset.coords:
            coordinates[name] = text
        else:
            variables[name] = text
    return dataset.assign_coords(coordinates).assign(variables)


def _check_chunks(path, group, names):
    """Zarr reads an absent chunk as zeros: find it here instead."""
    for name, array in group.arrays():
        expected = math.prod(array.cdata_shape) if array.size else 0
        stored = sum(key.startswith(f"{name}/c") for key in names)
        missing = expected - stored
        if missing > 0:
            problem = f"{missing} of {expected} chunks are missing"
            raise InputError(path, name, problem, _RERUN)


def write_windows(
    path,
    signal,
    label,
    *,
    channels,
    sampling_rate,
    samples,
    subject,
    recording,
    onset,
    event=None,
    truth=None,
    planted=None,
    rating=None,
    heart_rate=None,
    unit=100.0,
    attrs=None,
):
    """Write the labelled windows of one subject.

    Parameters
    ----------
    path : Path
        Target `.zarr.zip`.
    signal : array, shape (n_samples, n_channels, n_times)
        In units of `unit`.
    label : array of int, shape (n_samples,)
    channels : sequence of str
    sampling_rate : float
        In hertz.
    samples, subject, recording : sequence of str, length n_samples
        Unique sample ids, and where each window comes from.
    onset : array, shape (n_samples,)
        Start of each window in its recording, in seconds.
    event : array, shape (n_samples, max_events), optional
        Times of events in s after the window's first sample, padded with NaN.
    truth : array like `signal`, optional
        The planted contribution to the signal.
    planted : array of int, shape (n_samples,), optional
        Whether the event planted into a window went with its label (1), against it (-1), or there
        is none (0).
    rating : array, shape (n_samples,), optional
        What each window was rated, whatever its class; NaN where unknown.
    heart_rate : array, shape (n_samples,), optional
        In beats per minute, NaN where unknown.
    unit : float
        Microvolt in one unit of the signal.
    attrs : dict, optional
    """
    signal = np.asarray(signal, np.float32)
    n_samples, n_channels, n_times = signal.shape
    if n_channels != len(channels) or n_samples != len(label):
        problem = f"shape {signal.shape} does not fit {len(channels)} channels, {len(label)} labels"
        remedy = "report this as a fault of the program"
        raise InputError(path, "signal", problem, remedy)
    seconds = {"units": "s"}
    variables = {
        "signal": _windows_last(signal, unit),
        "label": ("sample", np.asarray(label, np.int64)),
        "onset": ("sample", np.asarray(onset, np.float64), seconds),
        "subject": ("sample", np.asarray(subject, _TEXT)),
        "recording": ("sample", np.asarray(recording, _TEXT)),
    }
    if event is not None:
        event = np.asarray(event, np.float64)
        if event.ndim != 2:
            event = event.reshape(n_samples, 0)
        variables["event"] = (("sample", "event_number"), event, seconds)
    if truth is not None:
        variables["truth"] = _windows_last(np.asarray(truth, np.float32), unit)
    if planted is not None:
        variables["planted"] = ("sample", np.asarray(planted, np.int64))
    if rating is not None:
        variables["rating"] = ("sample", np.asarray(rating, np.float64))
    if heart_rate is not None:
        heart_rate = np.asarray(heart_rate, np.float64)
        unit = {"units": "beats per minute"}
        variables["heart_rate"] = ("sample", heart_rate, unit)
    coordinates = {
        "channel": np.asarray(channels, _TEXT),
        "time": ("time", np.arange(n_times) / sampling_rate, seconds),
        "sample": np.asarray(samples, _TEXT),
    }
    dataset = xr.Dataset(variables, coordinates)
    attrs = {"sampling_rate": float(sampling_rate)} | (attrs or {})
    write_dataset(dataset, path, attrs, {"sample": CHUNK_SAMPLES})


def _windows_last(signal, unit):
    """Variable of windows (n_samples, n_channels, n_times), as a store holds them."""
    dims = ("channel", "time", "sample")
    units = "0.1 mV" if unit == 100 else f"{unit:g} uV"
    return dims, signal.transpose(1, 2, 0), {"units": units}


def open_windows(path):
    """Open a windows store lazily and check that it holds what the contract says."""
    dataset = open_dataset(path)
    names = ("signal", "label", "subject", "recording", "onset")
    _check_variables(path, dataset, names)
    _check_dimensions(path, dataset, "signal")
    if len(set(dataset["sample"].values)) != dataset.sizes["sample"]:
        raise InputError(path, "sample", "sample ids repeat", _RERUN)
    return dataset


def window_array(dataset, index=None, name="signal"):
    """Windows as a float32 array (n_samples, n_channels, n_times), optionally a selection."""
    array = dataset[name]
    if index is not None:
        array = array.isel(sample=index)
    # Read first: transposing a lazy array turns a selection into slow point-wise indexing.
    windows_first = np.moveaxis(array.values, -1, 0)
    return np.ascontiguousarray(windows_first, np.float32)


class _AttributionWriter:
    """Writes blocks of whole windows into a store of known size; one block of maps at a time."""

    def __init__(self, archive, group, n_samples, mantissa_bits=None):
        self._archive = archive
        self._group = group
        self._n_samples = n_samples
        self._written = 0
        self._mantissa_bits = mantissa_bits
        #: Values by window, a few bytes each, written at the end.
        self._small = {}

    def write(self, start, **block):
        """Write one block that starts at window `start`, a multiple of `CHUNK_SAMPLES`.

        Keywords are the store's variables, samples first: `relevance` (block, channel, time),
        `ledger` (block, source), `layer_relevance` (block, layer, channel, patch) and one value a
        window for the others.
        """
        if start != self._written or start % CHUNK_SAMPLES:
            raise ValueError(
                f"blocks come in order, {CHUNK_SAMPLES} windows each: {start}"
            )
        arrays = {name for name, _ in self._group.arrays()}
        expected = arrays - {"channel", "time", "sample", "source"}
        if set(block) != expected:
            raise ValueError(
                f"a block needs {sorted(expected)}, not {sorted(block)}"
            )
        stop = start + len(block["logit"])
        for name, values in block.items():
            values = np.asarray(values, self._group[name].dtype)
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                problem, remedy = "is not finite", "check the model's weights"
                raise InputError("attribution", name, problem, remedy)
            if name == "relevance":
                self._write_electrodes(start, values)
            elif values.ndim > 2:
                self._group[name][..., start:stop] = np.moveaxis(values, 0, -1)
            else:
                self._small.setdefault(name, []).append(values)
        self._written = stop

    def _write_electrodes(self, start, values):
        """Write a chunk for each electrode as Zarr would, which takes milliseconds for each."""
        n_times, n_chunk = self._group["relevance"].chunks[1:]
        n_samples, n_electrodes = values.shape[:2]
        chunks = np.zeros((n_electrodes, n_times, n_chunk), "<f4")
        chunks[..., :n_samples] = np.moveaxis(values, 0, -1)
        encode = bytes
        if self._mantissa_bits:
            chunks = round_mantissa(chunks, self._mantissa_bits)
            encode = _BITS.encode
        number = start // CHUNK_SAMPLES
        for electrode, chunk in enumerate(chunks):
            name = f"relevance/c/{electrode}/0/{number}"
            _add(self._archive, name, encode(chunk))

    def check_complete(self):
        """Write what is small; raise unless every window was written."""
        if self._written != self._n_samples:
            raise ValueError(
                f"{self._written} of {self._n_samples} windows were written"
            )
        for name, blocks in self._small.items():
            values = np.concatenate(blocks)
            self._group[name][...] = np.moveaxis(values, 0, -1)


def round_mantissa(values, bits):
    """Round float32 values to so many bits of their mantissa, to nearest, ties to even.

    The relative error of a normal number is at most 2 ** -(bits + 1).

    Parameters
    ----------
    values : array
    bits : int
        From 1 to `MANTISSA_BITS`, which changes nothing.
    """
    values = np.ascontiguousarray(values, np.float32)
    if bits == MANTISSA_BITS:
        return values
    rounded = BitRound(keepbits=bits).encode(values)
    return rounded.view(np.float32).reshape(values.shape)


@contextmanager
def attribution_writer(
    path,
    *,
    channels,
    times,
    samples,
    attrs,
    sources=LEDGER_SOURCES,
    n_layers=0,
    n_patches=0,
    mantissa_bits=None,
):
    """Write an attribution store block by block, in bounded memory; renamed when complete.

    Parameters
    ----------
    path : Path
        Target `.zarr.zip`.
    channels, samples, sources : sequence of str
    times : array
        In s from the window's first sample.
    attrs : dict
        JSON-ready attributes: task, regime, seed, method, rules, hashes, versions.
    n_layers, n_patches : int
        Sizes of `layer_relevance`; 0 leaves it out.
    mantissa_bits : int, optional
        Rounds `relevance` (`round_mantissa`) and compresses it; exact if left out.

    Yields
    ------
    writer
        With `write(start, relevance=..., ledger=..., ...)`.
    """
    n_samples = len(samples)
    with (
        _folder_to_zip(path) as (folder, archive),
        zarr.config.set({"array.write_empty_chunks": True}),
    ):
        group = zarr.open_group(
            folder, mode="w", zarr_format=3, attributes=attrs
        )
        _create(group, "channel", np.asarray(channels, _TEXT))
        _create(group, "time", np.asarray(times, float), {"units": "s"})
        _create(group, "sample", np.asarray(samples, _TEXT))
        _create(group, "source", np.asarray(sources, _TEXT))
        sizes = {
            "channel": len(channels),
            "time": len(times),
            "source": len(sources),
            "layer": n_layers,
            "patch": n_patches,
            "sample": n_samples,
        }
        _create_blocks(group, sizes, mantissa_bits)
        for name, dtype in _PER_SAMPLE.items():
            _create_empty(group, name, ("sample",), sizes, dtype, {})
        writer = _AttributionWriter(archive, group, n_samples, mantissa_bits)
        yield writer
        writer.check_complete()


def _create(group, name, data, attributes=None):
    """Create the array of a coordinate, whose dimension has its name."""
    chunks = tuple(max(1, size) for size in data.shape)
    array = group.create_array(
        name,
        shape=data.shape,
        dtype=data.dtype,
        chunks=chunks,
        dimension_names=(name,),
        attributes=attributes or {},
    )
    array[...] = data


def _create_blocks(group, sizes, mantissa_bits):
    """Create the arrays of relevance and of the ledger, empty."""
    blocks = {"relevance": ("channel", "time"), "ledger": ("source",)}
    if sizes["layer"]:
        blocks["layer_relevance"] = ("layer", "channel", "patch")
    for name, dims in blocks.items():
        dtype = "float64" if name == "ledger" else "float32"
        dims = (*dims, "sample")
        attributes = {"units": "logit"}
        rounded = name == "relevance" and bool(mantissa_bits)
        if rounded:
            attributes["mantissa_bits"] = mantissa_bits
        _create_empty(group, name, dims, sizes, dtype, attributes, rounded)


def _create_empty(group, name, dims, sizes, dtype, attributes, rounded=False):
    """Create an array in chunks of whole windows; large ones stay raw, since they hardly shrink.

    Rounded ones do. Relevance has a chunk for each electrode, so that one is read without the
    others; values by window lie in one chunk.
    """
    shape = tuple(sizes[dim] for dim in dims)
    limits, compressors = {}, "auto"
    if len(dims) > 2:
        limits["sample"] = CHUNK_SAMPLES
        compressors = None
    if name == "relevance":
        limits["channel"] = 1
    chunks = []
    for dim, size in zip(dims, shape, strict=True):
        length = min(limits.get(dim, size), size)
        chunks.append(max(1, length))
    if rounded:
        compressors = zarr.codecs.BloscCodec(cname="lz4", shuffle="bitshuffle")
    group.create_array(
        name,
        shape=shape,
        dtype=dtype,
        chunks=tuple(chunks),
        compressors=compressors,
        dimension_names=dims,
        attributes=attributes,
    )


def open_attribution(path):
    """Open an attribution store lazily and check it.

    Raises
    ------
    InputError
        If the store is cut short, lacks a variable or a chunk, holds values that are not finite,
        or its ledger does not sum to the logit.
    """
    dataset = open_dataset(path)
    _check_variables(path, dataset, ("relevance", "ledger", *_PER_SAMPLE))
    _check_dimensions(path, dataset, "relevance")
    # Source, sample.
    ledger = dataset["ledger"].values
    logit = dataset["logit"].values
    if not (np.isfinite(ledger).all() and np.isfinite(logit).all()):
        problem = "holds values that are not finite"
        raise InputError(path, "ledger", problem, _RERUN)
    smallest = np.finfo(np.float32).tiny
    scale = np.maximum(np.abs(ledger).sum(0), smallest)
    gap = np.abs(ledger.sum(0) - logit) / scale
    largest = gap.max(initial=0)
    if largest > LEDGER_TOLERANCE:
        problem = (
            f"misses the logit by {largest:.2g} of its sum of absolute values"
        )
        raise InputError(path, "ledger", problem, _RERUN)
    return dataset


def check_relevance(path):
    """Read a whole attribution store block by block and compare it with its ledger.

    Raises
    ------
    InputError
        If relevance is not finite, or its sum differs from the ledger's `input` by more than
        rounding can explain.
    """
    dataset = open_attribution(path)
    bits = dataset["relevance"].attrs.get("mantissa_bits", MANTISSA_BITS)
    tolerance = LEDGER_TOLERANCE + 2.0 ** -(bits + 1)
    for start in range(0, dataset.sizes["sample"], CHUNK_SAMPLES):
        rows = slice(start, start + CHUNK_SAMPLES)
        block = dataset.isel(sample=rows)
        # Channel, time, sample.
        relevance = block["relevance"].values.astype(np.float64)
        total = relevance.sum((0, 1))
        scale = np.abs(relevance).sum((0, 1))
        of_input = block["ledger"].sel(source="input").values
        gap = np.abs(total - of_input)
        allowed = tolerance * scale + 1e-12
        if not (gap <= allowed).all():
            problem = (
                f"does not sum to the ledger's input (windows from {start})"
            )
            raise InputError(path, "relevance", problem, _RERUN)


def _check_dimensions(path, dataset, name):
    dims = dataset[name].dims
    if dims != ("channel", "time", "sample"):
        raise InputError(path, name, f"has dimensions {dims}", _RERUN)


def _check_variables(path, dataset, names):
    missing = [name for name in names if name not in dataset]
    if missing:
        raise InputError(path, ", ".join(missing), "variable missing", _RERUN)
