"""Attribution methods beside each other: truth, faithfulness, stability, cost.

One column a question, from the tables of localisation, faithfulness, sanity and cost. What a study
did not measure is left out.
"""

from pathlib import Path

from eeglrp.drawing import render
from eeglrp.evaluate.figures import localisation
from eeglrp.tables import metric_table, over_seeds

#: Table -> metrics shown, and the column that tells several of one name apart.
SHOWN = {
    "localisation": (("auc", "rma"), None),
    "faithfulness": (("srg",), "occluder"),
    "sanity": (("max_sensitivity",), None),
    "cost": (("gradients",), None),
}
CAPTION = """\
Attribution methods beside each other: how well they find the planted source
(AUC and the share of positive relevance on it; bars are what chance gives),
how much more the score falls when what they call most relevant is hidden first
than when it is hidden last (SRG, beside random orders), how much their maps
change under noise of 5 % that leaves the decision as it is, and their time as
a multiple of input × gradient in the same study.

Dots are means over seeds with 95 % intervals over subjects, ticks are single
seeds. SRG compares methods on one model, not models. A column that is absent
was not measured.
"""
TABLES = tuple(f"metrics/{name}.tsv" for name in SHOWN)
TITLES = {
    "auc": "truth found:\nAUC, signed",
    "rma": "truth found:\nmass accuracy",
    "srg": "faithful: SRG\n(logits)",
    "max_sensitivity": "noise changes\nthe map by",
    "gradients": "time over\ninput × grad.",
}
MISSING = (
    "No scores of methods: nothing of localisation, faithfulness, sanity "
    "or cost was measured."
)


def draw(tables, pdf, png, tsv):
    """Draw the figure from the tables named in `TABLES`."""
    frame = select(tables)
    render(plot, frame, MISSING, pdf, png, tsv)


def select(tables):
    """Pooled scores of all tables, one metric a question: each seed, and the mean over seeds."""
    import pandas as pd

    scores = []
    for table in tables:
        metrics, apart = SHOWN[Path(table).stem]
        scores.append(_scores(table, metrics, apart))
    filled = [rows for rows in scores if len(rows)]
    frame = pd.concat(filled or scores[:1], ignore_index=True)
    keys = ["study", "task", "regime", "method", "subject", "metric"]
    mean = over_seeds(frame, keys).assign(seed="mean")
    if frame.empty:
        return frame
    return pd.concat([frame, mean], ignore_index=True)


def _scores(table, metrics, apart):
    extra = (apart,) if apart else ()
    frame = metric_table([table], extra=extra)
    is_pooled = frame["subject"] == "all"
    is_shown = frame["metric"].isin(metrics)
    frame = frame[is_pooled & is_shown]
    if apart:
        names = frame["metric"] + " " + frame[apart].astype(str)
        frame = frame.assign(metric=names)
    columns = [
        "study",
        "task",
        "regime",
        "seed",
        "method",
        "subject",
        "metric",
        "value",
        "ci_low",
        "ci_high",
        "chance",
        "n",
    ]
    return frame[columns]


def plot(frame):
    """Rows tasks, columns questions; methods from top to bottom, regimes side by side."""
    titles = _titles(frame["metric"])
    figure = localisation.plot(frame, titles)
    for axis in figure.axes:
        if axis.get_title() == TITLES["gradients"]:
            axis.set_xscale("log")
            axis.set_xlim(0.5, 2 * axis.dataLim.xmax)
            axis.xaxis.set_major_formatter("{x:g}")
            axis.xaxis.set_minor_formatter(lambda *_: "")
    return figure


def _titles(metrics):
    """A heading for each metric; several of one kind carry what tells them apart."""
    titles = {}
    for kind, title in TITLES.items():
        for name in dict.fromkeys(metrics):
            if name.split(" ")[0] != kind:
                continue
            apart = name.removeprefix(kind).strip()
            titles[name] = title
            if apart:
                unit = f"({apart}, logits)"
                titles[name] = title.replace("(logits)", unit)
    return titles
