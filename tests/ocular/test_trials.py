"""The table of trials: its rows from known trials, and its files."""

import numpy as np
import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.ocular.trial_rows import (
    Job,
    accuracy_rows,
    chance_accuracy,
    gaze_rows,
    share_rows,
)
from eeglrp.ocular.trials import ocular_share, score_trials
from eeglrp.statistics import mean_test
from eeglrp.store import (
    LEDGER_SOURCES,
    attribution_writer,
    open_attribution,
    write_windows,
)

RATE, CHANNELS = 200, ["F7", "F8", "C3", "C4"]


@pytest.fixture
def job(statistics):
    return Job({"study": "s", "task": "motor_imagery"}, statistics, 1)


def value(rows, metric, group, subject="all", column="value"):
    (row,) = [
        row
        for row in rows
        if (row["metric"], row["group"], row["subject"])
        == (metric, group, subject)
    ]
    return row[column]


def test_accuracy_by_group_is_the_mean_over_subjects(make_trials, job):
    trials = make_trials(gaze=1.0, n_subjects=3)
    rows = accuracy_rows(trials, {"regime": "scratch", "seed": 0}, job)
    correct = (
        (trials["label"] == trials["prediction"])
        .groupby(trials["subject"])
        .mean()
    )
    assert value(rows, "accuracy", "all") == pytest.approx(correct.mean())
    assert value(rows, "accuracy", "all", "01") == pytest.approx(correct["01"])
    quiet = trials[~trials["saccade"]]
    correct = (
        (quiet["label"] == quiet["prediction"])
        .groupby(quiet["subject"])
        .mean()
    )
    assert value(rows, "accuracy", "no saccade") == pytest.approx(
        correct.mean()
    )
    assert value(rows, "accuracy", "no saccade", column="n") == len(quiet)
    assert {row["regime"] for row in rows} == {"scratch"}


def test_a_decoder_of_gaze_has_a_gradient_and_another_has_none(
    make_trials, job
):
    found = {}
    for gaze in (0.0, 2.0):
        rows = accuracy_rows(
            make_trials(gaze, seed=4), {"regime": "scratch", "seed": 0}, job
        )
        found[gaze] = rows
        own = [
            value(rows, "accuracy", "high", who)
            - value(rows, "accuracy", "low", who)
            for who in ("00", "05")
        ]
        for who, expected in zip(("00", "05"), own, strict=True):
            assert value(
                rows, "accuracy gradient", "all", who
            ) == pytest.approx(expected)
    low, high = (
        value(found[2.0], "accuracy gradient", "all", column=c)
        for c in ("ci_low", "ci_high")
    )
    assert 0.3 < low < value(found[2.0], "accuracy gradient", "all") < high
    of_subjects = [
        value(found[2.0], "accuracy gradient", "all", f"{k:02d}")
        for k in range(6)
    ]
    test = mean_test(np.array(of_subjects), [0, 0, 1, 1, 2, 2], 0.95)
    p = value(found[2.0], "accuracy gradient", "all", column="p")
    assert p == pytest.approx(test.p)
    assert (low, high) == pytest.approx((test.low, test.high))
    assert value(found[2.0], "accuracy gradient", "all", column="n") == 6
    assert value(found[2.0], "accuracy gradient", "no saccade") > 0.1
    assert abs(value(found[0.0], "accuracy gradient", "all")) < 0.12


def test_gradients_need_both_terciles_of_a_subject(make_trials, job):
    trials = make_trials(n_subjects=3)
    # One window of each class has only a middle tercile.
    few = trials[
        (trials["subject"] != "02")
        | (trials.groupby("subject").cumcount() < 2)
    ]
    rows = accuracy_rows(few, {"regime": "scratch", "seed": 0}, job)
    assert value(rows, "accuracy gradient", "all", column="n") == 2
    one = few[few["subject"] == "02"]
    assert not [
        row
        for row in accuracy_rows(one, {"regime": "scratch", "seed": 0}, job)
        if row["metric"].endswith("gradient")
    ]


def test_chance_is_the_mean_over_permuted_labels():
    rng = np.random.default_rng(0)
    trials = pd.DataFrame({"subject": ["a"] * 30 + ["b"] * 20})
    trials["label"] = rng.random(50) < 0.7
    trials["prediction"] = rng.random(50) < 0.8
    trials = trials.astype({"label": int, "prediction": int})
    found = chance_accuracy(trials)
    for name, own in trials.groupby("subject"):
        label, prediction = (
            own["label"].to_numpy(),
            own["prediction"].to_numpy(),
        )
        draws = [
            np.mean(rng.permutation(label) == prediction) for _ in range(4000)
        ]
        np.testing.assert_allclose(
            found[trials["subject"] == name], np.mean(draws), atol=0.01
        )


def test_gaze_rows_hold_microvolt_and_the_share_of_saccades(make_trials, job):
    trials = make_trials(n_subjects=2)
    rows = gaze_rows(trials, job)
    own = trials[trials["subject"] == "01"]
    assert value(rows, "heog", "all", "01") == pytest.approx(
        own["heog"].mean()
    )
    assert value(rows, "saccade share", "all", "01") == pytest.approx(
        own["saccade"].mean()
    )
    assert value(rows, "gaze towards cue", "all", "01") == pytest.approx(
        (own["heog"] > 0).mean()
    )
    assert value(rows, "saccade share", "saccade") == 1
    assert (
        value(rows, "heog", "low")
        < value(rows, "heog", "middle")
        < value(rows, "heog", "high")
    )


def test_share_rows_hold_groups_gradient_and_odds(make_trials, job):
    trials = make_trials(n_subjects=3)
    trials["share"] += 0.004 * trials["heog"]
    names = {"regime": "scratch", "seed": 0, "method": "attn_lrp"}
    rows = share_rows(trials, 0.5, names, job)
    wrong = int((trials["label"] != trials["prediction"]).sum())
    assert value(rows, "wrong", "all") == wrong
    assert value(rows, "share ocular_frontal", "all", column="chance") == 0.5
    assert value(rows, "share ocular_frontal gradient", "all") > 0.1
    assert value(rows, "odds ratio share", "all") > 0
    assert value(rows, "odds ratio share", "all", column="n") == len(trials)
    assert share_rows(trials.assign(share=np.nan), 0.5, names, job) == []


# Files.


class Study:
    """Windows of two subjects, predictions, and a store of relevance."""

    def __init__(self, folder, channels=CHANNELS, n=24):
        self.folder, self.n = folder, n
        rng = np.random.default_rng(0)
        self.label = np.arange(2 * n) % 2
        # One subject is tested by each fold.
        self.fold = np.repeat([0, 1], n)
        self.subject = np.repeat(["01", "02"], n)
        self.sample = [
            f"{who}/r/{k:03d}" for k, who in enumerate(self.subject)
        ]
        self.gaze = 40 * rng.normal(size=2 * n)
        self.windows = [self._windows(who, channels) for who in ("01", "02")]
        self.relevance = rng.normal(
            size=(2 * n, len(CHANNELS), 2 * RATE)
        ).astype(np.float32)

    def _windows(self, who, channels):
        own = np.flatnonzero(self.subject == who)
        signal = np.zeros((len(own), len(channels), 2 * RATE))
        signal[:, 0, RATE // 2 :] = self.gaze[own, None] / 100
        path = self.folder / f"{who}.zarr.zip"
        write_windows(
            path,
            signal,
            self.label[own],
            channels=channels,
            sampling_rate=RATE,
            samples=[self.sample[k] for k in own],
            subject=[who] * len(own),
            recording=["r"] * len(own),
            onset=np.arange(len(own)),
            attrs={"settings": {"unit": 100.0, "start": 0.0}},
        )
        return path

    def predictions(self, samples=None):
        """Right where gaze follows the cue; the first six windows are not of the test split."""
        prediction = (self.gaze < 0).astype(int)
        columns = {"sample": samples or self.sample, "subject": self.subject}
        split = np.where(np.arange(2 * self.n) < 6, "train", "test")
        columns |= {
            "split": split,
            "fold": self.fold,
            "label": self.label,
            "prediction": prediction,
        }
        write_table(pd.DataFrame(columns), self.folder / "seed-0.tsv")
        return [
            {
                "regime": "scratch",
                "seed": 0,
                "path": self.folder / "seed-0.tsv",
            }
        ]

    def store(self):
        path = self.folder / "attn_lrp.zarr.zip"
        ledger = np.zeros((2 * self.n, len(LEDGER_SOURCES)))
        ledger[:, 0] = self.relevance.sum((1, 2), dtype=np.float64)
        values = {
            "relevance": self.relevance,
            "ledger": ledger,
            "logit": ledger.sum(1),
            "target": self.label,
            "label": self.label,
            "prediction": (self.gaze < 0).astype(int),
            "subject": self.subject.astype(object),
            "recording": np.full(2 * self.n, "r", object),
            "onset": np.arange(2 * self.n),
            "fold": self.fold,
        }
        names = {"regime": "scratch", "seed": 0, "method": "attn_lrp"}
        times = np.arange(2 * RATE) / RATE
        with attribution_writer(
            path,
            channels=CHANNELS,
            times=times,
            samples=self.sample,
            attrs=names,
        ) as writer:
            for start in range(0, 2 * self.n, 32):
                part = slice(start, start + 32)
                writer.write(
                    start,
                    **{name: value[part] for name, value in values.items()},
                )
        return path


def run(study, statistics, **changes):
    out = study.folder / "trials.tsv"
    files = (
        changes
        if "predictions" in changes
        else {"predictions": study.predictions()} | changes
    )
    files = {"stores": [study.store()]} | files
    names = {"study": "s", "task": "motor_imagery"}
    score_trials(
        study.windows, **files, **names, statistics=statistics, seed=1, out=out
    )
    return read_table(out)


@pytest.mark.slow
def test_the_table_of_a_decoder_of_gaze(tmp_path, statistics):
    study = Study(tmp_path)
    frame = run(study, statistics)
    assert list(frame) == [*METRIC_COLUMNS, "group", "p"]
    pooled = frame[frame["subject"] == "all"].set_index(["metric", "group"])[
        "value"
    ]
    assert pooled["accuracy", "high"] > 0.8
    assert pooled["accuracy", "low"] < 0.2
    assert pooled["accuracy gradient", "all"] > 0.7
    counts = frame[frame["subject"] == "all"].set_index(["metric", "group"])[
        "n"
    ]
    assert counts["accuracy", "all"] == 2 * study.n - 6
    assert counts["share ocular_frontal", "all"] == 2 * study.n
    again = run(study, statistics)
    pd.testing.assert_frame_equal(again, frame)


@pytest.mark.slow
def test_subjects_have_the_fold_that_tested_them(tmp_path, statistics):
    study = Study(tmp_path)
    folds = run(study, statistics).groupby("subject")["fold"].unique()
    assert folds["01"].tolist() == [0]
    assert folds["02"].tolist() == [1]
    assert np.isnan(folds["all"]).all()
    # Blocks: every fold tests some windows of each subject.
    study.fold = np.arange(2 * study.n) % 2
    assert run(study, statistics)["fold"].isna().all()


@pytest.mark.slow
def test_predictions_of_all_folds_name_a_window_once_as_tested(
    tmp_path, statistics
):
    """What a fold trains on is no trial of its own."""
    study = Study(tmp_path)
    once = run(study, statistics)
    (item,) = study.predictions()
    table = read_table(item["path"])
    other = table.assign(
        split="train", fold=1 - table["fold"], prediction=table["label"]
    )
    write_table(pd.concat([table, other]), item["path"])
    again = run(study, statistics, predictions=[item])
    pd.testing.assert_frame_equal(again, once)


@pytest.mark.slow
def test_without_a_model_relevance_alone_is_told(tmp_path, statistics):
    frame = run(Study(tmp_path), statistics, predictions=[])
    assert "share ocular_frontal" in set(frame["metric"])
    assert not frame["metric"].str.contains("accuracy").any()


@pytest.mark.slow
def test_the_share_is_that_of_f7_and_f8(tmp_path):
    study = Study(tmp_path)
    size = np.abs(study.relevance).sum(2, dtype=float)
    with open_attribution(study.store()) as dataset:
        np.testing.assert_allclose(
            ocular_share(dataset), size[:, :2].sum(1) / size.sum(1)
        )
    study.relevance[3] = 0
    with open_attribution(study.store()) as dataset:
        assert np.flatnonzero(np.isnan(ocular_share(dataset))).tolist() == [3]


def test_without_electrodes_beside_the_eyes_the_table_has_no_rows(
    tmp_path, statistics
):
    study = Study(tmp_path, channels=["CZ", "PZ", "C3", "C4"])
    frame = run(study, statistics)
    assert frame.empty
    assert list(frame) == [*METRIC_COLUMNS, "group", "p"]


@pytest.mark.slow
def test_without_models_or_stores_gaze_alone_is_told(tmp_path, statistics):
    frame = run(Study(tmp_path), statistics, stores=[])
    gaze = {"heog", "gaze towards cue", "saccade share"}
    assert set(frame["metric"]) == gaze | {"accuracy", "accuracy gradient"}


@pytest.mark.slow
def test_unknown_windows_and_broken_tables_are_named(tmp_path, statistics):
    study = Study(tmp_path)
    strange = study.predictions(["x", *study.sample[:-1]][::-1])
    with pytest.raises(
        InputError, match=r"seed-0\.tsv: sample: 1 of 42 windows are not in"
    ):
        run(study, statistics, predictions=strange)
    write_table(
        read_table(strange[0]["path"]).drop(columns="prediction"),
        strange[0]["path"],
    )
    with pytest.raises(InputError, match="prediction: column missing"):
        run(study, statistics, predictions=strange)
