from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.decoding.learning_curve import (
    MOST_REPEATS,
    balanced_order,
    check_size,
    repeats,
    train_on_part,
)
from eeglrp.decoding.learning_curve_scores import (
    DIFFERENCE,
    differences,
    score_learning_curves,
)
from eeglrp.decoding.scores import score_decoding
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import metric_frame, metric_row
from eeglrp.training import loop

from ..training.test_loop import MODEL, TRAINING

CLASSES = ("between", "r_peak")
STATISTICS = {"bootstrap": 300, "permutations": 200, "confidence": 0.95}


def settings_of(regime, seed=0, **training):
    ids = {
        "task": "r_peak",
        "classes": CLASSES,
        "regime": regime,
        "seed": seed,
        "study_seed": 1,
    }
    return {
        "run": ids,
        "model": MODEL,
        "training": TRAINING | {"epochs": 1} | training,
    }


@pytest.fixture
def part(cohort, tmp_path):
    """The function that trains on a part and returns the table of predictions."""

    def run(size, regime="scratch", seed=0, folds=None, **training):
        out = tmp_path / regime / f"seed-{seed}" / f"windows-{size}.tsv"
        splits = folds or [cohort.splits]
        weights = []
        if regime != "scratch":
            weights = [cohort.weights] * len(splits)
        named = settings_of(regime, seed, **training)
        train_on_part(
            cohort.windows, splits, weights, size=size, out=out, **named
        )
        return read_table(out)

    return run


@st.composite
def cohorts(draw):
    """Subject and class of up to 60 windows, in any numbers."""
    cell = st.tuples(st.integers(0, 4), st.integers(0, 2))
    cells = np.array(draw(st.lists(cell, min_size=1, max_size=60)))
    return cells[:, 0].astype(str), cells[:, 1]


@given(cohorts(), st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_every_beginning_of_the_order_is_as_even_as_the_windows_allow(
    windows, seed
):
    subject, label = windows
    order = list(balanced_order(subject, label, np.random.default_rng(seed)))
    assert sorted(order) == list(range(len(label)))
    for size in range(1, len(order) + 1):
        taken, left = order[:size], order[size:]
        counts = Counter(label[taken].tolist())
        # A class that lags behind by more than one has no window left.
        for name in set(label[left].tolist()):
            assert counts[name] >= max(counts.values()) - 1
        # A subject that lags behind has none left of a class that was still to be drawn.
        totals = Counter(subject[taken].tolist())
        for name in set(subject.tolist()):
            own = Counter(
                label[
                    [place for place in left if subject[place] == name]
                ].tolist()
            )
            if set(own) == set(label.tolist()):
                assert totals[name] >= max(totals.values()) - 1


@pytest.mark.parametrize("n_subjects", [2, 3, 4])
def test_with_windows_enough_every_subject_gives_as_many_of_every_class(
    n_subjects,
):
    subject = np.repeat([f"{k:02d}" for k in range(n_subjects)], 40)
    label = np.arange(len(subject)) % 2
    order = list(balanced_order(subject, label, np.random.default_rng(0)))
    for rounds in (1, 2, 5):
        taken = order[: 2 * n_subjects * rounds]
        cells = Counter(
            zip(subject[taken].tolist(), label[taken].tolist(), strict=True)
        )
        assert set(cells.values()) == {rounds}
        assert len(cells) == 2 * n_subjects


def test_the_seed_chooses_the_windows():
    subject, label = np.repeat(["a", "b"], 50), np.arange(100) % 2
    first, same, other = (
        list(balanced_order(subject, label, np.random.default_rng(seed)))[:20]
        for seed in (0, 0, 1)
    )
    assert first == same
    assert set(first) != set(other)


@given(st.integers(2, 20_000), st.integers(1, 20_000))
def test_an_epoch_of_a_part_is_about_as_long_as_that_of_the_whole(
    n_windows, size
):
    number = repeats(n_windows, size)
    assert 1 <= number <= MOST_REPEATS
    if size < n_windows and number < MOST_REPEATS:
        # Rounding is worst at one and a half times.
        assert 2 / 3 <= number * size / n_windows <= 4 / 3


def test_a_part_is_smaller_than_the_whole():
    assert check_size(119, 120, "r_peak") is None
    for size in (120, 500):
        with pytest.raises(InputError) as error:
            check_size(size, 120, "r_peak")
        words = f"tasks.r_peak.training.learning_curve: {size} windows are not fewer than the 120"
        assert words in str(error.value)


def test_too_large_a_part_ends_the_job_without_output(part, tmp_path):
    with pytest.raises(
        InputError, match="500 windows are not fewer than the 120"
    ):
        part(500)
    assert not list(tmp_path.rglob("*.tsv"))


@pytest.mark.slow
def test_predictions_name_the_part_and_all_windows_that_judge(part, cohort):
    splits = read_table(cohort.splits).set_index("sample")["split"]
    table = part(30)
    assert list(table) == list(part(30, "frozen"))
    assert dict(Counter(table["split"])) == {
        "train": 30,
        "validation": 40,
        "test": 40,
    }
    assert (
        splits[table["sample"]].to_numpy() == table["split"].to_numpy()
    ).all()
    trained = table[table["split"] == "train"]
    assert trained.groupby(["subject", "label"]).size().tolist() == [5] * 6


@pytest.mark.slow
def test_every_fold_trains_on_a_part_of_its_own_training_split(part, cohort):
    joined = part(12, folds=cohort.folds)
    columns = ["sample", "subject", "split", "fold", "label", "prediction"]
    assert list(joined)[:6] == columns
    test = joined[joined["split"] == "test"]
    windows = set(read_table(cohort.splits)["sample"])
    assert test["sample"].is_unique
    assert set(test["sample"]) == windows
    for fold, path in enumerate(cohort.folds):
        splits = read_table(path).set_index("sample")["split"]
        own = joined[joined["fold"] == fold]
        assert dict(Counter(own["split"])) == {
            "train": 12,
            "validation": 40,
            "test": 40,
        }
        assert (splits[own["sample"]].to_numpy() == own["split"]).all()
    # The first fold's model is that of a job that knows this fold alone.
    alone = part(12)
    first = joined[joined["fold"] == 0].reset_index(drop=True)
    assert first.equals(alone)


@pytest.mark.slow
def test_every_fold_starts_from_its_own_backbone(
    part, cohort, tmp_path, monkeypatch
):
    seen = []

    def spy(windows, splits, weights, *, run, **settings):
        seen.append((weights, run["fold"]))
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "train_model", spy)
    backbones = ["first", "second"]
    for fold in (0, 1):
        with pytest.raises(KeyboardInterrupt):
            train_on_part(
                cohort.windows,
                cohort.folds[: fold + 1][::-1],
                backbones[: fold + 1][::-1],
                size=12,
                out=tmp_path / "out.tsv",
                **settings_of("finetuned"),
            )
    assert seen == [("first", 0), ("second", 0)]


@pytest.mark.slow
def test_parts_are_nested_and_the_same_for_every_regime_of_a_seed(part):
    def trained(*arguments):
        table = part(*arguments)
        return set(table.loc[table["split"] == "train", "sample"])

    small, large = trained(12), trained(40)
    assert small < large
    assert trained(12, "finetuned") == trained(12, "frozen") == small
    assert trained(12, "scratch", 1) != small


@pytest.mark.slow
def test_the_same_recipe_runs_on_repeated_windows_of_the_part(
    part, monkeypatch
):
    seen, original = [], loop.fit

    def spy(module, forward, groups, peak, train, validation, plan):
        seen.append(
            (
                len(train.label),
                train.array.copy(),
                len(validation.label),
                plan.training,
            )
        )
        return original(module, forward, groups, peak, train, validation, plan)

    monkeypatch.setattr(loop, "fit", spy)
    for regime in ("scratch", "finetuned", "frozen"):
        part(30, regime)
    for n_train, array, n_validation, training in seen:
        # 120 windows of the whole split: each of the 30 stands four times.
        assert n_train == 120
        assert len(np.unique(array.reshape(120, -1), axis=0)) == 30
        assert n_validation == 40
        assert training == TRAINING | {"epochs": 1}


@pytest.mark.slow
def test_the_same_part_gives_the_same_bytes_and_more_windows_decode_better(
    part, tmp_path
):
    path = tmp_path / "scratch" / "seed-0" / "windows-6.tsv"
    few = part(6, epochs=3)
    first = path.read_bytes()
    part(6, epochs=3)
    assert path.read_bytes() == first
    many = part(110, epochs=3)

    def accuracy(table):
        test = table[table["split"] == "test"]
        return (test["label"] == test["prediction"]).mean()

    assert accuracy(many) > 0.9
    assert accuracy(many) >= accuracy(few)


def predictions(path, n_train, accuracy, seed):
    """A table of predictions of four test subjects, right with a probability."""
    rng = np.random.default_rng(seed)
    rows = [("a", "train", 0)] * n_train + [("v", "validation", 0)] * 5
    rows += [
        (name, "test", k % 2)
        for name in ("07", "08", "09", "10")
        for k in range(30)
    ]
    subject, split, label = map(np.array, zip(*rows, strict=True))
    right = rng.random(len(rows)) < accuracy
    guess = np.where(right, label, 1 - label)
    columns = {
        "sample": [f"{k}" for k in range(len(rows))],
        "subject": subject,
        "split": split,
        "fold": 0,
    }
    columns |= {"label": label, "prediction": guess}
    logits = {"logit_between": 1.0 - guess, "logit_r_peak": guess * 1.0}
    import pandas as pd

    write_table(pd.DataFrame(columns | logits), path)
    return path


@pytest.fixture
def points(tmp_path):
    """Two regimes, two seeds, two numbers of windows."""
    levels = {("finetuned", 20): 0.9, ("finetuned", 200): 0.95}
    levels |= {("scratch", 20): 0.6, ("scratch", 200): 0.95}
    return [
        {"task": "r_peak", "regime": regime, "seed": seed}
        | {
            "path": predictions(
                tmp_path / f"{regime}{size}{seed}.tsv",
                size,
                level,
                size + seed,
            )
        }
        for (regime, size), level in levels.items()
        for seed in (0, 1)
    ]


@pytest.mark.slow
def test_the_table_has_every_seed_and_the_paired_difference(points, tmp_path):
    out = tmp_path / "learning_curve.tsv"
    score_learning_curves(points, "s", STATISTICS, 3, out)
    frame = read_table(out, [*METRIC_COLUMNS, "windows"])
    assert set(frame["metric"]) == {"balanced_accuracy", DIFFERENCE}
    accuracy = frame[frame["metric"] == "balanced_accuracy"]
    assert dict(Counter(accuracy["windows"])) == {20: 20, 200: 20}
    assert set(accuracy["subject"]) == {"07", "08", "09", "10", "all"}
    gain = frame[(frame["metric"] == DIFFERENCE) & (frame["subject"] == "all")]
    gain = gain.set_index("windows")
    assert (gain["n"] == 4).all()
    own = accuracy[accuracy["subject"] != "all"]
    for size in (20, 200):
        at = own[own["windows"] == size].groupby("regime")["value"].mean()
        assert gain.loc[size, "value"] == pytest.approx(
            at["finetuned"] - at["scratch"], abs=1e-6
        )
        assert (
            gain.loc[size, "ci_low"]
            <= gain.loc[size, "value"]
            <= gain.loc[size, "ci_high"]
        )
    assert gain.loc[20, "ci_low"] > 0.1
    assert abs(gain.loc[200, "value"]) < 0.1


def test_balanced_accuracies_are_those_of_the_table_of_decoding(
    points, tmp_path
):
    score_learning_curves(
        points[:1], "s", STATISTICS, 3, tmp_path / "curve.tsv"
    )
    score_decoding(points[:1], "s", STATISTICS, 3, tmp_path / "decoding.tsv")
    curve, decoding = (
        read_table(tmp_path / f"{name}.tsv") for name in ("curve", "decoding")
    )
    decoding = decoding[decoding["metric"] == "balanced_accuracy"].reset_index(
        drop=True
    )
    # A curve is drawn over subjects and has no use for folds.
    columns = [name for name in METRIC_COLUMNS if name != "fold"]
    assert curve[columns].equals(decoding[columns])


def test_windows_are_those_of_one_folds_model(points, tmp_path):
    import pandas as pd

    table = read_table(points[0]["path"])
    table["subject"] = table["subject"].astype(str).str.zfill(2)
    more = table.assign(fold=1)
    # Subjects of the second fold are others.
    is_test = more["split"] == "test"
    more.loc[is_test, "subject"] = "x" + more.loc[is_test, "subject"]
    write_table(pd.concat([table, more]), points[0]["path"])
    score_learning_curves(
        points[:1], "s", STATISTICS, 3, tmp_path / "curve.tsv"
    )
    curve = read_table(tmp_path / "curve.tsv")
    assert set(curve["windows"]) == {20}
    assert len(set(curve["subject"])) == 2 * 4 + 1


def test_no_point_gives_a_table_without_rows(tmp_path):
    score_learning_curves([], "s", STATISTICS, 0, tmp_path / "empty.tsv")
    frame = read_table(tmp_path / "empty.tsv")
    assert frame.empty
    assert list(frame) == [*METRIC_COLUMNS, "windows"]


def test_predictions_without_a_column_are_named(points, tmp_path):
    table = read_table(points[0]["path"]).drop(columns="prediction")
    write_table(table, points[0]["path"])
    with pytest.raises(
        InputError, match=r"finetuned200\.tsv: prediction: column missing"
    ):
        score_learning_curves(points, "s", STATISTICS, 0, tmp_path / "out.tsv")
    assert not (tmp_path / "out.tsv").exists()


def accuracies(values):
    """Balanced accuracies from {(regime, seed): values of the subjects} at 20 windows."""
    ids = {
        "study": "s",
        "task": "r_peak",
        "metric": "balanced_accuracy",
        "windows": 20,
    }
    rows = [
        metric_row(**ids, regime=regime, seed=seed, subject=name, value=value)
        for (regime, seed), row in values.items()
        for name, value in zip(
            ("a", "b", "c", "all"), (*row, 9.0), strict=True
        )
    ]
    return metric_frame(rows, ("windows",))


def test_seeds_are_averaged_and_subjects_without_a_value_left_out():
    nan = float("nan")
    frame = accuracies(
        {
            ("scratch", 0): [0.5, 0.6, nan],
            ("finetuned", 0): [0.7, 0.6, 0.9],
            ("finetuned", 1): [0.9, 0.8, 0.9],
            ("frozen", 0): [0.1, 0.1, 0.1],
        }
    )
    found = differences(frame, STATISTICS, 0).set_index("subject")
    assert list(found.index) == ["a", "b", "all"]
    np.testing.assert_allclose(found["value"], [0.3, 0.1, 0.2])
    assert found.loc["all", "n"] == 2
    assert found.loc["all", "ci_low"] == pytest.approx(0.1)
    assert found.loc["all", "ci_high"] == pytest.approx(0.3)


@pytest.mark.parametrize("regime", ["finetuned", "scratch", "frozen"])
def test_one_regime_alone_has_no_difference(regime):
    assert differences(
        accuracies({(regime, 0): [0.5, 0.6, 0.7]}), STATISTICS, 0
    ).empty
