"""Channels whose signal is regressed out of the EEG: a control for what they carry into it."""

import numpy as np

from eeglrp.errors import InputError
from eeglrp.windowing.candidates import recording_file
from eeglrp.windowing.chain import filter_signal
from eeglrp.windowing.counts import CannotUse

#: Step between lagged copies of a reference, in s: half a cycle at 25 Hz, where the QRS complex
#: has most of its power below.
LAG_STEP = 0.02
_TYPES = ("ecg", "eog", "emg")


def reference_signals(recording, windows):
    """The channels to regress out, filtered like the EEG, with lagged copies of each.

    The heart's axis turns during a beat, so that its field on the scalp is not in step with one
    ECG lead; lagged copies follow it.

    Parameters
    ----------
    recording : Recording
    windows : dict
        `regress`: names of channels, of types (`ECG`: all channels of that type), or of pairs
        (`AF7-AF8`: their difference); `regress_lags`: largest lag either way, in s.

    Returns
    -------
    array, shape (n_references, n_times)
        With zero mean. Lagged copies wrap around the recording's ends.

    Raises
    ------
    InputError
        If there is no such channel.
    CannotUse
        If a channel is flat or has NaN.
    """
    import mne

    raw = recording.raw
    rate = raw.info["sfreq"]
    names = windows["regress"]
    signals = np.concatenate([_find(recording, name) for name in names])
    if not np.isfinite(signals).all():
        raise CannotUse(f"{', '.join(names)} to regress out has NaN")
    if (np.ptp(signals, axis=1) == 0).any():
        raise CannotUse(f"{', '.join(names)} to regress out is flat")
    info = mne.create_info(len(signals), rate, "eeg")
    like = mne.io.RawArray(signals, info, raw.first_samp, verbose="ERROR")
    like.set_meas_date(raw.info["meas_date"]).set_annotations(raw.annotations)
    signals = filter_signal(like, windows).get_data()
    signals -= signals.mean(axis=1, keepdims=True)
    number = int(windows["regress_lags"] / LAG_STEP + 1e-6)
    step = round(LAG_STEP * rate)
    steps = np.arange(-number, number + 1) * step
    return np.concatenate([np.roll(signals, step, axis=1) for step in steps])


def _find(recording, name):
    """Signals (n, n_times) that a name means, in volt."""
    raw = recording.raw
    channels, kinds = raw.ch_names, raw.get_channel_types()
    if name in channels:
        return raw.get_data(picks=[name])
    wanted = name.lower()
    if wanted in _TYPES and wanted in kinds:
        same = [
            channel
            for channel, kind in zip(channels, kinds, strict=True)
            if kind == wanted
        ]
        return raw.get_data(picks=same)
    pair = name.split("-")
    if len(pair) == 2 and set(pair) <= set(channels):
        return np.diff(raw.get_data(picks=pair[::-1]), axis=0)
    file = recording_file(recording)
    remedy = f"choose from {', '.join(channels)}, or leave it out of `regress`"
    raise InputError(file, f"regress: {name}", "no such channel", remedy)


def regress_out(signal, references):
    """Remove what references explain of each channel, by least squares over the whole recording.

    Training and test samples share the coefficients: they are a few numbers a channel, estimated
    without labels. For given references this is linear in the signal, so that planted truth goes
    the signal's way.

    Parameters
    ----------
    signal : array, shape (n_channels, n_times)
    references : array, shape (n_references, n_times)
        With zero mean.

    Returns
    -------
    rest : array like `signal`
    share : float
        Part of the channels' summed variance that is gone.
    """
    centred = signal - signal.mean(axis=1, keepdims=True)
    fit = np.linalg.lstsq(references.T, centred.T, rcond=None)
    # Reference, channel.
    weights = fit[0]
    rest = signal - weights.T @ references
    before = signal.var(axis=1).sum()
    after = rest.var(axis=1).sum()
    return rest, float(1 - after / before)
