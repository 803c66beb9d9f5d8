"""The table of shares: relevance by region, time, band and side, against chance, with tests.

`chance` is a region's fraction of the electrodes, the early part's fraction of the time, for bands
the reference of `eeglrp.verify.bands`, for lateralisation 0. `enrichment` is the share over it. `p`
tests the mean over subjects of what a share has beyond chance by flipping signs, corrected (Holm)
over the values of one family: regions, bands, bands by region, or regions with two sides. It stands
in the rows of all subjects.

Relevance that is the signal times a coefficient is large where the signal is: were the coefficient
white noise, a region would have its share of |signal|, not of the electrodes, and frontal
electrodes, near the eyes, more than the others. `signal` holds the same value of |signal|: a share
above chance but not above it says nothing of the model. NaN where the relevance is no such product.
"""

from itertools import compress

import numpy as np

from eeglrp.scalp import shares
from eeglrp.seeds import generator
from eeglrp.statistics import holm, mean_interval, sign_flip_test
from eeglrp.tables import estimate_rows, metric_row
from eeglrp.verify import bands, lateralisation

EXTRA = ("class", "enrichment", "signal", "p")
#: Family of so many values that they are given over all classes only.
_MANY = "band and region"


def columns(channels, n_times, n_early=None, by_band=False):
    """What each value of `window_values` means: metric, and family of tests."""
    of_bands = bands.columns(channels) if by_band else []
    return [
        *shares.columns(channels, n_times, n_early),
        *lateralisation.columns(channels),
        *of_bands,
    ]


def window_values(relevance, channels, n_early=None, signal=None, rate=None):
    """Shares and lateralisation of each window, and what to compare them with.

    Parameters
    ----------
    relevance : array, shape (n_windows, n_channels, n_times)
        In logit units.
    channels : sequence of str
    n_early : int, optional
        Samples of the early part; half of them unless told.
    signal : array like `relevance`, optional
        What the relevance is a multiple of.
    rate : float, optional
        In Hz; for bands.

    Returns
    -------
    array, shape (n_windows, 3, n_columns)
        Columns as `columns` says: of the relevance, NaN where a window has none; by chance; and of
        |signal|, NaN where it is not given.
    """
    plain = columns(channels, relevance.shape[2], n_early)
    chance = np.tile([one["chance"] for one in plain], (len(relevance), 1))
    of_relevance = _by_place(relevance, channels, n_early)
    if signal is None:
        return np.stack(
            [of_relevance, chance, np.full_like(chance, np.nan)], 1
        )
    of_signal = _by_place(signal, channels, n_early)
    of_bands, of_noise = bands.window_values(signal, relevance, channels, rate)
    parts = (of_relevance, of_bands), (chance, of_noise), (of_signal, of_noise)
    return np.stack([np.column_stack(part) for part in parts], 1)


def _by_place(values, channels, n_early):
    of_shares = shares.window_values(values, channels, n_early)
    return np.column_stack(
        [of_shares, lateralisation.window_values(values, channels)]
    )


def table_rows(values, meaning, subject, label, names, job):
    """Rows by class, over all classes, and for the difference of two.

    Parameters
    ----------
    values : array, shape (n_windows, 3, n_columns)
        Of `window_values`; windows without relevance are left out.
    meaning : list of dict
        Of `columns`.
    subject, label : array, shape (n_windows,)
    names : dict
        Study, task, regime, seed, method.
    job : eeglrp.verify.run.Job

    Returns
    -------
    list of dict
        Columns of the contract and `EXTRA`. Regions without any relevance have no side.
    """
    side = np.array([one["family"] == "side" for one in meaning])
    kept = ~(side & (values[:, 0] == 0).all(0))
    finite = np.isfinite(values[:, 0]).all(1)
    values = values[finite][:, :, kept]
    subject, label = subject[finite], label[finite]
    meaning, rows = list(compress(meaning, kept)), []
    for number, name in [*enumerate(job.classes), (None, "all")]:
        own = np.ones(len(label), bool) if number is None else label == number
        shown = np.array(
            [number is None or one["family"] != _MANY for one in meaning]
        )
        parts = values[own][:, :, shown], list(compress(meaning, shown))
        rows += _class_rows(*parts, subject[own], names | {"class": name}, job)
    if len(job.classes) == 2:
        shown = np.array([one["family"] == "side" for one in meaning])
        parts = values[:, ::2, shown], list(compress(meaning, shown))
        rows += _difference_rows(*parts, subject, label, names, job)
    return rows


def _class_rows(values, meaning, subject, names, job):
    if not len(values) or not meaning:
        return []
    plain = [{"metric": one["metric"]} for one in meaning]
    rows = estimate_rows(
        values[:, 0], plain, subject, names, job.statistics, job.seed
    )
    means = np.array(
        [values[subject == name].mean(0) for name in np.unique(subject)]
    )
    found, chance, signal = np.moveaxis(
        np.concatenate([means, means.mean(0)[None]]), 1, 0
    )
    enrichment = np.divide(
        found, chance, out=np.full_like(found, np.nan), where=chance > 0
    )
    p = np.full_like(found, np.nan)
    p[-1] = corrected_p(
        (found - chance)[:-1], [one["family"] for one in meaning], job.seed
    )
    numbers = zip(
        chance.flat, enrichment.flat, signal.flat, p.flat, strict=True
    )
    keys = ("chance", "enrichment", "signal", "p")
    return [
        row | dict(zip(keys, own, strict=True))
        for row, own in zip(rows, numbers, strict=True)
    ]


def corrected_p(differences, families, seed):
    """Sign-flip test of each column, corrected over the columns of its family (Holm, 1979).

    Parameters
    ----------
    differences : array, shape (n_subjects, n_columns)
    families : sequence of str
        One a column.
    seed : int
        The study's; all columns see the same signs.

    Returns
    -------
    array, shape (n_columns,)
    """
    tests = [
        sign_flip_test(one, generator(seed, "shares", len(differences)))
        for one in differences.T
    ]
    p, families = np.array([test.p for test in tests]), np.array(families)
    for family in np.unique(families):
        p[families == family] = holm(p[families == family])
    return p


def _difference_rows(values, meaning, subject, label, names, job):
    """First class minus second, over the subjects that have both; tells a side from a bias.

    `values`, shape (n_windows, 2, n_columns), are those of the relevance and of |signal|.
    """
    pairs = _class_pairs(subject, label)
    if not pairs or not meaning:
        return []
    both = np.stack(
        [values[one].mean(0) - values[two].mean(0) for one, two in pairs]
    )
    fields, rows = (
        names | {"class": " - ".join(job.classes), "chance": 0.0},
        [],
    )
    for (one, two), own in zip(pairs, both, strict=True):
        of_subject = fields | {
            "subject": str(subject[one][0]),
            "n": (one | two).sum(),
        }
        rows += [
            metric_row(
                **of_subject, metric=each["metric"], value=value, signal=signal
            )
            for each, value, signal in zip(meaning, *own, strict=True)
        ]
    differences, of_signal = both[:, 0], both[:, 1].mean(0)
    rng = generator(job.seed, "bootstrap", "sides", len(pairs))
    settings = job.statistics["bootstrap"], job.statistics["confidence"], rng
    p = corrected_p(
        differences, [each["family"] for each in meaning], job.seed
    )
    ends = mean_interval(differences, *settings)
    numbers = zip(differences.mean(0), *ends, of_signal, p, strict=True)
    everyone = fields | {
        "subject": "all",
        "n": np.any(pairs, axis=(0, 1)).sum(),
    }
    keys = ("value", "ci_low", "ci_high", "signal", "p")
    return rows + [
        metric_row(
            **everyone,
            metric=each["metric"],
            **dict(zip(keys, own, strict=True)),
        )
        for each, own in zip(meaning, numbers, strict=True)
    ]


def _class_pairs(subject, label):
    """Windows of class 0 and of class 1, as two masks, of every subject that has both."""
    pairs = [
        [(subject == name) & (label == k) for k in (0, 1)]
        for name in np.unique(subject)
    ]
    return [pair for pair in pairs if all(map(np.any, pair))]
