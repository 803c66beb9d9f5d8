"""Rows of a study's tables that the page draws."""

from pathlib import Path

from eeglrp.files import read_table

#: Tables that compare methods, in the order in which they are offered.
METHOD_TABLES = (
    "localisation",
    "faithfulness",
    "sanity",
    "complexity",
    "agreement",
    "stability",
    "guide",
    "conservation",
    "cost",
)
#: All that the page reads.
EXPLORED_TABLES = (*METHOD_TABLES, "shares")
_SHOWN = ("task", "regime", "seed", "method", "metric")
_NUMBERS = ("value", "ci_low", "ci_high", "chance", "n")
#: What tells apart rows of the same metric.
_MORE = ("occluder", "depth", "unit", "level", "against", "against_seed")
_BANDS = ("delta", "theta", "alpha", "beta", "gamma")


def method_rows(paths):
    """Rows over all subjects of the tables that compare methods.

    Parameters
    ----------
    paths : sequence of Path
        Any tables of the study; others are left out.

    Returns
    -------
    dict of str to dict
        Columns by name, of each table.
    """
    files = {Path(path).stem: path for path in paths}
    tables = {}
    for name in METHOD_TABLES:
        if name not in files:
            continue
        frame = read_table(files[name], (*_SHOWN, *_NUMBERS, "subject"))
        frame = frame[frame["subject"].isin(["all", ""])]
        more = [column for column in _MORE if column in frame]
        frame = frame[[*_SHOWN, *more, *_NUMBERS]].dropna(subset="value")
        if len(frame):
            frame = frame.astype(object).where(frame.notna(), None)
            tables[name] = frame.to_dict("list")
    return tables


def band_rows(path, model):
    """Shares of the bands of one model and method, of every subject and class.

    Parameters
    ----------
    path : Path or None
        The table `shares`.
    model : dict
        `task`, `regime`, `seed`, `method` and `tested`.

    Returns
    -------
    list of dict
    """
    if path is None or model["tested"] != model["task"]:
        return []
    frame = read_table(path)
    metrics = {f"share {band}": band for band in _BANDS}
    rows = frame["metric"].isin(metrics)
    for name in ("task", "regime", "seed", "method"):
        rows &= frame[name].astype(str) == str(model[name])
    columns = ["subject", "class", "value", "ci_low", "ci_high", "chance", "n"]
    chosen = frame.loc[rows, columns]
    chosen = chosen.assign(band=frame.loc[rows, "metric"].map(metrics))
    chosen = chosen.astype(object).where(chosen.notna(), None)
    return chosen.to_dict("records")
