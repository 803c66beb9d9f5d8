"""One recording, conditioned: its EEG and its planted truth through the same chain."""

from eeglrp.errors import InputError
from eeglrp.windowing.candidates import recording_file
from eeglrp.windowing.chain import filter_signal, finish_signal, usable_filters
from eeglrp.windowing.channels import find_bad_channels, unfinite_channels


def condition(recording, channels, sources, windows):
    """Filter, repair, re-reference and resample a recording.

    Parameters
    ----------
    recording : Recording
    channels : list of str
        EEG channels, in the order wanted.
    sources : list of str
        Planted sources whose contribution is wanted; may be empty.
    windows : dict

    Returns
    -------
    signal : array, shape (n_channels, n_times)
        In microvolt.
    truth : array like `signal`, or None
    counts : list of (item, name, count)
        Bad channels by reason, and filters that the sampling rate made needless.

    Raises
    ------
    CannotUse
        If too many channels are bad.
    InputError
        If truth is asked of a recording that has none.
    """
    raw = recording.raw.copy().pick(channels, exclude=()).load_data(verbose="ERROR")
    unfinite = unfinite_channels(raw)
    _, skipped = usable_filters(raw.info["sfreq"], windows)
    filter_signal(raw, windows)
    bads = find_bad_channels(raw, unfinite, windows)
    truth = _truth(recording, raw, sources, windows, list(bads)) if sources else None
    signal = finish_signal(raw, list(bads), windows)
    counts = [(f"{reason}_channel", name, 1) for name, reason in bads.items()]
    return signal, truth, [*counts, *(("filter_skipped", name, 1) for name in skipped)]


def _truth(recording, raw, sources, windows, bads):
    """Planted contribution of some sources, through the chain with the signal's bad channels."""
    import mne

    if recording.truth is None:
        remedy = "leave the task's `truth` empty"
        raise InputError(recording_file(recording), "truth", "no planted truth", remedy)
    planted = recording.truth(sources).get_data(picks=raw.ch_names)
    like = mne.io.RawArray(planted, raw.info.copy(), verbose="ERROR")
    like.set_annotations(raw.annotations)
    return finish_signal(filter_signal(like, windows), bads, windows)
