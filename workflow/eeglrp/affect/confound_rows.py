"""Rows of the table of confounds of one attribution store."""

from typing import NamedTuple

import numpy as np

from eeglrp.affect.region import central
from eeglrp.affect.shares import absolute_shares
from eeglrp.attribution.stores import blocks, sampling_rate, text
from eeglrp.scalp.regions import region_of
from eeglrp.scalp.shares import normalised
from eeglrp.seeds import generator
from eeglrp.statistics import holm, mean_interval, sign_flip_test
from eeglrp.store import open_attribution, window_array
from eeglrp.tables import metric_row
from eeglrp.verify import bands, r_peak
from eeglrp.verify.signals import explained_signal

#: Part of the scalp -> region of `eeglrp.scalp.regions` where a confound shows.
PARTS = {"muscle": "temporal", "ocular": "ocular_frontal"}
_LOCKED = ("r_locked_z", "r_locked_p")


class _Values(NamedTuple):
    """Values of one store by window and electrode, and the subject of each window.

    `shares` of |relevance| and of |signal|; `net` relevance by band and its reference `noise`, of
    shape (n_windows, n_channels, n_bands). None where the relevance is no multiple of the signal.
    """

    shares: np.ndarray
    signal: np.ndarray | None
    net: np.ndarray | None
    noise: np.ndarray | None
    channels: list
    subject: np.ndarray


def parts(channels, region=None, heart=()):
    """Which electrodes belong to each part of the scalp.

    Parameters
    ----------
    channels : sequence of str
    region : sequence of str, optional
        As of `eeglrp.affect.region.central`.
    heart : collection of str
        Electrodes where the heart's field is strongest.

    Returns
    -------
    dict of str to array of bool, shape (n_channels,)
        Parts without any electrode are left out.
    """
    regions = np.array([region_of(channel) for channel in channels])
    members = {
        "central": central(channels, region),
        "muscle": regions == PARTS["muscle"],
        "ocular": regions == PARTS["ocular"],
        "cardiac": np.isin(channels, list(heart)),
    }
    return {part: mask for part, mask in members.items() if mask.any()}


def store_rows(path, read, heart, region, names, job):
    """Rows of one attribution store, as `eeglrp.affect.confounds` names them.

    Parameters
    ----------
    path : Path
    read : callable
        Of `eeglrp.verify.signals.signal_reader`.
    heart : collection of str
    region : sequence of str or None
    names : dict
        Fields that all rows share.
    job : eeglrp.verify.run.Job

    Returns
    -------
    list of dict
    """
    with open_attribution(path) as dataset:
        signal = explained_signal(path, dataset, read)
        values = _read(dataset, signal)
        members = parts(values.channels, region, heart)
        rows = _share_rows(values, members, names, job)
        if values.net is not None:
            rows += _band_rows(values, members, names, job)
        rows += _heart_rows(path, dataset, members["central"], names, job)
    return rows


def _read(dataset, signal):
    """Values of an open store, block by block; `signal` may be None."""
    channels = text(dataset, "channel").tolist()
    subject = text(dataset, "subject").astype(str)
    rate = sampling_rate(dataset)
    pieces = []
    for block in blocks(dataset.sizes["sample"]):
        relevance = window_array(dataset, block, "relevance")
        arrays = [absolute_shares(relevance)]
        if signal is not None:
            windows = signal(block)
            net, noise = bands.net_relevance(windows, relevance, rate)
            arrays.append(absolute_shares(windows))
            arrays.append(np.abs(net))
            arrays.append(noise)
        pieces.append(arrays)
    columns = zip(*pieces, strict=True)
    joined = [np.concatenate(arrays) for arrays in columns]
    n_missing = 4 - len(joined)
    joined += [None] * n_missing
    return _Values(*joined, channels, subject)


def _share_rows(values, members, names, job):
    """Share of every part, beside its electrodes and its signal."""
    rows = []
    for part, mask in members.items():
        share = values.shares[:, mask].sum(1)
        signal = np.full(len(share), np.nan)
        if values.signal is not None:
            signal = values.signal[:, mask].sum(1)
        even = float(mask.mean())
        fields = names | {"metric": "share", "part": part}
        rows += _estimates(share, signal, even, values.subject, fields, job)
    return corrected(rows)


def _band_rows(values, members, names, job):
    """What each band adds to a part's net relevance, beside white noise times the signal."""
    rows = []
    for part, mask in members.items():
        net = _band_shares(values.net[:, mask])
        noise = _band_shares(values.noise[:, mask])
        of_part = []
        for k, band in enumerate(bands.BANDS):
            of_noise = noise[:, k]
            chance = float(np.nanmean(of_noise))
            fields = names | {"metric": f"share {band}", "part": part}
            of_part += _estimates(
                net[:, k], of_noise, chance, values.subject, fields, job
            )
        rows += corrected(of_part)
    return rows


def _band_shares(array):
    """Share of every band: of (n_windows, n_channels, n_bands), (n_windows, n_bands)."""
    by_band = array.sum(1)
    total = array.sum((1, 2))
    return normalised(by_band, total)


def _estimates(values, reference, chance, subject, names, job):
    """Rows of every subject and of all; `p` of the difference from the reference, uncorrected.

    Where there is no reference, chance is one.
    """
    finite = np.isfinite(values)
    windows = {}
    for name in np.unique(subject):
        known = finite & (subject == name)
        if known.any():
            windows[name] = known
    if not windows:
        return []
    means = _means(values, windows)
    against = _means(reference, windows)
    fields = names | {"chance": chance}
    rows = []
    for k, (name, known) in enumerate(windows.items()):
        row = metric_row(
            **fields,
            subject=name,
            value=means[k],
            enrichment=means[k] / chance,
            signal=against[k],
            n=known.sum(),
        )
        rows.append(row)
    whole = _over_subjects(means, against, chance, job)
    n = finite.sum()
    rows.append(metric_row(**fields, **whole, n=n))
    return rows


def _means(values, windows):
    """Mean of every subject, from masks of its windows."""
    means = []
    for mask in windows.values():
        of_subject = values[mask]
        means.append(of_subject.mean())
    return np.array(means)


def _over_subjects(means, against, chance, job):
    """Mean of the subjects, its interval and test against the signal, or against chance."""
    known = np.isfinite(against).all()
    expected = against if known else chance
    rng = generator(job.seed, "shares", len(means))
    test = sign_flip_test(means - expected, rng)
    low, high = interval(means, job.statistics, job.seed)
    return {
        "subject": "all",
        "value": means.mean(),
        "ci_low": low,
        "ci_high": high,
        "p": test.p,
        "enrichment": means.mean() / chance,
        "signal": against.mean(),
    }


def interval(values, statistics, seed):
    """Ends of the bootstrap interval of a mean over subjects."""
    rng = generator(seed, "bootstrap", len(values))
    n_bootstrap = statistics["bootstrap"]
    confidence = statistics["confidence"]
    ends = mean_interval(values[:, None], n_bootstrap, confidence, rng)
    return np.ravel(ends)


def corrected(rows):
    """Rows with the p of all subjects corrected for each other (Holm, 1979), changed in place."""
    family = [row for row in rows if row["subject"] == "all"]
    p_values = [row["p"] for row in family]
    for row, p in zip(family, holm(p_values), strict=True):
        row["p"] = float(p)
    return rows


def _heart_rows(path, dataset, central_part, names, job):
    """Whether the relevance of the central part is locked to the R-peak."""
    if not any(map(len, job.events.values())):
        return []
    pieces = []
    for block in blocks(dataset.sizes["sample"]):
        relevance = window_array(dataset, block, "relevance")
        pieces.append(relevance[:, central_part].sum(1))
    course = np.concatenate(pieces)
    keys = ("study", "task", "regime", "seed", "method")
    of_model = {key: names[key] for key in keys}
    tables = r_peak.tables(path, dataset, course, of_model, job)
    table = tables["r_peak"]
    locked = table["metric"].isin(_LOCKED)
    rows = table[locked].drop(columns="class")
    fields = names | {"part": "central"}
    return [fields | row for row in rows.to_dict("records")]
