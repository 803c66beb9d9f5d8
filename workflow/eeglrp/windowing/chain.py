"""The linear chain from a recording to the model's input.

Planted truth passes through the same steps as the signal: for a source s and the rest r,
chain(s + r) = chain(s) + chain(r), given the bad channels.
"""

VOLT_IN_MICROVOLT = 1e6


def usable_filters(sampling_rate, windows):
    """Filters that a sampling rate allows.

    Parameters
    ----------
    sampling_rate : float
        Of the recording, in Hz.
    windows : dict
        `high_pass`, `low_pass`, `notch` in Hz; 0 or None is no filter.

    Returns
    -------
    filters : dict
        As in `windows`; None where there is no filter.
    skipped : list of str
        Filters at or above half the sampling rate, where there is nothing to filter.
    """
    names = ("high_pass", "low_pass", "notch")
    filters = {name: windows[name] or None for name in names}
    nyquist = sampling_rate / 2
    skipped = [
        name for name in names if filters[name] and filters[name] >= nyquist
    ]
    return filters | dict.fromkeys(skipped), skipped


def filter_signal(raw, windows):
    """Band-pass and notch filter, in place.

    Zero-phase windowed-sinc filters with MNE's default transitions, as LaBraM's authors used;
    pieces of a recording that do not join are filtered apart.
    """
    filters, _ = usable_filters(raw.info["sfreq"], windows)
    low, high = filters["high_pass"], filters["low_pass"]
    if low or high:
        raw.filter(low, high, verbose="ERROR")
    if filters["notch"]:
        raw.notch_filter(filters["notch"], verbose="ERROR")
    return raw


def finish_signal(raw, bads, windows):
    """Interpolate bad channels, re-reference and resample, in place.

    Parameters
    ----------
    raw : mne.io.BaseRaw
        Filtered; EEG channels with positions.
    bads : list of str
    windows : dict
        `reference` (average or None), `sampling_rate` in Hz.

    Returns
    -------
    array, shape (n_channels, n_times)
        In microvolt.

    Notes
    -----
    Spherical splines: Perrin et al. 1989, Electroencephalogr Clin Neurophysiol 72:184.
    """
    rate = windows["sampling_rate"]
    raw.info["bads"] = list(bads)
    if bads:
        raw.interpolate_bads(reset_bads=True, verbose="ERROR")
    if windows["reference"] == "average":
        raw.set_eeg_reference("average", projection=False, verbose="ERROR")
    if raw.info["sfreq"] != rate:
        raw.resample(rate, verbose="ERROR")
    return raw.get_data() * VOLT_IN_MICROVOLT
