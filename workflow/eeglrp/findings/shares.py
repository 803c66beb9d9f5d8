"""What the table of shares of relevance says."""

from eeglrp.figures.style import label
from eeglrp.figures.tables import default_method
from eeglrp.findings.common import Finding, cells, ends, grid, pooled, where_above

_REGIONS = {"share ocular_frontal": "ocular-frontal", "share central": "central"}


def share_finding(frame):
    """Ocular-frontal and central shares of relevance against the regions' size."""
    frame = frame[frame["class"] == "all"]
    frame = frame[frame["method"] == default_method(frame["method"])]
    method = label(default_method(frame["method"]))
    frame = pooled(frame, list(_REGIONS))
    if frame.empty:
        return None
    regimes, table = grid(frame)
    parts = [
        f"{words} electrodes: {where_above(frame[frame['metric'] == metric])}"
        for metric, words in _REGIONS.items()
    ]
    sentence = (
        f"Shares of |relevance| ({method}) larger than the region's share of electrodes, "
        f"{'; '.join(parts)}."
    )
    columns = ["task", "region", *map(label, regimes), "share of electrodes"]
    rows = [
        [(label(task), False), (_REGIONS[metric], False)]
        + [*cells(row, regimes), *ends(row.values(), "chance")]
        for (task, metric), row in table.items()
    ]
    return Finding("Eyes or brain", sentence, columns, rows)
