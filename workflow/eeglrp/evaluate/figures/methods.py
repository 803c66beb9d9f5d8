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
CAPTION = """
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
    render(plot, select(tables), MISSING, pdf, png, tsv)


def select(tables):
    """Pooled scores of all tables, one metric a question: each seed, and the mean over seeds."""
    import pandas as pd

    found = [_scores(table, *SHOWN[Path(table).stem]) for table in tables]
    frame = pd.concat(
        [each for each in found if len(each)] or found[:1], ignore_index=True
    )
    keys = ["study", "task", "regime", "method", "subject", "metric"]
    mean = over_seeds(frame, keys)
    return (
        pd.concat([frame, mean.assign(seed="mean")], ignore_index=True)
        if len(frame)
        else frame
    )


def _scores(table, metrics, apart):
    frame = metric_table([table], extra=(apart,) if apart else ())
    frame = frame[(frame["subject"] == "all") & frame["metric"].isin(metrics)]
    if apart:
        frame = frame.assign(
            metric=frame["metric"] + " " + frame[apart].astype(str)
        )
    columns = [
        "study",
        "task",
        "regime",
        "seed",
        "method",
        "subject",
        "metric",
    ]
    return frame[[*columns, "value", "ci_low", "ci_high", "chance", "n"]]


def plot(frame):
    """Rows tasks, columns questions; methods from top to bottom, regimes side by side."""
    figure = localisation.plot(frame, _titles(frame["metric"]))
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
        own = [
            name
            for name in dict.fromkeys(metrics)
            if name.split(" ")[0] == kind
        ]
        for name in own:
            apart = name.removeprefix(kind).strip()
            titles[name] = (
                title.replace("(logits)", f"({apart}, logits)")
                if apart
                else title
            )
    return titles
