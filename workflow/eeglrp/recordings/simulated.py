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
    return [
        f"S{number:03d}"
        for number in range(int(first), int(first + dataset["subjects"]))
    ]


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
    write_truth(
        simulation,
        truth,
        {"subject": subject, "paradigm": dataset["paradigm"]},
    )
    record = manifest(
        "simulated", dataset, subject, [(edf, dataset["paradigm"])]
    )
    return record | {
        "truth": manifest("simulated", {}, subject, [(truth, "truth")])[
            "files"
        ][0]
    }


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
    contribution = (
        ("source", "channel", "time"),
        simulation.contribution,
        {"units": "uV"},
    )
    variables = {
        "contribution": contribution,
        "r_peak": ("event", simulation.r_peaks, {"units": "s"}),
    }
    course = simulation.timeline.course
    if course is not None:
        variables["rating"] = (("rated", "rating_time"), course.ratings.T)
        variables["rating_time"] = (
            "rating_time",
            course.times,
            {"units": "s"},
        )
        variables["rated"] = ("rated", np.array(RATED, text))
    dataset = xr.Dataset(
        variables,
        {
            "source": np.array(simulation.sources, text),
            "channel": np.array(simulation.channels, text),
            "time": ("time", simulation.timeline.times, {"units": "s"}),
        },
    )
    rate = {"sampling_rate": simulation.timeline.sampling_rate}
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
        yield Recording(
            entry["recording"], raw, truth, ratings=read_ratings(store)
        )


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
        rating, times = store["rating"].load(), store["rating_time"].values
    return {
        str(name): (times, rating.sel(rated=name).values)
        for name in rating["rated"].values
    }


def _read_recording(path):
    from eeglrp.recordings.edf import read_edf
    from eeglrp.scalp.channels import standardise

    raw, _ = standardise(read_edf(path).load_data(verbose="ERROR"), path)
    found = set(raw.annotations.description)
    raw.annotations.rename(
        {old: new for old, new in ANNOTATIONS.items() if old in found}
    )
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
            raise InputError(
                path, "source", problem, f"use {', '.join(known)}"
            )
        contribution = (
            store["contribution"].sel(source=list(sources)).sum("source")
        )
        contribution = contribution.values.astype(float)
    if contribution.shape != (len(raw.ch_names), raw.n_times):
        problem = f"shape {contribution.shape} differs from the recording"
        raise InputError(
            path, "contribution", problem, "prepare the recordings again"
        )
    truth = mne.io.RawArray(
        contribution * MICROVOLT, raw.info.copy(), verbose="ERROR"
    )
    return truth.set_annotations(raw.annotations)
