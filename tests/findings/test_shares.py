from eeglrp.findings.shares import share_finding
from eeglrp.metrics import metric_frame

from .rows import row, texts


def test_share_compares_with_the_size_of_the_region():
    frame = metric_frame(
        [
            row(0.4, metric="share ocular_frontal", method="attn_lrp", chance=0.2),
            row(0.1, metric="share central", method="attn_lrp", chance=0.2),
            row(0.9, metric="share central", method="cp_lrp", chance=0.2),
            row(0.9, metric="share central", method="attn_lrp", chance=0.2),
        ]
    ).assign(**{"class": ["all", "all", "all", "high"]})
    finding = share_finding(frame)
    assert "ocular-frontal electrodes: Arousal (fine-tuned)" in finding.sentence
    assert "central electrodes: Arousal (none)" in finding.sentence
    assert texts(finding)[1] == ["Arousal", "central", "0.10 [0.05, 0.15]", "0.20"]
