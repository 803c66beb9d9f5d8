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
    return frame[
        (frame["class"] == "all")
        & frame["metric"].str.fullmatch(PREFIX + r"\S+")
    ]


def share_finding(frame):
    """Ocular-frontal and central shares of relevance against the regions' size and signal."""
    frame = frame[frame["method"] == default_method(frame["method"])]
    single, method = (
        frame[frame["subject"] != "all"],
        label(default_method(frame["method"])),
    )
    whole = frame[(frame["subject"] == "all") & (frame["class"] == "all")]
    regions = whole[whole["metric"].isin(_REGIONS)]
    if regions.empty:
        return None
    n_regions = len(set(shares_view(whole)["metric"]) - set(NAMES))
    regions = with_p(regions, KEYS)
    parts = [
        f"{words} electrodes: {where_above(_beyond(regions[regions['metric'] == metric]))}"
        for metric, words in _REGIONS.items()
    ]
    sentence = (
        f"Shares of |relevance| ({method}) larger than the region's share of electrodes and of "
        f"|signal|, {'; '.join(parts)}."
    )
    sentence += (
        _bands(whole) + _sides(frame) + _tests(regions, single, n_regions)
    )
    return Finding(
        "Eyes or brain", sentence + few_subjects(single), *_table(regions)
    )


def _beyond(frame):
    """Rows whose `chance` is the larger of chance and the signal's own share."""
    return frame.assign(chance=frame[["chance", "signal"]].max(axis=1))


def _table(frame):
    regimes, table = grid(frame)
    beyond = grid(_beyond(frame))[1]
    columns = [
        "task",
        "region",
        *map(label, regimes),
        "share of electrodes",
        "share of |signal|",
    ]
    rows = [
        [(label(task), False), (_REGIONS[metric], False)]
        + [
            *cells(beyond[task, metric], regimes),
            *ends(row.values(), "chance"),
        ]
        + [_signal(row.values())]
        for (task, metric), row in table.items()
    ]
    return columns, rows


def _signal(rows):
    known = [row.signal for row in rows if row.signal == row.signal]
    return (f"{sum(known) / len(known):.2f}" if known else "", False)


def _bands(frame):
    frame = frame[frame["metric"].isin(_BANDS)]
    if frame.empty:
        return ""
    frame = with_p(frame, KEYS)
    parts = []
    for task in ordered(frame["task"], TASKS):
        own = frame[
            (frame["task"] == task) & (frame["ci_low"] > frame["chance"])
        ]
        found = [
            f"{metric.removeprefix(PREFIX)}: {_regimes(own[own['metric'] == metric])}"
            for metric in ordered(own["metric"], _BANDS)
        ]
        parts.append(f"{label(task)} ({'; '.join(found) or 'none'})")
    return f" Net relevance of bands above that of white noise times signal: {'; '.join(parts)}."


def _sides(frame):
    """Where the side of relevance differs between two classes, otherwise than the signal's does."""
    paired = frame["class"].str.contains(" - ", regex=False) & (
        frame["subject"] == "all"
    )
    frame = frame[paired & frame["metric"].isin(_SIDES)]
    if frame.empty:
        return ""
    frame, parts = with_p(frame, KEYS), []
    outside = (frame["ci_low"] > 0) | (frame["ci_high"] < 0)
    outside &= ~frame["signal"].between(frame["ci_low"], frame["ci_high"])
    for metric, words in _SIDES.items():
        own = [
            f"{label(task)} ({_regimes(here[outside[here.index]]) or 'none'})"
            for task in ordered(frame["task"], TASKS)
            if len(
                here := frame[
                    (frame["task"] == task) & (frame["metric"] == metric)
                ]
            )
        ]
        parts.append(f"{words} electrodes: {'; '.join(own)}")
    return (
        " Side of |relevance| that differs between the two classes, and otherwise than that of "
        f"|signal|, {'; '.join(parts)}."
    )


def _regimes(frame):
    return ", ".join(map(label, ordered(frame["regime"], REGIMES)))


def _tests(frame, single, n_regions):
    """Which shares differ from chance in tests over subjects, and where none could."""
    subjects = single.groupby("task", sort=False)["subject"].nunique()
    needed, parts, beyond = subjects_needed(ALPHA / n_regions), [], []
    for task in ordered(frame["task"], TASKS):
        n = int(subjects.get(task, 0))
        if n and smallest_p(n) * n_regions >= ALPHA:
            beyond.append(f"{label(task)} ({n} subjects; it takes {needed})")
            continue
        own = frame[(frame["task"] == task) & (frame["p"] < ALPHA)]
        found = [
            f"{_REGIONS[metric]}: {_regimes(own[own['metric'] == metric])}"
            for metric in ordered(own["metric"], _REGIONS)
        ]
        parts.append(f"{label(task)} ({'; '.join(found) or 'none'})")
    words = f"p < {ALPHA} after Holm's correction over {n_regions} regions"
    said = (
        f" Shares unlike that of electrodes ({words}, in every seed): "
        if parts
        else ""
    )
    said += "; ".join(parts) + "." * bool(parts)
    return said + (
        f" Too few subjects for {words}: {'; '.join(beyond)}."
        if beyond
        else ""
    )
