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
    of_all = frame["subject"] == "all"
    frame = frame[of_all & (frame["method"] == method)]
    by_metric = frame.groupby(["task", "regime", "metric"], sort=False)
    of_seeds = dict(iter(by_metric))
    regimes = ordered(frame["regime"], REGIMES)
    rows, locked = [], []
    for task in ordered(frame["task"], TASKS):
        cells = [_locking(of_seeds, task, regime) for regime in regimes]
        rows.append([(label(task), False), *cells])
        for regime, (_, in_every_seed) in zip(regimes, cells, strict=True):
            if in_every_seed:
                locked.append(f"{label(task)}, {label(regime)}")
    where = "; ".join(locked) if locked else "nowhere"
    sentence = (
        f"Relevance ({label(method)}) around the R-peak beyond its surrogates in every seed "
        f"(p < 0.05): {where}."
    )
    return Finding("Heartbeat", sentence, ["task", *map(label, regimes)], rows)


def _locking(of_seeds, task, regime):
    """Mean z, in how many seeds p < 0.05, latency of the peak; whether all seeds have it."""
    z = of_seeds.get((task, regime, "r_locked_z"))
    p = of_seeds.get((task, regime, "r_locked_p"))
    latency = of_seeds.get((task, regime, "peak_latency"))
    words, in_every_seed = [], False
    if z is not None:
        words.append(f"z = {z['value'].mean():.1f}")
    if p is not None:
        is_low = p["value"] < 0.05
        in_every_seed = bool(is_low.all())
        words.append(f"p < 0.05 in {is_low.sum()} of {len(p)}")
    if latency is not None:
        row = next(over_seeds(latency, KEYS).itertuples())
        words.append(f"peak {estimate(row, digits=0, factor=1000)} ms")
    return ", ".join(words), in_every_seed


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
        value=shown["p_field"],
        metric=shown["metric"].map(_CORRELATIONS),
        ci_low=float("nan"),
        ci_high=float("nan"),
        chance=float("nan"),
    )
    return pd.concat([shown, p], ignore_index=True)
