"""One recording, conditioned: its EEG and its planted truth through the same chain."""

from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.windowing.candidates import recording_file
from eeglrp.windowing.chain import filter_signal, finish_signal, usable_filters
from eeglrp.windowing.channels import find_bad_channels, unfinite_channels
from eeglrp.windowing.regress import reference_signals, regress_out


class Conditioned(NamedTuple):
    """A recording ready to be cut.

    `signal` and `truth` (or None) have shape (n_channels, n_times), in microvolt; `counts` are rows
    (item, name, count): bad channels by reason, filters that the sampling rate made needless,
    channels regressed out; `regressed` is the part of the variance that these took, or None.
    `judged` is the signal by which windows are rejected: without what was planted.
    """

    signal: np.ndarray
    truth: np.ndarray | None
    counts: list
    regressed: float | None
    judged: np.ndarray


def condition(recording, channels, sources, windows, planted=False):
    """Filter, regress out, repair, re-reference and resample a recording.

    Parameters
    ----------
    recording : Recording
    channels : list of str
        EEG channels, in the order wanted.
    sources : list of str
        Planted sources whose contribution is wanted; may be empty.
    windows : dict
    planted : bool
        Whether the sources were added to the recording. Bad channels are then found without them:
        the size of what is planted must not change which channels and windows there are.

    Returns
    -------
    Conditioned

    Raises
    ------
    CannotUse
        If too many channels are bad, or one to regress out is.
    InputError
        If truth is asked of a recording that has none, or a channel to regress out is missing.
    """
    raw = recording.raw.copy().pick(channels, exclude=())
    raw.load_data(verbose="ERROR")
    unfinite = unfinite_channels(raw)
    _, skipped = usable_filters(raw.info["sfreq"], windows)
    references = None
    if windows.get("regress"):
        references = reference_signals(recording, windows)
    regressed = _filter(raw, references, windows)
    like = None
    if sources:
        like = _truth(recording, raw, sources, references, windows)
    as_recorded = _without(raw, like) if planted else raw
    bads = find_bad_channels(as_recorded, unfinite, windows)
    truth = None
    if like is not None:
        truth = finish_signal(like, list(bads), windows)
    signal = finish_signal(raw, list(bads), windows)
    judged = signal - truth if planted else signal
    counts = [(f"{reason}_channel", name, 1) for name, reason in bads.items()]
    counts += [("filter_skipped", name, 1) for name in skipped]
    counts += [("regressed", name, 1) for name in windows.get("regress", ())]
    return Conditioned(signal, truth, counts, regressed, judged)


def _filter(raw, references, windows):
    """Filter and regress out in place; the part of the variance that went with the references."""
    filter_signal(raw, windows)
    if references is None:
        return None
    rest, share = regress_out(raw.get_data(), references)
    raw.apply_function(lambda x: rest, channel_wise=False, verbose="ERROR")
    return share


def _truth(recording, raw, sources, references, windows):
    """Contribution of some sources to the channels of `raw`, filtered as it was."""
    import mne

    if recording.truth is None:
        file = recording_file(recording)
        problem, remedy = "no planted truth", "leave the task's `truth` empty"
        raise InputError(file, "truth", problem, remedy)
    planted = recording.truth(sources).get_data(picks=raw.ch_names)
    like = mne.io.RawArray(planted, raw.info.copy(), verbose="ERROR")
    like.set_annotations(raw.annotations)
    _filter(like, references, windows)
    return like


def _without(raw, like):
    planted = like.get_data()
    return raw.copy().apply_function(
        lambda x: x - planted, channel_wise=False, verbose="ERROR"
    )
