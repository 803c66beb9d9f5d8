"""From recordings to the labelled windows of a task: filtered, resampled, counted.

The defaults are LaBraM's input (Jiang et al. 2024, arXiv:2405.18765): 0.1-75 Hz, a notch at the
mains frequency, 200 Hz, no re-reference, values in 0.1 millivolt.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.jobs import logger, progress
from eeglrp.scalp.channels import eeg_channels, electrode_name
from eeglrp.seeds import generator
from eeglrp.windowing.blocks import empty_block, join_blocks, make_block
from eeglrp.windowing.candidates import (
    annotated,
    check_annotations,
    imagery_candidates,
    recording_file,
)
from eeglrp.windowing.channels import file_units
from eeglrp.windowing.condition import condition
from eeglrp.windowing.counts import (
    CannotUse,
    counted,
    counts_table,
    with_rows,
)
from eeglrp.windowing.cut import first_samples, rejections
from eeglrp.windowing.kinds import CUED
from eeglrp.windowing.plant import (
    plant,
    planted_events,
    planted_in_trials,
    planted_sources,
)
from eeglrp.windowing.r_peaks import r_peak_candidates
from eeglrp.windowing.ratings import affect_chooser
from eeglrp.windowing.rest import REST, rest_candidates
from eeglrp.windowing.scale import in_own_unit

#: A signal so many times the largest range allowed is no artefact.
_FAR = 10


def make_task_windows(
    manifest, task_name, task, windows, seed, out_store, out_counts, first=None
):
    """Write the windows of one subject for one task, and the table of counts.

    A recording that cannot serve is counted with its reason, and a subject of whose recordings
    none can gets a store without windows: one subject does not stop a study.

    Parameters
    ----------
    manifest : Path
        What the subject's recordings are read from.
    task_name : str
    task, windows : dict
        Settings of the task and of its windows. `kind` is r_peak, motor_imagery, cued,
        arousal, valence or rest; without it, the task's name is.
    seed : int
    out_store, out_counts : Path
        `.zarr.zip` and `.tsv`.
    first : Path, optional
        Manifest of the data set's first subject, whose order of electrodes all take.

    Raises
    ------
    InputError
        If a file cannot be read, an electrode is unknown, there is no ECG channel where one is
        needed, or annotations are missing.
    """
    from eeglrp.files import write_table
    from eeglrp.recordings.registry import read_manifest, recordings
    from eeglrp.store import write_windows

    record = read_manifest(manifest)
    subject = record["subject"]
    order = read_manifest(first)["channels"] if first else ()
    arrays, counts = make_windows(
        recordings(record), task_name, task, windows, seed, subject, order
    )
    counts = with_rows(counts, subject, record.get("counts", ()))
    unit = windows["unit"]
    if windows.get("scale") == "subject":
        arrays, unit = in_own_unit(arrays, unit)
    settings = {key: task[key] for key in task if key != "classes"}
    attrs = {
        "task": task_name,
        "subject": subject,
        "source": record["source"],
        "classes": list(task["classes"]),
        "settings": {**windows, **settings, "unit": unit},
    }
    if windows.get("regress"):
        attrs["regressed"] = arrays.pop("regressed")
    write_windows(out_store, **arrays, unit=unit, attrs=attrs)
    write_table(counts, out_counts)


class _Job(NamedTuple):
    """What all recordings of a subject share; `choose`: function (recording, rng) -> Candidates."""

    task: dict
    windows: dict
    channels: list
    choose: Callable
    seed: int
    subject: str


def make_windows(
    recordings, task_name, task, windows, seed, subject, order=()
):
    """Cut the labelled windows of one subject.

    Parameters
    ----------
    recordings : iterable of Recording
    task_name : str
    task, windows : dict
    seed : int
    subject : str
    order : sequence of str
        Electrodes in the order wanted, of which these recordings may have another; without, or
        where it lacks one of theirs, their own.

    Returns
    -------
    arrays : dict
        Arguments of `eeglrp.store.write_windows`; arrays (n_samples, n_channels, n_times) in units
        of `windows["unit"]` microvolt. Where channels are regressed out, also `regressed`: the part
        of the variance that they took, by recording.
    counts : pandas.DataFrame
        Columns subject, recording, item, name, count.

    Raises
    ------
    InputError
        As `make_task_windows`.
    """
    recordings = list(recordings)
    common = _common_channels(recordings, subject)
    channels = _wanted(common, windows.get("channels"), recordings)
    if set(channels) <= set(order):
        channels = [name for name in order if name in channels]
    _check_reference(channels, windows, recordings)
    kind = task.get("kind", task_name)
    choose = _chooser(recordings, kind, task_name, task, seed, subject)
    job = _Job(task, windows, channels, choose, seed, subject)
    rate = windows["sampling_rate"]
    n_times = round(task["length"] * rate)
    extra = _extra(kind, task)
    has_events = kind == "r_peak" or "heart_rate" in extra
    has_truth = bool(_sources(task))
    blank = empty_block(len(channels), n_times, has_events, has_truth, extra)
    blocks, rows, regressed = [blank], [], {}
    for recording in progress(recordings, f"{task_name} {subject}"):
        name = recording.name
        rng = generator(seed, task_name, subject, name)
        block, counts, share = _recording_windows(recording, rng, job)
        rows += [(name, *row) for row in [*recording.counts, *counts]]
        if block is not None:
            blocks.append(block)
            regressed[name] = share
    arrays = join_blocks(blocks, subject)
    arrays["channels"] = channels
    arrays["sampling_rate"] = rate
    if windows.get("regress"):
        arrays["regressed"] = regressed
    return arrays, counts_table(subject, rows)


def _common_channels(recordings, subject):
    """EEG channels of the first recording, which the others must have too."""
    if not recordings:
        place, problem = f"subject {subject}", "there are none"
        remedy = "check the dataset's folder and settings"
        raise InputError(place, "recordings", problem, remedy)
    common = eeg_channels(recordings[0].raw)
    for recording in recordings:
        names = eeg_channels(recording.raw)
        differing = sorted(set(names) ^ set(common))
        if differing:
            file, field = recording_file(recording), ", ".join(differing)
            problem = f"not in all recordings of subject {subject}"
            remedy = "leave these channels or this recording out"
            raise InputError(file, field, problem, remedy)
    return common


def _wanted(channels, names, recordings):
    """Those of the channels that the study names, in their own order; all where it names none."""
    if names is None:
        return channels
    wanted = {electrode_name(name) or name: name for name in names}
    absent = [wanted[name] for name in wanted if name not in channels]
    if absent:
        file = recording_file(recordings[0])
        field = f"windows.channels: {', '.join(absent)}"
        remedy = f"choose from {', '.join(channels)}"
        raise InputError(file, field, "no such channel", remedy)
    return [name for name in channels if name in wanted]


def _check_reference(channels, windows, recordings):
    """Check that there is more than one electrode to take the average of."""
    if windows["reference"] == "average" and len(channels) == 1:
        file = recording_file(recordings[0])
        problem = f"is average, of {channels[0]} alone: its signal would be 0"
        remedy = "set it to null, or use more electrodes"
        raise InputError(file, "windows.reference", problem, remedy)


def _sources(task):
    """Sources whose contribution is stored as truth: simulated ones, or planted ones."""
    simulated = task["truth"]
    return [*simulated, *planted_sources(task)]


def _extra(kind, task):
    """Names of what is stored of each window besides its label and events."""
    names = []
    if kind in ("arousal", "valence"):
        names.append("rating")
        if task.get("r_peaks"):
            names.append("heart_rate")
    if planted_in_trials(task):
        names.append("planted")
    return names


def _chooser(recordings, kind, task_name, task, seed, subject):
    """Function (recording, rng) -> Candidates for a task, labels settled over all recordings."""
    if kind == "r_peak":
        return lambda recording, rng: r_peak_candidates(recording, task, rng)
    usable = [recording for recording in recordings if not recording.refused]
    if kind in CUED:
        key = f"tasks.{task_name}.classes: {', '.join(task['classes'])}"
        check_annotations(usable, lambda text: text in task["classes"], key)
        return lambda recording, rng: imagery_candidates(recording.raw, task)
    if kind == REST:
        key = f"tasks.{task_name}.kind: {REST}"
        check_annotations(usable, lambda text: text == REST, key)
        return lambda recording, rng: rest_candidates(
            recording.raw, task, generator(seed, REST, subject, recording.name)
        )
    choose = affect_chooser(usable, task_name, task)
    return lambda recording, rng: choose(recording)


def _recording_windows(recording, rng, job):
    """Windows (or None) and counts of one recording, and the part of variance regressed out."""
    task, channels = job.task, job.channels
    try:
        if recording.refused:
            raise CannotUse(recording.refused)
        candidates = job.choose(recording, rng)
        if len(candidates.onset) == 0:
            counts = [*candidates.counts, ("recording_unused", "", 1)]
            return None, counts, None
        candidates = _with_planted(recording, candidates, job)
        recording = plant(
            recording, channels, task, job.seed, job.subject, candidates
        )
        planted = bool(planted_sources(task))
        conditioned = condition(
            recording, channels, _sources(task), job.windows, planted
        )
    except CannotUse as reason:
        file = recording_file(recording)
        logger.warning("%s: recording refused: %s", file, reason)
        return None, [("recording_refused", str(reason), 1)], None
    block, rejected = _cut(recording, candidates, conditioned, job)
    counts = [*candidates.counts, *conditioned.counts, *rejected]
    if not len(block.label):
        counts += _doubtful_unit(recording, conditioned, rejected, job.windows)
    for index, name in enumerate(task["classes"]):
        number = int((block.label == index).sum())
        counts.append(("window_kept", name, number))
    return block, counts, conditioned.regressed


def _doubtful_unit(recording, conditioned, rejected, windows):
    """A row that doubts the unit where the signal is too large by far."""
    names = {name for _, name, _ in rejected}
    limit = windows["peak_to_peak"]
    size = float(np.median(np.ptp(conditioned.judged, axis=1)))
    if "peak_to_peak" not in names or size < _FAR * limit:
        return []
    text = f"{size:.2g} microvolt peak to peak; is the unit right? "
    text += f"The file says {file_units(recording.raw)}"
    logger.warning("%s: %s", recording_file(recording), text)
    return [("unit_doubtful", text, 1)]


def _with_planted(recording, candidates, job):
    """Candidates with `planted`, where an event is planted into each trial."""
    events = planted_events(
        recording, job.task, job.seed, job.subject, candidates
    )
    if events is None:
        return candidates
    extra = candidates.extra | {"planted": events}
    return candidates._replace(extra=extra)


def _cut(recording, candidates, conditioned, job):
    """Windows of a recording that are not rejected, and counts of those that are."""
    windows = job.windows
    rate = windows["sampling_rate"]
    n_times = round(job.task["length"] * rate)
    first = first_samples(candidates.onset, rate)
    spans = [row[:2] for row in annotated(recording.raw, marks=True)]
    reason = rejections(first, n_times, conditioned.judged, spans, windows)
    kept = reason == ""
    extra = {name: values[kept] for name, values in candidates.extra.items()}
    block = make_block(
        recording.name,
        conditioned.signal,
        conditioned.truth,
        first[kept],
        candidates.label[kept],
        candidates.event,
        n_times,
        windows,
        extra,
    )
    return block, counted("window_rejected", reason[~kept].tolist())
