import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.files import read_table
from eeglrp.store import write_windows
from eeglrp.training.splits import make_splits, split_task

CLASSES = ("left", "right")


def timelines(n_subjects, n_recordings, n_windows, length, rng):
    """Windows that overlap at random, in random order."""
    rows = []
    for subject in range(n_subjects):
        for recording in range(n_recordings):
            onsets = np.sort(rng.uniform(0, 1.2 * n_windows, n_windows))
            name = f"{subject:02d}/r{recording}"
            rows += [
                (
                    f"{name}/{i:05d}",
                    f"{subject:02d}",
                    f"r{recording}",
                    onset,
                    length,
                    i % 2,
                )
                for i, onset in enumerate(onsets)
            ]
    columns = ["sample", "subject", "recording", "onset", "length", "label"]
    return pd.DataFrame(rows, columns=columns).sample(
        frac=1, random_state=int(rng.integers(99))
    )


def setting(by, folds=5, validation=1, test=1, gap=1.0):
    return {
        "by": by,
        "folds": folds,
        "validation_folds": validation,
        "test_folds": test,
        "gap": gap,
        "test": [],
        "validation": [],
    }


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    n_subjects=st.integers(5, 12),
    test=st.integers(1, 2),
    validation=st.integers(1, 2),
    seed=st.integers(0, 1000),
)
def test_by_subject_nobody_is_in_two_splits(
    n_subjects, test, validation, seed
):
    samples = timelines(n_subjects, 2, 6, 1.0, np.random.default_rng(seed))
    table = make_splits(
        samples, setting("subject", 5, validation, test), CLASSES, seed, "task"
    )
    assert sorted(table["sample"]) == sorted(samples["sample"])
    assert table.groupby("subject")["split"].nunique().max() == 1
    folds = table.groupby("subject")["fold"].first()
    # Folds differ by one subject at most, and the last of them test.
    sizes = folds.value_counts()
    assert sizes.max() - sizes.min() <= 1
    assert set(table.loc[table["split"] == "test", "fold"]) == set(
        range(5 - test, 5)
    )
    assert table["split"].nunique() == 3


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    n_recordings=st.integers(1, 3),
    length=st.floats(0.5, 4.0),
    gap=st.floats(0.0, 3.0),
    seed=st.integers(0, 1000),
)
def test_by_block_windows_of_two_splits_neither_overlap_nor_come_near(
    n_recordings, length, gap, seed
):
    rng = np.random.default_rng(seed)
    samples = timelines(3, n_recordings, 60, length, rng)
    split = setting("block", 5, 1, 2, gap)
    table = make_splits(samples, split, CLASSES, seed, "task")
    assert table["sample"].is_unique
    merged = table.merge(samples, on="sample")
    for _, rows in merged.groupby(["subject_x", "recording"]):
        onset, name = rows["onset"].to_numpy(), rows["split"].to_numpy()
        away = np.abs(onset[:, None] - onset) - length
        assert (away[name[:, None] != name] >= gap - 1e-9).all()
    # Every subject trains and tests, and time runs from training to test.
    assert (table.groupby("subject")["split"].nunique() == 3).all()
    assert len(table) > len(samples) / 2


@settings(deadline=None, max_examples=15)
@given(
    n=st.integers(10, 40), folds=st.integers(3, 6), seed=st.integers(0, 1000)
)
def test_at_random_every_subject_is_in_every_fold_and_no_window_is_lost(
    n, folds, seed
):
    samples = timelines(3, 1, n, 1.0, np.random.default_rng(seed))
    split = setting("random", folds, gap=99.0)
    table = make_splits(samples, split, (), seed, "task")
    assert sorted(table["sample"]) == sorted(samples["sample"])
    sizes = table.groupby(["subject", "fold"]).size()
    assert len(sizes) == 3 * folds
    assert sizes.max() - sizes.min() <= 1
    pd.testing.assert_frame_equal(
        table, make_splits(samples, split, (), seed, "task")
    )


def test_at_random_neighbours_stand_on_both_sides():
    samples = timelines(4, 1, 100, 1.0, np.random.default_rng(0))
    changes = {}
    for by in ("block", "random"):
        table = make_splits(samples, setting(by, gap=0.0), CLASSES, 0, "task")
        folds = [
            rows["fold"].to_numpy() for _, rows in table.groupby("subject")
        ]
        changes[by] = [np.mean(fold[1:] != fold[:-1]) for fold in folds]
    assert max(changes["block"]) < 0.1
    assert min(changes["random"]) > 0.6


def test_without_overlap_and_gap_no_window_is_lost():
    samples = timelines(2, 1, 40, 0.0, np.random.default_rng(0))
    table = make_splits(samples, setting("block", gap=0.0), CLASSES, 0, "task")
    assert len(table) == len(samples)
    assert set(table.groupby(["subject", "fold"]).size()) == {8}


def test_the_seed_decides_who_tests():
    samples = timelines(10, 1, 4, 1.0, np.random.default_rng(0))
    tables = [
        make_splits(samples, setting("subject"), CLASSES, seed, "t")
        for seed in (0, 0, 1)
    ]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    who = [
        set(table.loc[table["split"] == "test", "subject"]) for table in tables
    ]
    assert who[0] != who[2]


def test_too_few_subjects_are_refused():
    samples = timelines(4, 1, 4, 1.0, np.random.default_rng(0))
    with pytest.raises(
        InputError,
        match=r"tasks\.mi\.split\.folds: 4 subjects .* split by: block",
    ):
        make_splits(samples, setting("subject"), CLASSES, 0, "mi")


def test_a_subject_with_fewer_windows_than_folds_is_named():
    samples = timelines(2, 1, 10, 1.0, np.random.default_rng(0))
    samples = samples[
        (samples["subject"] == "00") | (samples["sample"].str[-5:] < "00003")
    ]
    with pytest.raises(
        InputError, match="subject 01 has 3 windows for 5 folds"
    ):
        make_splits(samples, setting("block"), CLASSES, 0, "mi")


def test_an_empty_class_is_named_with_task_split_and_remedy():
    samples = timelines(5, 1, 10, 1.0, np.random.default_rng(0))
    complete = make_splits(samples, setting("subject"), CLASSES, 0, "mi")
    subject = complete.loc[complete["split"] == "validation", "subject"].iloc[
        0
    ]
    samples = samples[
        (samples["subject"] != subject) | (samples["label"] == 0)
    ]
    message = r"task mi, split validation: has no window of class right\. Remedy: use more subjects"
    with pytest.raises(InputError, match=message):
        make_splits(samples, setting("subject"), CLASSES, 0, "mi")


def write_store(path, subject, n):
    write_windows(
        path,
        np.ones((n, 1, 200)),
        np.arange(n) % 2,
        channels=["CZ"],
        sampling_rate=200.0,
        samples=[f"{subject}/r/{i:05d}" for i in range(n)],
        subject=[subject] * n,
        recording=["r"] * n,
        onset=np.arange(n) * 3.0,
    )
    return path


@pytest.mark.slow
def test_stores_become_a_table_and_subjects_without_windows_are_ignored(
    tmp_path,
):
    sizes = {"01": 4, "02": 0, "03": 6, "04": 4}
    paths = [
        write_store(tmp_path / f"{s}.zarr.zip", s, n) for s, n in sizes.items()
    ]
    split_task(
        paths,
        "mi",
        setting("subject", folds=3),
        CLASSES,
        0,
        tmp_path / "splits.tsv",
    )
    table = read_table(
        tmp_path / "splits.tsv", ("sample", "subject", "split", "fold")
    )
    assert set(table["subject"]) == {"01", "03", "04"}
    assert len(table) == 14


def test_no_window_at_all_is_refused(tmp_path):
    paths = [write_store(tmp_path / "01.zarr.zip", "01", 0)]
    with pytest.raises(InputError, match="no subject has a window"):
        split_task(
            paths,
            "mi",
            setting("subject"),
            CLASSES,
            0,
            tmp_path / "splits.tsv",
        )
    assert not (tmp_path / "splits.tsv").exists()


def test_named_subjects_test_and_validate():
    samples = timelines(6, 1, 8, 1.0, np.random.default_rng(0))
    named = setting("subject") | {
        "test": ["03", "absent"],
        "validation": ["01", "05"],
    }
    table = make_splits(samples, named, CLASSES, 1, "motor_imagery")
    found = table.groupby("subject")["split"].unique().str[0].to_dict()
    assert {name for name, split in found.items() if split == "test"} == {"03"}
    assert {
        name for name, split in found.items() if split == "validation"
    } == {"01", "05"}
    assert len(table) == len(samples)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"test": ["03"], "validation": ["03"]}, "03 validates too"),
        ({"test": ["S03"]}, "none of these subjects has windows"),
    ],
)
def test_wrongly_named_subjects_are_refused(named, words):
    samples = timelines(6, 1, 8, 1.0, np.random.default_rng(0))
    with pytest.raises(InputError, match=words):
        make_splits(
            samples, setting("subject") | named, CLASSES, 1, "motor_imagery"
        )
