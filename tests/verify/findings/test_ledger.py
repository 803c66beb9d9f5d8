from eeglrp.tables import metric_frame
from eeglrp.verify.findings.ledger import ledger_finding

from ...table_rows import row


def test_ledger_gives_the_range_and_the_worst_closure():
    frame = metric_frame(
        [
            row(0.4, metric="share input", method="attn_lrp"),
            row(
                0.6, metric="share input", method="attn_lrp", regime="scratch"
            ),
            row(3e-6, metric="closure_error", method="attn_lrp"),
        ]
    )
    sentence = ledger_finding(frame).sentence
    assert "AttnLRP 0.40 to 0.60." in sentence
    assert "closes within 3e-06" in sentence
