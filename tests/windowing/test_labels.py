import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.windowing.labels import parse_ratings, rating_rule

RATINGS = st.lists(st.integers(1, 9), min_size=1, max_size=30)


def test_ratings_are_read_from_annotations():
    assert parse_ratings("arousal=6.5 valence=3") == {
        "arousal": 6.5,
        "valence": 3.0,
    }
    assert parse_ratings("valence=-1.25") == {"valence": -1.25}
    assert parse_ratings("left") == {}


@settings(max_examples=25, deadline=None)
@given(ratings=RATINGS, threshold=st.sampled_from(["median", "tercile", 4.5]))
def test_a_higher_rating_never_gets_a_lower_class(ratings, threshold):
    rule = rating_rule(ratings, threshold)
    labels = [rule(rating) for rating in sorted(ratings)]
    kept = [label for label in labels if label is not None]
    assert kept == sorted(kept)


@settings(max_examples=25, deadline=None)
@given(ratings=RATINGS)
def test_the_median_rule_uses_all_ratings_and_is_the_fairest_cut(ratings):
    rule = rating_rule(ratings, "median")
    labels = [rule(rating) for rating in ratings]
    if len(set(ratings)) == 1:
        assert set(labels) == {None}
        return
    median = np.median(ratings)
    shares = [
        np.mean(np.array(ratings) > median),
        np.mean(np.array(ratings) >= median),
    ]
    assert None not in labels
    assert abs(np.mean(labels) - 0.5) == pytest.approx(
        min(abs(share - 0.5) for share in shares)
    )


def test_ties_at_the_median_go_to_the_smaller_side():
    assert [
        rating_rule([1, 5, 5, 5, 8, 8], "median")(r) for r in (1, 5, 8)
    ] == [0, 0, 1]
    assert [
        rating_rule([1, 1, 5, 5, 5, 8], "median")(r) for r in (1, 5, 8)
    ] == [0, 1, 1]


def test_terciles_leave_the_middle_out():
    rule = rating_rule(range(1, 10), "tercile")
    assert [rule(r) for r in range(1, 10)] == [
        0,
        0,
        0,
        None,
        None,
        None,
        1,
        1,
        1,
    ]
    rule = rating_rule([1, 5, 5, 5, 5, 9], "tercile")
    assert [rule(r) for r in (1, 5, 9)] == [0, None, 1]


def test_a_number_is_the_same_threshold_for_everyone():
    rule = rating_rule([7, 7], 5)
    assert [rule(r) for r in (4, 5, 5.5)] == [0, 0, 1]
