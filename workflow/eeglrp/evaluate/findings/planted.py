"""What the table of psychometric curves says: how strong a planted field must be."""

from eeglrp.findings import Finding, estimate
from eeglrp.labels import METHODS, REGIMES, YARDSTICKS, label, ordered

_MEASURES = {"balanced_accuracy": "decoding", "auc": "AUC"}
_KEYS = ["curve", "metric", "regime", "method"]
_ORDERS = ((), _MEASURES, REGIMES, METHODS)


def thresholds_view(frame):
    """Rows of onset and threshold alone, with the curve in the task's place."""
    frame = frame[frame["metric"].str.endswith((" onset", " threshold"))]
    return frame.assign(task=frame["curve"])


def psychometric_finding(frame):
    """Amplitudes at which models decode and methods find a planted field, and which never do."""
    frame = frame[frame["subject"] == "all"].fillna({"method": ""})
    found = {
        (r.curve, r.metric, r.regime, r.method): r for r in frame.itertuples()
    }
    known, open_ended, never, rows = [], [], [], []
    for curve, metric, regime, method in _curves(frame):
        onset, half = (
            found.get((curve, f"{metric} {end}", regime, method))
            for end in ("onset", "threshold")
        )
        who = " of ".join(label(name) for name in (method, regime) if name)
        size = estimate(half) if half else ""
        if method not in YARDSTICKS:
            known += [f"{_MEASURES[metric]}, {who} {size}"] if half else []
            open_ended += (
                [f"{_MEASURES[metric]}, {who}"] if onset and not half else []
            )
            never += [f"{_MEASURES[metric]}, {who}"] if not onset else []
        texts = (
            curve,
            _MEASURES[metric],
            who,
            f"{onset.value:g}" if onset else "never",
            size,
        )
        rows.append([(text, False) for text in texts])
    if not rows:
        return None
    sentence = (
        "Amplitude of a planted field, in µV at the strongest electrode, half-way "
        f"between chance and ceiling: {'; '.join(known) or 'none'}. "
        "Above chance, but without such a point within the amplitudes: "
        f"{'; '.join(open_ended) or 'none'}. "
        f"Not above chance up to the largest amplitude: {'; '.join(never) or 'none'}."
    )
    columns = [
        "field",
        "measure",
        "of",
        "above chance from (µV)",
        "half-way (µV)",
    ]
    return Finding("How strong a signal must be", sentence, columns, rows)


def _curves(frame):
    """Keys of every curve, in their usual order."""
    points = frame[frame["metric"].isin(_MEASURES)]
    orders = [
        ordered(points[key], names)
        for key, names in zip(_KEYS, _ORDERS, strict=True)
    ]
    present = set(points[_KEYS].itertuples(index=False, name=None))
    return sorted(
        present,
        key=lambda k: [o.index(v) for o, v in zip(orders, k, strict=True)],
    )
