"""Simulated recordings, written as EDF+ files, with the truth about every source beside them.

The module itself is light, so that a workflow can ask it for subjects; what a recording holds is
described in `eeglrp.recordings.simulation`.
"""

from functools import partial

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording, checked_path, manifest

#: Annotations as in PhysioNet recordings, and the words used in this package.
ANNOTATIONS = {"T0": "rest", "T1": "left", "T2": "right"}
MICROVOLT = 1e-6


def subjects(dataset, data_root=None):
    """Names of the subjects: S001, S002, ... from `first_subject` on; `data_root` is not read."""
    from eeglrp.recordings.simulation.settings import (
        FIRST_SUBJECT,
        NUMBERS,
        check_number,
    )

    check_number("subjects", dataset["subjects"], NUMBERS["subjects"])
    first = dataset.get("first_subject", 1)
    check_number("first_subject", first, FIRST_SUBJECT)
    end = int(first + dataset["subjects"])
    return [f"S{number:03d}" for number in range(int(first), end)]


def files(dataset, data_root, subject):
    """Input files of a subject: none, everything is made here."""
    return []


def prepare(dataset, data_root, subject, seed, edf, truth):
    """Simulate one subject and write the recording and the truth.

    Parameters
    ----------
    dataset : dict
        Complete settings of the data set.
    data_root : unused
    subject : str
    seed : int
        The study's.
    edf, truth : Path
        Targets, ending in `.edf` and `.zarr.zip`.

    Returns
    -------
    dict
        Manifest: source, dataset, subject, files and truth with SHA-256 and size.

    Raises
    ------
    InputError
        If a setting is missing, unknown or out of its range.
    """
    from eeglrp.recordings.simulation.edf import write_edf
    from eeglrp.recordings.simulation.recording import simulate

    paradigm = dataset["paradigm"]
    simulation = simulate(dataset, subject, seed)
    timeline = simulation.timeline
    write_edf(
        edf,
        simulation.contribution.sum(axis=0),
        simulation.channels,
        timeline.annotations,
        timeline.sampling_rate,
        subject,
    )
    attrs = {"subject": subject, "paradigm": paradigm}
    write_truth(simulation, truth, attrs)
    record = manifest("simulated", dataset, subject, [(edf, paradigm)])
    store = manifest("simulated", {}, subject, [(truth, "truth")])
    return record | {"truth": store["files"][0]}


def write_truth(simulation, path, attrs):
    """Write what each source contributes to each channel and sample.

    The store holds `contribution` (source, channel, time) in microvolt, float32, which adds up to
    the recorded signal, and `r_peak` (event), the times of the R-peaks in s. A naturalistic one
    also holds `rating` (rated, rating_time), arousal and valence as they were given.
    """
    import numpy as np
    import xarray as xr

    from eeglrp.recordings.simulation.naturalistic import RATED
    from eeglrp.store import write_dataset

    text = np.dtypes.StringDType()
    microvolt, seconds = {"units": "uV"}, {"units": "s"}
    timeline = simulation.timeline
    axes = ("source", "channel", "time")
    variables = {
        "contribution": (axes, simulation.contribution, microvolt),
        "r_peak": ("event", simulation.r_peaks, seconds),
    }
    course = timeline.course
    if course is not None:
        times = course.times
        variables["rating"] = (("rated", "rating_time"), course.ratings.T)
        variables["rating_time"] = ("rating_time", times, seconds)
        variables["rated"] = ("rated", np.array(RATED, text))
    coordinates = {
        "source": np.array(simulation.sources, text),
        "channel": np.array(simulation.channels, text),
        "time": ("time", timeline.times, seconds),
    }
    dataset = xr.Dataset(variables, coordinates)
    rate = {"sampling_rate": timeline.sampling_rate}
    write_dataset(dataset, path, rate | attrs, chunks={"source": 1})


def read(record):
    """Read a subject's recording.

    Parameters
    ----------
    record : dict
        The manifest.

    Yields
    ------
    Recording
        `raw` with LaBraM's channel names, types, montage, and annotations `rest`, `left`, `right`
        (imagery), one rating a segment (affect), or `break` and `ride` (naturalistic, which has
        `ratings`). `truth(sources)` gives the summed contribution of these sources as another raw
        object with the same channels and annotations.

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    for entry in record["files"]:
        raw = _read_recording(checked_path(entry))
        store = checked_path(record["truth"])
        truth = partial(read_truth, store, raw)
        ratings = read_ratings(store)
        yield Recording(entry["recording"], raw, truth, ratings=ratings)


def read_ratings(path):
    """Ratings in a truth store, as `Recording.ratings`; none in other paradigms than naturalistic.

    Raises
    ------
    InputError
        If the store is damaged.
    """
    from eeglrp.store import open_dataset

    with open_dataset(path) as store:
        if "rating" not in store:
            return {}
        rating = store["rating"].load()
        times = store["rating_time"].values
    ratings = {}
    for name in rating["rated"].values:
        values = rating.sel(rated=name).values
        ratings[str(name)] = (times, values)
    return ratings


def _read_recording(path):
    from eeglrp.recordings.edf import read_edf
    from eeglrp.scalp.channels import standardise

    raw = read_edf(path).load_data(verbose="ERROR")
    raw, _ = standardise(raw, path)
    present = set(raw.annotations.description)
    words = {old: new for old, new in ANNOTATIONS.items() if old in present}
    raw.annotations.rename(words)
    return raw


def read_truth(path, raw, sources):
    """Summed contribution of some sources, as a raw object like the recording's.

    Parameters
    ----------
    path : Path
        The truth store.
    raw : mne.io.BaseRaw
        The recording.
    sources : list of str
        Names in the store, such as `heartbeat` or `mu`.

    Returns
    -------
    mne.io.RawArray
        Same channels, sampling rate and annotations as `raw`, in volt.

    Raises
    ------
    InputError
        If the store lacks a source, or does not fit the recording.
    """
    import mne

    from eeglrp.store import open_dataset

    with open_dataset(path) as store:
        known = list(store["source"].values)
        missing = [source for source in sources if source not in known]
        if missing:
            problem = f"{', '.join(missing)} not simulated here"
            remedy = f"use {', '.join(known)}"
            raise InputError(path, "source", problem, remedy)
        chosen = store["contribution"].sel(source=list(sources))
        contribution = chosen.sum("source").values.astype(float)
    if contribution.shape != (len(raw.ch_names), raw.n_times):
        problem = f"shape {contribution.shape} differs from the recording"
        remedy = "prepare the recordings again"
        raise InputError(path, "contribution", problem, remedy)
    volt = contribution * MICROVOLT
    truth = mne.io.RawArray(volt, raw.info.copy(), verbose="ERROR")
    return truth.set_annotations(raw.annotations)
