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
    encoding = {}
    for name, variable in dataset.variables.items():
        shape = [max(1, size) for size in variable.shape]
        limits = [
            (chunks or {}).get(dim, size)
            for dim, size in zip(variable.dims, shape, strict=True)
        ]
        encoding[name] = {
            "chunks": tuple(
                min(a, b) for a, b in zip(shape, limits, strict=True)
            )
        }
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
        folder, file = Path(place, "store"), Path(place, "store.zip")
        with zipfile.ZipFile(file, "w") as archive:
            yield folder, archive
            for each in sorted(folder.rglob("*")):
                if each.is_file():
                    _add(
                        archive,
                        each.relative_to(folder).as_posix(),
                        each.read_bytes(),
                    )
        with atomic(path) as temporary:
            shutil.copyfile(file, temporary)


def _add(archive, name, data):
    """Add an entry with a fixed date: the same content gives the same bytes."""
    archive.writestr(zipfile.ZipInfo(name), data)


class _ReadStore(zarr.storage.ZipStore):
    """A store that names itself when a piece of it, read long after opening, is damaged."""

    async def get(self, key, *arguments, **keywords):
        """Read a piece."""
        try:
            return await super().get(key, *arguments, **keywords)
        except (zipfile.BadZipFile, EOFError) as error:
            name = key.split("/")[0]
            raise InputError(
                self.path, name, f"is damaged ({error})", _RERUN
            ) from error


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
        raise InputError(
            path, "store", "does not exist", "run the job that writes it"
        ) from error
    _check_chunks(path, group, names)
    return _plain_text(dataset)


def _plain_text(dataset):
    """Text as Python strings: numpy's variable-width text converts to hardly anything."""
    names = [
        name
        for name, variable in dataset.variables.items()
        if variable.dtype.kind == "T"
    ]
    texts = {
        name: (dataset[name].dims, dataset[name].values.astype(object))
        for name in names
    }
    return dataset.assign_coords(
        {k: v for k, v in texts.items() if k in dataset.coords}
    ).assign({k: v for k, v in texts.items() if k not in dataset.coords})


def _check_chunks(path, group, names):
    """Zarr reads an absent chunk as zeros: find it here instead."""
    for name, array in group.arrays():
        expected = math.prod(array.cdata_shape) if array.size else 0
        found = sum(key.startswith(f"{name}/c") for key in names)
        if found < expected:
            problem = f"{expected - found} of {expected} chunks are missing"
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
    attrs=None,
):
    """Write the labelled windows of one subject.

    Parameters
    ----------
    path : Path
        Target `.zarr.zip`.
    signal : array, shape (n_samples, n_channels, n_times)
        In 0.1 millivolt (microvolt / 100).
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
    attrs : dict, optional
    """
    signal = np.asarray(signal, np.float32)
    n_samples, n_channels, n_times = signal.shape
    if n_channels != len(channels) or n_samples != len(label):
        problem = f"shape {signal.shape} does not fit {len(channels)} channels, {len(label)} labels"
        raise InputError(
            path, "signal", problem, "report this as a fault of the program"
        )
    per_sample = {"subject": subject, "recording": recording}
    variables = {
        "signal": (
            ("channel", "time", "sample"),
            signal.transpose(1, 2, 0),
            {"units": "0.1 mV"},
        ),
        "label": ("sample", np.asarray(label, np.int64)),
        "onset": ("sample", np.asarray(onset, np.float64), {"units": "s"}),
    } | {
        name: ("sample", np.asarray(value, _TEXT))
        for name, value in per_sample.items()
    }
    if event is not None:
        event = np.asarray(event, np.float64)
        event = event if event.ndim == 2 else event.reshape(n_samples, 0)
        variables["event"] = (
            ("sample", "event_number"),
            event,
            {"units": "s"},
        )
    if truth is not None:
        truth = np.asarray(truth, np.float32)
        variables["truth"] = (
            ("channel", "time", "sample"),
            truth.transpose(1, 2, 0),
            {"units": "0.1 mV"},
        )
    if planted is not None:
        variables["planted"] = ("sample", np.asarray(planted, np.int64))
    if rating is not None:
        variables["rating"] = ("sample", np.asarray(rating, np.float64))
    if heart_rate is not None:
        unit = {"units": "beats per minute"}
        variables["heart_rate"] = (
            "sample",
            np.asarray(heart_rate, np.float64),
            unit,
        )
    coordinates = {
        "channel": np.asarray(channels, _TEXT),
        "time": ("time", np.arange(n_times) / sampling_rate, {"units": "s"}),
        "sample": np.asarray(samples, _TEXT),
    }
    attrs = {"sampling_rate": float(sampling_rate)} | (attrs or {})
    write_dataset(
        xr.Dataset(variables, coordinates),
        path,
        attrs,
        {"sample": CHUNK_SAMPLES},
    )


def open_windows(path):
    """Open a windows store lazily and check that it holds what the contract says."""
    dataset = open_dataset(path)
    _check_variables(
        path, dataset, ("signal", "label", "subject", "recording", "onset")
    )
    if dataset["signal"].dims != ("channel", "time", "sample"):
        raise InputError(
            path, "signal", f"has dimensions {dataset['signal'].dims}", _RERUN
        )
    if len(set(dataset["sample"].values)) != dataset.sizes["sample"]:
        raise InputError(path, "sample", "sample ids repeat", _RERUN)
    return dataset


def window_array(dataset, index=None, name="signal"):
    """Windows as a float32 array (n_samples, n_channels, n_times), optionally a selection."""
    array = (
        dataset[name] if index is None else dataset[name].isel(sample=index)
    )
    # Read first: transposing a lazy array turns a selection into slow point-wise indexing.
    return np.ascontiguousarray(np.moveaxis(array.values, -1, 0), np.float32)


class _AttributionWriter:
    """Writes blocks of whole windows into a store of known size; one block of maps at a time."""

    def __init__(self, archive, group, n_samples, mantissa_bits=None):
        self._archive, self._group = archive, group
        self._n_samples, self._written = n_samples, 0
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
        expected = {name for name, _ in self._group.arrays()} - {
            "channel",
            "time",
            "sample",
            "source",
        }
        if set(block) != expected:
            raise ValueError(
                f"a block needs {sorted(expected)}, not {sorted(block)}"
            )
        stop = start + len(block["logit"])
        for name, values in block.items():
            values = np.asarray(values, self._group[name].dtype)
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                raise InputError(
                    "attribution",
                    name,
                    "is not finite",
                    "check the model's weights",
                )
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
        chunks = np.zeros((values.shape[1], n_times, n_chunk), "<f4")
        chunks[..., : len(values)] = np.moveaxis(values, 0, -1)
        encode = bytes
        if self._mantissa_bits:
            chunks, encode = (
                round_mantissa(chunks, self._mantissa_bits),
                _BITS.encode,
            )
        for electrode, chunk in enumerate(chunks):
            name = f"relevance/c/{electrode}/0/{start // CHUNK_SAMPLES}"
            _add(self._archive, name, encode(chunk))

    def check_complete(self):
        """Write what is small; raise unless every window was written."""
        if self._written != self._n_samples:
            raise ValueError(
                f"{self._written} of {self._n_samples} windows were written"
            )
        for name, parts in self._small.items():
            self._group[name][...] = np.moveaxis(np.concatenate(parts), 0, -1)


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
    return (
        BitRound(keepbits=bits)
        .encode(values)
        .view(np.float32)
        .reshape(values.shape)
    )


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
        _create(group, "channel", np.asarray(channels, _TEXT), ("channel",))
        _create(
            group,
            "time",
            np.asarray(times, float),
            ("time",),
            attributes={"units": "s"},
        )
        _create(group, "sample", np.asarray(samples, _TEXT), ("sample",))
        _create(group, "source", np.asarray(sources, _TEXT), ("source",))
        sizes = {
            "channel": len(channels),
            "time": len(times),
            "source": len(sources),
            "layer": n_layers,
            "patch": n_patches,
            "sample": n_samples,
        }
        blocks = {"relevance": ("channel", "time"), "ledger": ("source",)}
        if n_layers:
            blocks["layer_relevance"] = ("layer", "channel", "patch")
        for name, dims in blocks.items():
            dtype = "float64" if name == "ledger" else "float32"
            attributes = {"units": "logit"}
            bits = mantissa_bits if name == "relevance" else None
            attributes |= {"mantissa_bits": bits} if bits else {}
            _create_empty(
                group,
                name,
                (*dims, "sample"),
                sizes,
                dtype,
                attributes,
                bool(bits),
            )
        for name, dtype in _PER_SAMPLE.items():
            _create_empty(group, name, ("sample",), sizes, dtype, {})
        writer = _AttributionWriter(archive, group, n_samples, mantissa_bits)
        yield writer
        writer.check_complete()


def _create(group, name, data, dims, attributes=None):
    chunks = tuple(max(1, size) for size in data.shape)
    array = group.create_array(
        name,
        shape=data.shape,
        dtype=data.dtype,
        chunks=chunks,
        dimension_names=dims,
        attributes=attributes or {},
    )
    array[...] = data


def _create_empty(group, name, dims, sizes, dtype, attributes, rounded=False):
    """Create an array in chunks of whole windows; large ones stay raw, since they hardly shrink.

    Rounded ones do. Relevance has a chunk for each electrode, so that one is read without the
    others; values by window lie in one chunk.
    """
    shape = tuple(sizes[dim] for dim in dims)
    limits = {"sample": CHUNK_SAMPLES} if len(dims) > 2 else {}
    limits |= {"channel": 1} if name == "relevance" else {}
    chunks = tuple(
        min(limits.get(dim, size), size)
        for dim, size in zip(dims, shape, strict=True)
    )
    compressors = None if len(dims) > 2 else "auto"
    if rounded:
        compressors = zarr.codecs.BloscCodec(cname="lz4", shuffle="bitshuffle")
    group.create_array(
        name,
        shape=shape,
        dtype=dtype,
        chunks=tuple(max(1, size) for size in chunks),
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
    if dataset["relevance"].dims != ("channel", "time", "sample"):
        raise InputError(
            path,
            "relevance",
            f"has dimensions {dataset['relevance'].dims}",
            _RERUN,
        )
    ledger, logit = dataset["ledger"].values, dataset["logit"].values
    if not (np.isfinite(ledger).all() and np.isfinite(logit).all()):
        raise InputError(
            path, "ledger", "holds values that are not finite", _RERUN
        )
    scale = np.maximum(np.abs(ledger).sum(0), np.finfo(np.float32).tiny)
    gap = np.abs(ledger.sum(0) - logit) / scale
    if gap.size and gap.max() > LEDGER_TOLERANCE:
        problem = f"misses the logit by {gap.max():.2g} of its sum of absolute values"
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
        block = dataset.isel(sample=slice(start, start + CHUNK_SAMPLES))
        relevance = block["relevance"].values.astype(np.float64)
        total, scale = relevance.sum((0, 1)), np.abs(relevance).sum((0, 1))
        gap = np.abs(total - block["ledger"].sel(source="input").values)
        if not (gap <= tolerance * scale + 1e-12).all():
            problem = (
                f"does not sum to the ledger's input (windows from {start})"
            )
            raise InputError(path, "relevance", problem, _RERUN)


def _check_variables(path, dataset, names):
    missing = [name for name in names if name not in dataset]
    if missing:
        raise InputError(path, ", ".join(missing), "variable missing", _RERUN)
