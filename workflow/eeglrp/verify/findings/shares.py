"""What the table of shares of relevance says: regions, bands and sides."""

from eeglrp.findings import (
    KEYS,
    Finding,
    cells,
    ends,
    few_subjects,
    grid,
    where_above,
)
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.power import smallest_p, subjects_needed
from eeglrp.tables import default_method
from eeglrp.verify.figures.shares import NAMES, PREFIX, with_p

_REGIONS = {
    "share ocular_frontal": "ocular-frontal",
    "share central": "central",
}
_SIDES = {
    f"lateralisation {metric.removeprefix(PREFIX)}": _REGIONS[metric]
    for metric in _REGIONS
}
_BANDS = [metric for metric in NAMES if metric != "share early"]
#: Level below which a corrected p is reported.
ALPHA = 0.05


def shares_view(frame):
    """Rows of regions, bands and time over all classes."""
    of_all_classes = frame["class"] == "all"
    is_share = frame["metric"].str.fullmatch(PREFIX + r"\S+")
    return frame[of_all_classes & is_share]


def share_finding(frame):
    """Ocular-frontal and central shares of relevance against the regions' size and signal."""
    method = default_method(frame["method"])
    frame = frame[frame["method"] == method]
    of_all = frame["subject"] == "all"
    single = frame[~of_all]
    whole = frame[of_all & (frame["class"] == "all")]
    regions = whole[whole["metric"].isin(_REGIONS)]
    if regions.empty:
        return None
    n_regions = len(set(shares_view(whole)["metric"]) - set(NAMES))
    regions = with_p(regions, KEYS)
    above = _beyond(regions)
    places = [
        f"{words} electrodes: {where_above(above[above['metric'] == metric])}"
        for metric, words in _REGIONS.items()
    ]
    sentence = (
        f"Shares of |relevance| ({label(method)}) larger than the region's share of electrodes and "
        f"of |signal|, {'; '.join(places)}."
    )
    sentence += _bands(whole)
    sentence += _sides(frame)
    sentence += _tests(regions, single, n_regions)
    sentence += few_subjects(single)
    return Finding("Eyes or brain", sentence, *_table(regions))


def _beyond(frame):
    """Rows whose `chance` is the larger of chance and the signal's own share."""
    larger = frame[["chance", "signal"]].max(axis=1)
    return frame.assign(chance=larger)


def _table(frame):
    regimes, table = grid(frame)
    _, beyond = grid(_beyond(frame))
    columns = [
        "task",
        "region",
        *map(label, regimes),
        "share of electrodes",
        "share of |signal|",
    ]
    rows = []
    for (task, metric), of_regimes in table.items():
        row = [
            (label(task), False),
            (_REGIONS[metric], False),
            *cells(beyond[task, metric], regimes),
            *ends(of_regimes.values(), "chance"),
            _signal(of_regimes.values()),
        ]
        rows.append(row)
    return columns, rows


def _signal(rows):
    shares = [row.signal for row in rows]
    known = [share for share in shares if share == share]
    if not known:
        return "", False
    mean = sum(known) / len(known)
    return f"{mean:.2f}", False


def _bands(frame):
    frame = frame[frame["metric"].isin(_BANDS)]
    if frame.empty:
        return ""
    frame = with_p(frame, KEYS)
    tasks = []
    for task in ordered(frame["task"], TASKS):
        of_task = frame[frame["task"] == task]
        above = of_task[of_task["ci_low"] > of_task["chance"]]
        bands = [
            f"{metric.removeprefix(PREFIX)}: {_regimes(above, metric)}"
            for metric in ordered(above["metric"], _BANDS)
        ]
        tasks.append(f"{label(task)} ({'; '.join(bands) or 'none'})")
    return f" Net relevance of bands above that of white noise times signal: {'; '.join(tasks)}."


def _sides(frame):
    """Where the side of relevance differs between two classes, otherwise than the signal's does."""
    paired = frame["class"].str.contains(" - ", regex=False)
    of_all = frame["subject"] == "all"
    frame = frame[paired & of_all & frame["metric"].isin(_SIDES)]
    if frame.empty:
        return ""
    frame = with_p(frame, KEYS)
    low, high = frame["ci_low"], frame["ci_high"]
    differs = (low > 0) | (high < 0)
    differs &= ~frame["signal"].between(low, high)
    regions = []
    for metric, words in _SIDES.items():
        tasks = []
        for task in ordered(frame["task"], TASKS):
            of_task = frame["task"] == task
            if not (of_task & (frame["metric"] == metric)).any():
                continue
            regimes = _regimes(frame[of_task & differs], metric) or "none"
            tasks.append(f"{label(task)} ({regimes})")
        regions.append(f"{words} electrodes: {'; '.join(tasks)}")
    return (
        " Side of |relevance| that differs between the two classes, and otherwise than that of "
        f"|signal|, {'; '.join(regions)}."
    )


def _regimes(frame, metric):
    """Names of the regimes that have rows of this metric."""
    of_metric = frame[frame["metric"] == metric]
    regimes = ordered(of_metric["regime"], REGIMES)
    return ", ".join(map(label, regimes))


def _tests(frame, single, n_regions):
    """Which shares differ from chance in tests over subjects, and where none could."""
    n_subjects = single.groupby("task", sort=False)["subject"].nunique()
    needed = subjects_needed(ALPHA / n_regions)
    tested, too_few = [], []
    for task in ordered(frame["task"], TASKS):
        n = int(n_subjects.get(task, 0))
        if n and smallest_p(n) * n_regions >= ALPHA:
            too_few.append(f"{label(task)} ({n} subjects; it takes {needed})")
            continue
        of_task = frame["task"] == task
        unlike = frame[of_task & (frame["p"] < ALPHA)]
        regions = [
            f"{_REGIONS[metric]}: {_regimes(unlike, metric)}"
            for metric in ordered(unlike["metric"], _REGIONS)
        ]
        tested.append(f"{label(task)} ({'; '.join(regions) or 'none'})")
    words = f"p < {ALPHA} after Holm's correction over {n_regions} regions"
    said = ""
    if tested:
        said += f" Shares unlike that of electrodes ({words}, in every seed): {'; '.join(tested)}."
    if too_few:
        said += f" Too few subjects for {words}: {'; '.join(too_few)}."
    return said
