import pytest

from eeglrp.questions import findings
from eeglrp.tables import metric_frame

from .table_rows import row


@pytest.mark.parametrize(
    "name",
    [
        "decoding",
        "comparisons",
        "r_peak",
        "shares",
        "localisation",
        "conservation",
    ],
)
def test_tables_without_rows_give_no_finding(name):
    assert findings({name: metric_frame([], extra=("class", "against"))}) == []


def test_findings_come_in_the_order_of_the_questions():
    decoding = metric_frame([row(0.7, metric="balanced_accuracy")])
    ledger = metric_frame([row(0.7, metric="share input", method="cp_lrp")])
    found = findings({"conservation": ledger, "decoding": decoding})
    assert [finding.heading for finding in found] == ["Decoding", "Ledger"]
