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


class _Found(NamedTuple):
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
    found = {"central": central(channels, region)}
    regions = np.array([region_of(channel) for channel in channels])
    found |= {part: regions == name for part, name in PARTS.items()}
    found["cardiac"] = np.isin(channels, list(heart))
    return {name: members for name, members in found.items() if members.any()}


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
        found = _read(dataset, explained_signal(path, dataset, read))
        members = parts(found.channels, region, heart)
        rows = _share_rows(found, members, names, job)
        if found.net is not None:
            rows += _band_rows(found, members, names, job)
        return rows + _heart_rows(
            path, dataset, members["central"], names, job
        )


def _read(dataset, signal):
    channels, rate = text(dataset, "channel").tolist(), sampling_rate(dataset)
    pieces = []
    for part in blocks(dataset.sizes["sample"]):
        relevance = window_array(dataset, part, "relevance")
        one = [absolute_shares(relevance)]
        if signal is not None:
            own = signal(part)
            net, amplitude = bands.net_relevance(own, relevance, rate)
            one += [absolute_shares(own), np.abs(net), amplitude]
        pieces.append(one)
    joined = [np.concatenate(each) for each in zip(*pieces, strict=True)]
    joined += [None] * (4 - len(joined))
    return _Found(*joined, channels, text(dataset, "subject").astype(str))


def _share_rows(found, members, names, job):
    """Share of every part, beside its electrodes and its signal."""
    rows = []
    for part, own in members.items():
        values = found.shares[:, own].sum(1)
        signal = np.full(len(values), np.nan)
        if found.signal is not None:
            signal = found.signal[:, own].sum(1)
        fields = names | {"metric": "share", "part": part}
        rows += _estimates(
            values, signal, float(own.mean()), found.subject, fields, job
        )
    return corrected(rows)


def _band_rows(found, members, names, job):
    """What each band adds to a part's net relevance, beside white noise times the signal."""
    rows = []
    for part, own in members.items():
        of_relevance, of_noise = (
            normalised(array[:, own].sum(1), array[:, own].sum((1, 2)))
            for array in (found.net, found.noise)
        )
        of_part = []
        for k, band in enumerate(bands.BANDS):
            fields = names | {"metric": f"share {band}", "part": part}
            pair = of_relevance[:, k], of_noise[:, k]
            chance = float(np.nanmean(of_noise[:, k]))
            of_part += _estimates(*pair, chance, found.subject, fields, job)
        rows += corrected(of_part)
    return rows


def _estimates(values, reference, chance, subject, names, job):
    """Rows of every subject and of all; `p` of the difference from the reference, uncorrected.

    Where there is no reference, chance is one.
    """
    finite = np.isfinite(values)
    known = [
        name for name in np.unique(subject) if finite[subject == name].any()
    ]
    if not known:
        return []
    groups = [finite & (subject == name) for name in known]
    means = np.array([values[own].mean() for own in groups])
    against = np.array([reference[own].mean() for own in groups])
    tested = means - (against if np.isfinite(against).all() else chance)
    p = sign_flip_test(tested, generator(job.seed, "shares", len(means))).p
    fields = names | {"chance": chance}
    rows = [
        metric_row(
            **fields,
            subject=name,
            value=value,
            enrichment=value / chance,
            signal=signal,
            n=own.sum(),
        )
        for name, value, signal, own in zip(
            known, means, against, groups, strict=True
        )
    ]
    low, high = interval(means, job.statistics, job.seed)
    ends = {
        "value": means.mean(),
        "ci_low": low,
        "ci_high": high,
        "n": finite.sum(),
        "p": p,
    }
    ends |= {"enrichment": means.mean() / chance, "signal": against.mean()}
    return [*rows, metric_row(**fields, **ends, subject="all")]


def interval(values, statistics, seed):
    """Ends of the bootstrap interval of a mean over subjects."""
    rng = generator(seed, "bootstrap", len(values))
    sizes = statistics["bootstrap"], statistics["confidence"], rng
    return np.ravel(mean_interval(values[:, None], *sizes))


def corrected(rows):
    """Rows with the p of all subjects corrected for each other (Holm, 1979), changed in place."""
    family = [row for row in rows if row["subject"] == "all"]
    for row, p in zip(family, holm([row["p"] for row in family]), strict=True):
        row["p"] = float(p)
    return rows


def _heart_rows(path, dataset, central_part, names, job):
    """Whether the relevance of the central part is locked to the R-peak."""
    if not any(map(len, job.events.values())):
        return []
    pieces = [
        window_array(dataset, part, "relevance")[:, central_part].sum(1)
        for part in blocks(dataset.sizes["sample"])
    ]
    kept = {
        key: names[key]
        for key in ("study", "task", "regime", "seed", "method")
    }
    table = r_peak.tables(path, dataset, np.concatenate(pieces), kept, job)[
        "r_peak"
    ]
    rows = table[table["metric"].isin(_LOCKED)].drop(columns="class")
    return [
        names | {"part": "central"} | row for row in rows.to_dict("records")
    ]
