"""Scores against planted truth, from stores to the table."""

import numpy as np
import pytest

from eeglrp.evaluate.localisation import score_localisation
from eeglrp.evaluate.scores import METRICS
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.store import CHUNK_SAMPLES, attribution_writer, write_windows

CHANNELS, RATE, N_TIMES, N_WINDOWS = ["FP1", "C3", "C4", "O1"], 200, 200, 40
SUBJECTS = ("a", "b")
LABEL = np.arange(N_WINDOWS) % 2
SETTINGS = {
    "study": "demo",
    "task": "arousal",
    "verify": {
        "surrogates": 100,
        "lag": 0.3,
        "smoothing": 0.04,
        "truth_threshold": 0.25,
    },
    "statistics": {"bootstrap": 200, "permutations": 100, "confidence": 0.95},
    "seed": 3,
}


def planted():
    """Truth at C3 around half a second, stronger in class 1; none in the first window."""
    truth = np.zeros((N_WINDOWS, len(CHANNELS), N_TIMES))
    truth[1:, 1, 80:120] = 1 + LABEL[1:, None]
    return truth


@pytest.fixture
def windows(tmp_path):
    def write(truth=True, events=None):
        paths = []
        for subject in SUBJECTS:
            rng = np.random.default_rng(0)
            signal = planted() + 0.1 * rng.normal(size=planted().shape)
            paths.append(tmp_path / f"{subject}.zarr.zip")
            write_windows(
                paths[-1],
                signal,
                LABEL,
                channels=CHANNELS,
                sampling_rate=RATE,
                samples=[f"{subject}/x/{k:05d}" for k in range(N_WINDOWS)],
                subject=[subject] * N_WINDOWS,
                recording=["x"] * N_WINDOWS,
                onset=np.arange(N_WINDOWS),
                truth=planted() if truth else None,
                planted=events,
            )
        return paths

    return write


@pytest.fixture
def store(tmp_path):
    """Write relevance that is `quality` at the truth plus noise, in an order of its own."""

    def write(quality, method="attn_lrp", regime="scratch", wrong=()):
        rng = np.random.default_rng(1)
        order = rng.permutation(N_WINDOWS * len(SUBJECTS))
        maps = np.concatenate([quality * planted()] * len(SUBJECTS))
        maps = (maps + rng.normal(size=maps.shape))[order].astype(np.float32)
        label = np.tile(LABEL, len(SUBJECTS))[order]
        prediction = np.where(np.isin(order, wrong), 1 - label, label)
        total = maps.sum((1, 2), dtype=np.float64)
        names = [f"{s}/x/{k:05d}" for s in SUBJECTS for k in range(N_WINDOWS)]
        samples = np.array(names, object)[order]
        values = {
            "relevance": maps,
            "ledger": total[:, None],
            "logit": total,
            "label": label,
        }
        values |= {
            "target": prediction,
            "prediction": prediction,
            "onset": order,
            "fold": np.zeros(len(order)),
        }
        values |= {"subject": np.array([s[0] for s in samples], object)}
        values |= {"recording": np.full(len(order), "x", object)}
        attrs = {
            "regime": regime,
            "seed": 0,
            "method": method,
            "score": "contrast",
        }
        path = tmp_path / f"{regime}-{method}.zarr.zip"
        with attribution_writer(
            path,
            channels=CHANNELS,
            times=np.arange(N_TIMES) / RATE,
            samples=samples,
            sources=["input"],
            attrs=attrs,
        ) as writer:
            for start in range(0, len(order), CHUNK_SAMPLES):
                part = slice(start, start + CHUNK_SAMPLES)
                writer.write(
                    start,
                    **{key: value[part] for key, value in values.items()},
                )
        return path

    return write


@pytest.fixture
def score(tmp_path):
    def run(windows, paths, **changes):
        out = tmp_path / "localisation.tsv"
        score_localisation(windows, paths, out=out, **(SETTINGS | changes))
        return read_table(out, METRIC_COLUMNS)

    return run


def pooled(table, method, metric, column="value", **index):
    rows = table[(table["method"] == method) & (table["metric"] == metric)]
    for key, name in ({"subject": "all"} | index).items():
        rows = rows[rows[key] == name]
    return rows[column].item()


@pytest.mark.slow
def test_methods_are_ranked_between_random_and_truth(windows, store, score):
    table = score(
        windows(),
        [store(5), store(0.5, "cp_lrp"), store(0, "input_x_gradient")],
    )
    assert list(table.columns) == list(METRIC_COLUMNS)
    assert set(table["metric"]) == set(METRICS)
    assert set(table["subject"]) == {"a", "b", "all"}
    for metric in METRICS:
        good, fair, none = (
            pooled(table, name, metric)
            for name in ("attn_lrp", "cp_lrp", "input_x_gradient")
        )
        assert good >= fair > none
        chance = pooled(table, "attn_lrp", metric, "chance")
        assert abs(none - chance) < 0.06
        assert abs(pooled(table, "random", metric) - chance) < 0.06
        assert pooled(table, "signal", metric) > chance + 0.1
    assert pooled(table, "attn_lrp", "auc") > 0.98
    assert pooled(table, "attn_lrp", "rma", "chance") == pytest.approx(
        44 / 800
    )


@pytest.mark.slow
def test_wrong_predictions_and_windows_without_truth_are_left_out(
    windows, store, score
):
    wrong = [3, 4, 45]
    table = score(
        windows(), [store(5, wrong=wrong), store(5, regime="finetuned")]
    )
    expected = {"a": 37, "b": 38, "all": 75}
    for subject, n in expected.items():
        for method in ("attn_lrp", "signal", "random"):
            index = {"subject": subject, "regime": "scratch"}
            assert pooled(table, method, "auc", "n", **index) == n
    assert pooled(table, "signal", "auc", "n", regime="finetuned") == 78


@pytest.mark.slow
def test_in_the_r_peak_task_only_its_class_is_scored(windows, store, score):
    table = score(windows(), [store(5)], task="r_peak")
    assert pooled(table, "attn_lrp", "auc", "n") == 40


@pytest.mark.slow
def test_windows_without_a_planted_event_are_left_out(windows, store, score):
    """Their truth is what filters leave of the neighbours' events."""
    paths = [store(5)]
    events = np.where(
        LABEL == 1, 1, np.where(np.arange(N_WINDOWS) < 10, -1, 0)
    )
    found = score(windows(events=events), paths)
    # Five windows of class 0 hold an event, and one of those has no truth at all.
    assert pooled(found, "attn_lrp", "auc", "n") == 2 * (20 + 4)
    everywhere = score(windows(events=np.ones(N_WINDOWS, int)), paths)
    assert pooled(everywhere, "attn_lrp", "auc", "n") == 2 * 39


@pytest.mark.slow
def test_subjects_without_any_planted_event_have_no_rows(
    windows, store, score
):
    none = np.zeros(N_WINDOWS, int)
    assert score(windows(events=none), [store(5)]).empty


@pytest.mark.slow
def test_without_truth_the_table_has_no_rows(windows, store, score):
    assert score(windows(truth=False), [store(5)]).empty


@pytest.mark.slow
def test_block_size_does_not_matter_for_methods(
    windows, store, score, monkeypatch
):
    paths, found = [store(1)], windows()
    whole = score(found, paths).query("method != 'random'")
    monkeypatch.setattr("eeglrp.evaluate.localisation.BLOCK", 16)
    blocks = score(found, paths).query("method != 'random'")
    numbers = ["value", "ci_low", "ci_high", "chance", "n"]
    np.testing.assert_allclose(blocks[numbers], whole[numbers], rtol=1e-6)


@pytest.mark.slow
def test_the_kind_says_which_class_carries_the_truth(windows, store, score):
    """A task of another name is scored as one of its kind's name."""
    paths = [store(5)]
    named = score(windows(), paths, task="r_peak")
    by_kind = score(windows(), paths, task="heartbeat_8", kind="r_peak")
    both = score(windows(), paths, task="heartbeat_8", kind="motor_imagery")
    assert set(by_kind["task"]) == {"heartbeat_8"}
    np.testing.assert_array_equal(by_kind["n"], named["n"])
    np.testing.assert_array_equal(by_kind["value"], named["value"])
    assert pooled(both, "attn_lrp", "auc", "n") > pooled(
        by_kind, "attn_lrp", "auc", "n"
    )
