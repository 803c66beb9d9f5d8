import numpy as np
import pandas as pd
import pytest

from eeglrp.files import write_table
from eeglrp.verify import fields

FIELDS = {
    "a": np.array([1.0, 0.0]),
    "b": np.array([3.0, 2.0]),
    "c": np.array([5.0, 7.0]),
    "all": np.array([3.0, 3.0]),
}


def test_where_subjects_rotate_each_is_held_against_the_others():
    found = fields.of_unit(FIELDS, "a", True)
    np.testing.assert_allclose(found, [4.0, 4.5])
    np.testing.assert_allclose(fields.of_unit(FIELDS, "all", True), [3, 3])


def test_in_one_split_a_subject_has_its_own_or_that_of_all():
    np.testing.assert_allclose(fields.of_unit(FIELDS, "b", False), [3, 2])
    np.testing.assert_allclose(fields.of_unit(FIELDS, "new", False), [3, 3])


def test_a_single_subject_has_no_others():
    alone = {"a": FIELDS["a"], "all": FIELDS["a"]}
    assert fields.of_unit(alone, "a", True) is None


@pytest.mark.parametrize(
    ("folds", "rotating"),
    [
        # Every subject tests in one fold, and trains in the other.
        (
            [
                ("a", "test", 0),
                ("b", "train", 0),
                ("a", "train", 1),
                ("b", "test", 1),
            ],
            True,
        ),
        # One split with named subjects.
        ([("a", "test", 0), ("b", "train", 0)], False),
        # Blocks of time: every subject tests in every fold.
        (
            [
                ("a", "test", 0),
                ("a", "train", 0),
                ("a", "train", 1),
                ("a", "test", 1),
            ],
            False,
        ),
    ],
)
def test_the_table_of_splits_says_whether_subjects_rotate(
    folds, rotating, tmp_path
):
    path = tmp_path / "splits.tsv"
    write_table(
        pd.DataFrame(folds, columns=["subject", "split", "fold"]), path
    )
    assert fields._rotates(path) is rotating
