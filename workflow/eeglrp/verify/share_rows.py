"""The table of shares: relevance by region, time, band and side, against chance, with tests.

`chance` is a region's fraction of the electrodes, the early part's fraction of the time, for bands
the reference of `eeglrp.verify.bands`, for lateralisation 0. `enrichment` is the share over it. `p`
tests the mean over subjects of what a share has beyond chance (`eeglrp.statistics.mean_test`: those
of a fold share its models), corrected (Holm) over the values of one family: regions, bands, bands
by region, or regions with two sides. It stands in the rows of all subjects, if they are six or
more.

Relevance that is the signal times a coefficient is large where the signal is: were the coefficient
white noise, a region would have its share of |signal|, not of the electrodes, and frontal
electrodes, near the eyes, more than the others. `signal` holds the same value of |signal|: a share
above chance but not above it says nothing of the model. NaN where the relevance is no such product.
"""

from itertools import compress

import numpy as np

from eeglrp.scalp import shares
from eeglrp.seeds import generator
from eeglrp.statistics import holm, mean_interval, p_over_subjects
from eeglrp.tables import estimate_rows, fold_of_each, metric_row
from eeglrp.verify import bands, lateralisation

EXTRA = ("class", "enrichment", "signal", "p")
#: Family of so many values that they are given over all classes only.
_MANY = "band and region"


def columns(channels, n_times, n_early=None, by_band=False):
    """What each value of `window_values` means: metric, and family of tests."""
    of_places = shares.columns(channels, n_times, n_early)
    of_sides = lateralisation.columns(channels)
    of_bands = bands.columns(channels) if by_band else []
    return of_places + of_sides + of_bands


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
    of_columns = columns(channels, relevance.shape[2], n_early)
    chance = [column["chance"] for column in of_columns]
    chance = np.tile(chance, (len(relevance), 1))
    of_relevance = _by_place(relevance, channels, n_early)
    if signal is None:
        unknown = np.full_like(chance, np.nan)
        return np.stack([of_relevance, chance, unknown], 1)
    of_signal = _by_place(signal, channels, n_early)
    of_bands, of_noise = bands.window_values(signal, relevance, channels, rate)
    of_relevance = np.column_stack([of_relevance, of_bands])
    chance = np.column_stack([chance, of_noise])
    of_signal = np.column_stack([of_signal, of_noise])
    return np.stack([of_relevance, chance, of_signal], 1)


def _by_place(values, channels, n_early):
    of_regions = shares.window_values(values, channels, n_early)
    of_sides = lateralisation.window_values(values, channels)
    return np.column_stack([of_regions, of_sides])


def table_rows(values, meaning, subject, label, fold, names, job):
    """Rows by class, over all classes, and for the difference of two.

    Parameters
    ----------
    values : array, shape (n_windows, 3, n_columns)
        Of `window_values`; windows without relevance are left out.
    meaning : list of dict
        Of `columns`.
    subject, label, fold : array, shape (n_windows,)
    names : dict
        Study, task, regime, seed, method.
    job : eeglrp.verify.run.Job

    Returns
    -------
    list of dict
        Columns of the contract and `EXTRA`. Regions without any relevance have no side.
    """
    no_relevance = (values[:, 0] == 0).all(0)
    kept = ~(_of_family(meaning, "side") & no_relevance)
    finite = np.isfinite(values[:, 0]).all(1)
    values = values[finite][:, :, kept]
    meaning = list(compress(meaning, kept))
    subject = subject[finite]
    label = label[finite]
    fold = fold[finite]
    rows = []
    for number, name in [*enumerate(job.classes), (None, "all")]:
        windows, shown = _chosen(number, label, meaning)
        rows += _class_rows(
            values[windows][:, :, shown],
            list(compress(meaning, shown)),
            subject[windows],
            fold[windows],
            names | {"class": name},
            job,
        )
    if len(job.classes) == 2:
        sides = _of_family(meaning, "side")
        rows += _difference_rows(
            values[:, ::2, sides],
            list(compress(meaning, sides)),
            subject,
            label,
            fold,
            names,
            job,
        )
    return rows


def _of_family(meaning, family):
    """Which columns belong to a family: array of bool, shape (n_columns,)."""
    families = [column["family"] for column in meaning]
    return np.array(families) == family


def _chosen(number, label, meaning):
    """Windows and columns of a class; all of both where `number` is None."""
    if number is None:
        windows = np.ones(len(label), bool)
        shown = np.ones(len(meaning), bool)
        return windows, shown
    return label == number, ~_of_family(meaning, _MANY)


def _class_rows(values, meaning, subject, fold, names, job):
    if not len(values) or not meaning:
        return []
    metrics = [{"metric": column["metric"]} for column in meaning]
    rows = estimate_rows(
        values[:, 0],
        metrics,
        subject,
        names,
        statistics=job.statistics,
        seed=job.seed,
    )
    persons = np.unique(subject)
    of_subjects = np.array(
        [values[subject == name].mean(0) for name in persons]
    )
    of_all = of_subjects.mean(0)[None]
    # (subject and, last, all; share, chance and signal; column)
    means = np.concatenate([of_subjects, of_all])
    share, chance, signal = np.moveaxis(means, 1, 0)
    unknown = np.full_like(share, np.nan)
    enrichment = np.divide(share, chance, out=unknown, where=chance > 0)
    families = [column["family"] for column in meaning]
    p = np.full_like(share, np.nan)
    p[-1] = corrected_p(
        (share - chance)[:-1],
        families,
        fold_of_each(persons, subject, fold),
        job.statistics["confidence"],
    )
    numbers = {
        "chance": chance,
        "enrichment": enrichment,
        "signal": signal,
        "p": p,
    }
    return _with_numbers(rows, numbers)


def _with_numbers(rows, numbers):
    """Rows with further columns, arrays with an entry a row."""
    of_rows = zip(*[array.flat for array in numbers.values()], strict=True)
    return [
        row | dict(zip(numbers, of_row, strict=True))
        for row, of_row in zip(rows, of_rows, strict=True)
    ]


def corrected_p(differences, families, fold, confidence):
    """Test of the mean of each column, corrected over the columns of its family (Holm, 1979).

    Parameters
    ----------
    differences : array, shape (n_subjects, n_columns)
    families : sequence of str
        One a column.
    fold : sequence of str
        One a subject: whose models tested it; all equal where every fold's did.
    confidence : float

    Returns
    -------
    array, shape (n_columns,)
        NaN for fewer subjects than `eeglrp.statistics.FEWEST`.
    """
    families = np.array(families)
    p = np.array(
        [
            p_over_subjects(of_column, fold, confidence)
            for of_column in differences.T
        ]
    )
    for family in np.unique(families):
        members = families == family
        p[members] = holm(p[members])
    return p


def _difference_rows(values, meaning, subject, label, fold, names, job):
    """First class minus second, over the subjects that have both; tells a side from a bias.

    `values`, shape (n_windows, 2, n_columns), are those of the relevance and of |signal|.
    """
    pairs = _class_pairs(subject, label)
    if not pairs or not meaning:
        return []
    names = names | {"class": " - ".join(job.classes), "chance": 0.0}
    metrics = [column["metric"] for column in meaning]
    rows, differences, persons = [], [], []
    for first, second in pairs:
        persons.append(str(subject[first][0]))
        difference = values[first].mean(0) - values[second].mean(0)
        differences.append(difference)
        of_subject = names | {
            "subject": persons[-1],
            "n": (first | second).sum(),
        }
        for metric, value, signal in zip(metrics, *difference, strict=True):
            row = metric_row(
                **of_subject,
                metric=metric,
                value=value,
                signal=signal,
            )
            rows.append(row)
    n = np.any(pairs, axis=(0, 1)).sum()
    everyone = names | {"subject": "all", "n": n}
    folds = fold_of_each(persons, subject, fold)
    return rows + _mean_difference(
        np.stack(differences), meaning, folds, everyone, job
    )


def _mean_difference(differences, meaning, fold, names, job):
    """Rows of all subjects; `differences` (n_subjects, 2, n_columns), of relevance and |signal|."""
    of_relevance = differences[:, 0]
    of_signal = differences[:, 1].mean(0)
    rng = generator(job.seed, "bootstrap", "sides", len(differences))
    settings = job.statistics["bootstrap"], job.statistics["confidence"], rng
    families = [column["family"] for column in meaning]
    confidence = job.statistics["confidence"]
    p = corrected_p(of_relevance, families, fold, confidence)
    mean = of_relevance.mean(0)
    low, high = mean_interval(of_relevance, *settings)
    rows = []
    for k, column in enumerate(meaning):
        row = metric_row(
            **names,
            metric=column["metric"],
            value=mean[k],
            ci_low=low[k],
            ci_high=high[k],
            signal=of_signal[k],
            p=p[k],
        )
        rows.append(row)
    return rows


def _class_pairs(subject, label):
    """Windows of class 0 and of class 1, as two masks, of every subject that has both."""
    pairs = []
    for name in np.unique(subject):
        of_subject = subject == name
        first = of_subject & (label == 0)
        second = of_subject & (label == 1)
        if first.any() and second.any():
            pairs.append((first, second))
    return pairs
