"""What the tables on relevance and the heart say, and what the report shows of them."""

from eeglrp.findings import KEYS, Finding, estimate
from eeglrp.labels import REGIMES, TASKS, label, ordered
from eeglrp.tables import default_method, over_seeds

#: Correlations with the magnitude of a field, and the name of their p against random moments.
_CORRELATIONS = {
    "correlation evoked": "p, evoked",
    "correlation pattern": "p, pattern",
}


def r_peak_finding(frame):
    """Locking of the default method's relevance to the R-peak."""
    method = default_method(frame["method"])
    frame = frame[(frame["subject"] == "all") & (frame["method"] == method)]
    wide = {
        key: group
        for key, group in frame.groupby(
            ["task", "regime", "metric"], sort=False
        )
    }
    regimes, tasks = (
        ordered(frame["regime"], REGIMES),
        ordered(frame["task"], TASKS),
    )
    rows, locked = [], []
    for task in tasks:
        cells = [_locking(wide, task, regime) for regime in regimes]
        rows.append([(label(task), False), *cells])
        locked += [
            f"{label(task)}, {label(name)}"
            for name, cell in zip(regimes, cells, strict=True)
            if cell[1]
        ]
    where = "; ".join(locked) if locked else "nowhere"
    sentence = (
        f"Relevance ({label(method)}) around the R-peak beyond its surrogates in every seed "
        f"(p < 0.05): {where}."
    )
    return Finding("Heartbeat", sentence, ["task", *map(label, regimes)], rows)


def _locking(wide, task, regime):
    """Mean z, in how many seeds p < 0.05, latency of the peak; whether all seeds have it."""
    z = wide.get((task, regime, "r_locked_z"))
    p = wide.get((task, regime, "r_locked_p"))
    latency = wide.get((task, regime, "peak_latency"))
    words = [f"z = {z['value'].mean():.1f}"] if z is not None else []
    if p is not None:
        words.append(f"p < 0.05 in {(p['value'] < 0.05).sum()} of {len(p)}")
    if latency is not None:
        row = next(over_seeds(latency, KEYS).itertuples())
        words.append(f"peak {estimate(row, digits=0, factor=1000)} ms")
    return ", ".join(words), p is not None and bool((p["value"] < 0.05).all())


def at_the_r_peak(frame):
    """Correlations at the R-peak itself, each followed by its p, which becomes a metric.

    Parameters
    ----------
    frame : DataFrame
        The table `cardiac_field`.
    """
    import pandas as pd

    shown = frame[(frame["lag"] == 0) & frame["metric"].isin(_CORRELATIONS)]
    p = shown.assign(
        value=shown["p_field"], metric=shown["metric"].map(_CORRELATIONS)
    )
    p = p.assign(
        ci_low=float("nan"), ci_high=float("nan"), chance=float("nan")
    )
    return pd.concat([shown, p], ignore_index=True)
