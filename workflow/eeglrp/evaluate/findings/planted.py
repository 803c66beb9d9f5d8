"""What the table of psychometric curves says: how strong a planted field must be."""

from eeglrp.findings import Finding, estimate
from eeglrp.labels import METHODS, REGIMES, YARDSTICKS, label, ordered

_MEASURES = {"balanced_accuracy": "decoding", "auc": "AUC"}
_KEYS = ["curve", "metric", "regime", "method"]
_ORDERS = ((), _MEASURES, REGIMES, METHODS)


def thresholds_view(frame):
    """Rows of onset and threshold alone, with the curve in the task's place."""
    is_end = frame["metric"].str.endswith((" onset", " threshold"))
    ends = frame[is_end]
    return ends.assign(task=ends["curve"])


def psychometric_finding(frame):
    """Amplitudes at which models decode and methods find a planted field, and which never do."""
    frame = frame[frame["subject"] == "all"].fillna({"method": ""})
    by_key = {
        (row.curve, row.metric, row.regime, row.method): row
        for row in frame.itertuples()
    }
    known = []
    open_ended = []
    never = []
    rows = []
    for curve, metric, regime, method in _curves(frame):
        onset = by_key.get((curve, f"{metric} onset", regime, method))
        half = by_key.get((curve, f"{metric} threshold", regime, method))
        measure = _MEASURES[metric]
        who = " of ".join(label(name) for name in (method, regime) if name)
        start = f"{onset.value:g}" if onset else "never"
        size = estimate(half) if half else ""
        texts = (curve, measure, who, start, size)
        rows.append([(text, False) for text in texts])
        if method in YARDSTICKS:
            continue
        if half:
            known.append(f"{measure}, {who} {size}")
        elif onset:
            open_ended.append(f"{measure}, {who}")
        if not onset:
            never.append(f"{measure}, {who}")
    if not rows:
        return None
    sentence = _sentence(known, open_ended, never)
    columns = [
        "field",
        "measure",
        "of",
        "above chance from (µV)",
        "half-way (µV)",
    ]
    return Finding("How strong a signal must be", sentence, columns, rows)


def _sentence(known, open_ended, never):
    return (
        "Amplitude of a planted field, in µV at the strongest electrode, half-way "
        f"between chance and ceiling: {'; '.join(known) or 'none'}. "
        "Above chance, but without such a point within the amplitudes: "
        f"{'; '.join(open_ended) or 'none'}. "
        f"Not above chance up to the largest amplitude: {'; '.join(never) or 'none'}."
    )


def _curves(frame):
    """Keys of every curve, in their usual order."""
    points = frame[frame["metric"].isin(_MEASURES)]
    orders = []
    for key, names in zip(_KEYS, _ORDERS, strict=True):
        orders.append(ordered(points[key], names))

    def place(names):
        return [
            order.index(name)
            for order, name in zip(orders, names, strict=True)
        ]

    present = set(points[_KEYS].itertuples(index=False, name=None))
    return sorted(present, key=place)
