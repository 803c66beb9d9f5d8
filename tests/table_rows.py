"""Rows of metric tables, and what a finding's cells say."""

from eeglrp.tables import metric_row


def row(value, spread=0.05, **fields):
    common = {
        "task": "arousal",
        "regime": "finetuned",
        "seed": "0",
        "subject": "all",
    }
    ends = {"ci_low": value - spread, "ci_high": value + spread}
    return metric_row(
        **common | ends | {"value": value, "chance": 0.5, "n": 120} | fields
    )


def texts(finding):
    return [[cell[0] for cell in cells] for cells in finding.rows]
