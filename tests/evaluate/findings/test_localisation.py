from eeglrp.evaluate.findings.localisation import localisation_finding
from eeglrp.tables import metric_frame

from ...table_rows import row


def test_localisation_counts_the_models_that_beat_the_signal():
    values = {"attn_lrp": 0.8, "cp_lrp": 0.61, "signal": 0.6, "random": 0.5}
    frame = metric_frame(
        [row(v, metric="auc", method=name) for name, v in values.items()]
    )
    finding = localisation_finding(frame)
    assert finding.columns[2:] == [
        "AttnLRP",
        "CP-LRP",
        "|signal|",
        "random",
        "chance",
    ]
    assert finding.sentence.endswith("AttnLRP 1 of 1; CP-LRP 0 of 1.")
    assert len(finding.rows) == 1
