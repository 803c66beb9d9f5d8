import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.files import read_table
from eeglrp.store import write_windows
from eeglrp.training.splits import COLUMNS, make_splits, split_task

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


def setting(by, folds=5, validation=1, gap=1.0):
    return {
        "by": by,
        "folds": folds,
        "validation_folds": validation,
        "gap": gap,
        "test": [],
        "validation": [],
        "train": [],
    }


def windows_tested(table):
    """Names of the windows that a table tests."""
    return list(table.loc[table["split"] == "test", "sample"])


@given(
    n_rotating=st.integers(3, 9),
    n_training=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
@settings(deadline=None, max_examples=25)
def test_subjects_that_only_train_do_so_in_every_fold(
    n_rotating, n_training, seed
):
    number = n_rotating + n_training
    rng = np.random.default_rng(seed)
    samples = timelines(number, 1, 4, 1.0, rng)
    names = [f"{k:02d}" for k in rng.permutation(number)[:n_training]]
    split = setting("subject", 3) | {"train": names}
    tables = make_splits(samples, split, CLASSES, seed, "task")
    tested = []
    for table in tables:
        own = table[table["subject"].isin(names)]
        assert len(own) == 4 * n_training
        assert set(own["split"]) == {"train"}
        tested += windows_tested(table)
    others = samples.loc[~samples["subject"].isin(names), "sample"]
    assert sorted(tested) == sorted(others)


def test_too_few_subjects_beside_those_that_only_train_are_refused():
    samples = timelines(5, 1, 4, 1.0, np.random.default_rng(1))
    split = setting("subject", 3) | {"train": ["00", "01", "02"]}
    told = "2 subjects with windows are fewer than 3 folds"
    with pytest.raises(InputError, match=told):
        make_splits(samples, split, CLASSES, 1, "task")


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(
    n_subjects=st.integers(5, 12),
    validation=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
def test_by_subject_everybody_tests_once_and_nobody_is_in_two_splits(
    n_subjects, validation, seed
):
    samples = timelines(n_subjects, 2, 6, 1.0, np.random.default_rng(seed))
    split = setting("subject", 5, validation)
    tables = make_splits(samples, split, CLASSES, seed, "task")
    assert len(tables) == 5
    sizes = []
    for fold, table in enumerate(tables):
        assert list(table) == list(COLUMNS)
        assert set(table["fold"]) == {fold}
        assert sorted(table["sample"]) == sorted(samples["sample"])
        assert table.groupby("subject")["split"].nunique().max() == 1
        assert table["split"].nunique() == 3
        of_subjects = table.groupby("subject")["split"].first()
        sizes.append(of_subjects.value_counts())
    # Test groups differ by one subject at most.
    assert {size["test"] for size in sizes} <= {
        n_subjects // 5,
        -(-n_subjects // 5),
    }
    everything = [name for table in tables for name in windows_tested(table)]
    assert sorted(everything) == sorted(samples["sample"])
    # Everybody validates in as many folds as there are validation folds.
    assert sum(size["validation"] for size in sizes) == n_subjects * validation


def test_those_after_the_test_fold_validate_in_turn():
    samples = timelines(6, 1, 4, 1.0, np.random.default_rng(0))
    split = setting("subject", 6, 2)
    tables = make_splits(samples, split, CLASSES, 3, "task")
    who = [
        table.groupby("split")["subject"].unique().map(set).to_dict()
        for table in tables
    ]
    for fold in range(6):
        after = [who[(fold + step) % 6]["test"] for step in (1, 2)]
        assert who[fold]["validation"] == set.union(*after)
        assert len(who[fold]["train"]) == 3


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
    split = setting("block", 5, 1, gap)
    tables = make_splits(samples, split, CLASSES, seed, "task")
    assert len(tables) == 5
    for table in tables:
        assert table["sample"].is_unique
        merged = table.merge(samples, on="sample")
        for _, rows in merged.groupby(["subject_x", "recording"]):
            onset, name = rows["onset"].to_numpy(), rows["split"].to_numpy()
            away = np.abs(onset[:, None] - onset) - length
            assert (away[name[:, None] != name] >= gap - 1e-9).all()
        # Every subject trains, validates and tests.
        assert (table.groupby("subject")["split"].nunique() == 3).all()
        assert len(table) > len(samples) / 2
    everything = [name for table in tables for name in windows_tested(table)]
    assert len(set(everything)) == len(everything)


def test_by_block_the_stretch_that_tests_moves_on_in_time():
    samples = timelines(2, 1, 40, 0.0, np.random.default_rng(0))
    split = setting("block", gap=0.0)
    onset = samples.set_index("sample")["onset"]
    ends = {"00": [], "01": []}
    for table in make_splits(samples, split, CLASSES, 0, "task"):
        test = table[table["split"] == "test"]
        for subject, rows in test.groupby("subject"):
            times = onset[rows["sample"]]
            ends[subject] += [times.min(), times.max()]
            assert len(rows) == 8
    for times in ends.values():
        assert times == sorted(times)


@settings(deadline=None, max_examples=15)
@given(
    n=st.integers(10, 40), folds=st.integers(3, 6), seed=st.integers(0, 1000)
)
def test_at_random_every_subject_tests_in_every_fold_and_no_window_is_lost(
    n, folds, seed
):
    samples = timelines(3, 1, n, 1.0, np.random.default_rng(seed))
    split = setting("random", folds, gap=99.0)
    tables = make_splits(samples, split, (), seed, "task")
    again = make_splits(samples, split, (), seed, "task")
    everything = []
    for table, same in zip(tables, again, strict=True):
        assert sorted(table["sample"]) == sorted(samples["sample"])
        sizes = table[table["split"] == "test"].groupby("subject").size()
        assert len(sizes) == 3
        assert set(sizes) <= {n // folds, -(-n // folds)}
        pd.testing.assert_frame_equal(table, same)
        everything += windows_tested(table)
    assert sorted(everything) == sorted(samples["sample"])


def test_at_random_neighbours_stand_on_both_sides():
    samples = timelines(4, 1, 100, 1.0, np.random.default_rng(0))
    changes = {}
    for by in ("block", "random"):
        split = setting(by, gap=0.0)
        table = make_splits(samples, split, CLASSES, 0, "task")[0]
        splits = [
            rows["split"].to_numpy() for _, rows in table.groupby("subject")
        ]
        changes[by] = [np.mean(name[1:] != name[:-1]) for name in splits]
    assert max(changes["block"]) < 0.1
    assert min(changes["random"]) > 0.4


def test_without_overlap_and_gap_no_window_is_lost():
    samples = timelines(2, 1, 40, 0.0, np.random.default_rng(0))
    split = setting("block", gap=0.0)
    tables = make_splits(samples, split, CLASSES, 0, "task")
    for table in tables:
        assert len(table) == len(samples)
        counts = table["split"].value_counts().to_dict()
        assert counts == {"train": 48, "validation": 16, "test": 16}


def test_the_seed_decides_who_tests():
    samples = timelines(10, 1, 4, 1.0, np.random.default_rng(0))
    first, same, other = (
        make_splits(samples, setting("subject"), CLASSES, seed, "t")
        for seed in (0, 0, 1)
    )
    for table, repeated in zip(first, same, strict=True):
        pd.testing.assert_frame_equal(table, repeated)

    def who(tables):
        return [
            set(table.loc[table["split"] == "test", "subject"])
            for table in tables
        ]

    assert who(first) != who(other)


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


@pytest.mark.parametrize("fold", [0, 3])
def test_an_empty_class_is_named_with_task_fold_split_and_remedy(fold):
    samples = timelines(5, 1, 10, 1.0, np.random.default_rng(0))
    split = setting("subject")
    complete = make_splits(samples, split, CLASSES, 0, "mi")
    # In every fold before, this subject trains.
    table = complete[fold]
    is_last = table["split"] == ("validation" if fold < 3 else "test")
    subject = table.loc[is_last, "subject"].iloc[0]
    lacking = samples[
        (samples["subject"] != subject) | (samples["label"] == 0)
    ]
    expected = {
        number: rows.loc[rows["subject"] == subject, "split"].iloc[0]
        for number, rows in enumerate(complete)
    }
    first = min(k for k, name in expected.items() if name != "train")
    message = (
        f"task mi, fold {first}, split {expected[first]}: "
        r"has no window of class right\. Remedy: use more subjects"
    )
    with pytest.raises(InputError, match=message):
        make_splits(lacking, split, CLASSES, 0, "mi")


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
    folds = [tmp_path / f"fold-{fold}.tsv" for fold in range(3)]
    joined = tmp_path / "splits.tsv"
    split = setting("subject", folds=3)
    split_task(paths, "mi", split, CLASSES, 0, folds, joined)
    tables = [read_table(path, COLUMNS) for path in folds]
    for fold, table in enumerate(tables):
        assert set(table["subject"]) == {"01", "03", "04"}
        assert set(table["fold"]) == {fold}
        assert len(table) == 14
    whole = read_table(joined, COLUMNS)
    pd.testing.assert_frame_equal(whole, pd.concat(tables, ignore_index=True))
    test = whole[whole["split"] == "test"]
    assert test["sample"].is_unique
    assert set(test["sample"]) == set(whole["sample"])


def test_no_window_at_all_is_refused(tmp_path):
    paths = [write_store(tmp_path / "01.zarr.zip", "01", 0)]
    with pytest.raises(InputError, match="no subject has a window"):
        split_task(
            paths,
            "mi",
            setting("subject", 1),
            CLASSES,
            0,
            [tmp_path / "fold-0.tsv"],
            tmp_path / "splits.tsv",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["01.zarr.zip"]


@pytest.mark.slow
def test_a_table_is_wanted_for_every_fold(tmp_path):
    paths = [
        write_store(tmp_path / f"{name}.zarr.zip", name, 4)
        for name in ("01", "02", "03")
    ]
    folds = [tmp_path / "fold-0.tsv", tmp_path / "fold-1.tsv"]
    split = setting("subject", folds=3)
    with pytest.raises(ValueError, match="zip"):
        split_task(paths, "mi", split, CLASSES, 0, folds, tmp_path / "all.tsv")
    assert not (tmp_path / "all.tsv").exists()


def test_named_subjects_test_and_validate():
    samples = timelines(6, 1, 8, 1.0, np.random.default_rng(0))
    named = setting("subject") | {
        "test": ["03", "absent"],
        "validation": ["01", "05"],
    }
    (table,) = make_splits(samples, named, CLASSES, 1, "motor_imagery")
    assert set(table["fold"]) == {0}
    found = table.groupby("subject")["split"].unique().str[0].to_dict()
    assert {name for name, split in found.items() if split == "test"} == {"03"}
    assert {
        name for name, split in found.items() if split == "validation"
    } == {"01", "05"}
    assert len(table) == len(samples)


@pytest.mark.parametrize("part", ["test", "validation"])
def test_named_subjects_none_of_whom_has_windows_are_refused(part):
    samples = timelines(6, 1, 8, 1.0, np.random.default_rng(0))
    named = {"test": ["03"], "validation": ["01"]} | {part: ["absent"]}
    message = rf"tasks\.mi\.split\.{part}: none of these subjects has windows"
    with pytest.raises(InputError, match=message):
        make_splits(samples, setting("subject") | named, CLASSES, 1, "mi")
