import pandas as pd
import pytest

from eeglrp.verdict.answers import NOT_SUPPORTED, SUPPORTED, UNDECIDED
from eeglrp.verdict.clusters import answer_clusters


def shares(*values):
    return pd.DataFrame({"value": values, "n": 96})


@pytest.mark.parametrize(
    ("whole", "cleaned", "exists", "vanishes"),
    [
        ([0.4], [0.0], SUPPORTED, SUPPORTED),
        ([0.4], [0.3], SUPPORTED, NOT_SUPPORTED),
        ([0.0], [0.0], NOT_SUPPORTED, UNDECIDED),
        ([0.4, 0.0], [0.0, 0.0], UNDECIDED, UNDECIDED),
        ([0.4, 0.2], [0.1, 0.0], SUPPORTED, UNDECIDED),
        ([0.4, 0.2], [0.0, 0.0], SUPPORTED, SUPPORTED),
    ],
)
def test_ocular_clusters_exist_and_vanish(whole, cleaned, exists, vanishes):
    assert answer_clusters(shares(*whole), None).finding == exists
    assert (
        answer_clusters(shares(*whole), shares(*cleaned)).finding == vanishes
    )


def test_the_shares_are_told():
    one = answer_clusters(shares(0.4, 0.2), shares(0.1, 0.0))
    assert (one.value, one.reference, one.n) == (
        pytest.approx(0.3),
        pytest.approx(0.05),
        96,
    )
