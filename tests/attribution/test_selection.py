import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.attribution.selection import choose_windows, windows_at_once


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=60),
    st.one_of(st.none(), st.integers(1, 20)),
)
def test_at_most_so_many_of_each_subject_evenly_over_classes(windows, most):
    subject = np.array([name for name, _ in windows], dtype="<U1")
    label = np.array([number for _, number in windows], int)
    chosen = choose_windows(subject, label, most, seed=3)
    assert np.array_equal(chosen, np.unique(chosen))
    for name in np.unique(subject):
        own = label[chosen][subject[chosen] == name]
        assert len(own) == min(most or len(label), (subject == name).sum())
        for one in np.unique(label[subject == name]):
            # A class gives less than another only if it has no more.
            given_, there = (
                (own == one).sum(),
                (label[subject == name] == one).sum(),
            )
            assert given_ == there or given_ >= np.bincount(own).max() - 1


def test_the_choice_depends_on_the_seed_alone():
    subject, label = np.repeat(["a", "b"], 50), np.tile([0, 1], 50)
    first = choose_windows(subject, label, 10, seed=1)
    assert np.array_equal(first, choose_windows(subject, label, 10, seed=1))
    assert not np.array_equal(
        first, choose_windows(subject, label, 10, seed=2)
    )


def test_batches_shrink_with_the_number_of_tokens():
    base = {"layers": 12, "heads": 10}
    assert windows_at_once(base, 20, 32, "cpu") == 32
    assert 4 <= windows_at_once(base, 257, 32, "cpu") <= 16
    assert windows_at_once(base, 257, 2, "cpu") == 2
    assert windows_at_once(base, 10_000, 32, "cpu") == 1
