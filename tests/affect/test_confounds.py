"""The table of confounds, from stores whose relevance is known."""

import numpy as np
import pytest

from eeglrp.affect.confound_rows import parts
from eeglrp.affect.confounds import (
    EXTRA,
    cardiac,
    change_rows,
    write_confounds,
)
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.store import open_windows, window_array
from eeglrp.verify.fields import Fields

from ..verify.conftest import CHANNELS, Task

STATISTICS = {"bootstrap": 100, "permutations": 100, "confidence": 0.95}
VERIFY = {"surrogates": 199, "lag": 0.2, "smoothing": 0.04}
JOB = {
    "kind": "arousal",
    "classes": ["low", "high"],
    "verify": VERIFY,
    "seed": 5,
}
#: Of C3 and C4.
CENTRAL = np.isin(CHANNELS, ["C3", "C4"]).astype(float)


class Product(Task):
    """Relevance that is the signal times a coefficient: one at each electrode."""

    def __init__(self, folder, coefficient, locking=0.0):
        super().__init__(folder)
        self.coefficient, self.locking = np.asarray(coefficient), locking

    def relevance(self, locking, latency=0.0):
        shape = len(self.label), len(CHANNELS), 200
        peak = self.locking * CENTRAL[:, None] * self.bump()[:, None]
        own = self.coefficient[:, None] * (
            self.signal + np.broadcast_to(peak, shape)
        )
        return own.astype(np.float32)

    def files(self, events=True):
        """Windows and splits, and the signal kept for the store; training windows come first."""
        train = np.arange(len(self.label)) % self.n_windows < 8
        found = {"windows": self.windows(events), "splits": self.splits(train)}
        arrays = [
            window_array(open_windows(path)) for path in found["windows"]
        ]
        self.signal = np.concatenate(arrays)
        self.test = np.flatnonzero(~train)
        return found

    def explained(self, **changes):
        """Store of the test windows."""
        for name in ("subject", "label", "event", "signal", "sample"):
            whole = getattr(self, name)
            setattr(
                self,
                name,
                np.array(whole, object if name == "sample" else None)[
                    self.test
                ],
            )
        attrs = {
            "split": "test",
            "algorithm": "gamma",
            "options": "{}",
            "method": "gamma",
        }
        self.sample = list(self.sample)
        return self.store(
            name="gamma", layers=False, samples=self.sample, **attrs | changes
        ).path


def run(tmp_path, cases, inputs):
    out = tmp_path / "affect_confounds.tsv"
    names = {
        "study": "x",
        "task": "arousal",
        "method": "gamma",
        "affect": {"region": None},
    }
    write_confounds(
        cases, inputs, out, **names, job=JOB, statistics=STATISTICS
    )
    return read_table(out, (*METRIC_COLUMNS, *EXTRA))


def case(store, condition="all", tested="own", task="arousal"):
    place = {
        "condition": condition,
        "tested": tested,
        "task": task,
        "store": store,
    }
    return place | {"regime": "scratch", "seed": 0}


def pooled(table, metric, **index):
    own = (table["metric"] == metric) & (table["subject"] == "all")
    for key, value in index.items():
        own &= table[key] == value
    assert own.sum() == 1
    return table[own].iloc[0]


@pytest.fixture
def made(tmp_path):
    """Relevance that is four times as large, for its signal, at C3 and C4."""
    task = Product(tmp_path, 1 + 3 * CENTRAL)
    return task, task.files()


@pytest.mark.slow
def test_shares_stand_beside_electrodes_and_signal(made, tmp_path):
    task, files = made
    table = run(tmp_path, [case(task.explained())], {"arousal": files})
    row = pooled(table, "share", part="central")
    # All electrodes have equal signals: 2 of 7, and 8 of 13 of the relevance.
    assert row["value"] == pytest.approx(8 / 13, abs=0.01)
    assert row["chance"] == pytest.approx(2 / 7)
    assert row["signal"] == pytest.approx(2 / 7, abs=0.01)
    assert row["enrichment"] == pytest.approx(row["value"] / row["chance"])
    assert row["n"] == 36
    ocular = pooled(table, "share", part="ocular")
    assert ocular["value"] == pytest.approx(2 / 13, abs=0.01)
    # Three subjects: the smallest p is 0.25, of three parts.
    assert row["p"] == ocular["p"] == pytest.approx(0.75)
    assert "muscle" not in set(table["part"])
    subjects = table[
        (table["metric"] == "share") & (table["part"] == "central")
    ]["subject"]
    assert subjects.tolist() == ["001", "002", "003", "all"]


@pytest.mark.slow
def test_bands_of_a_part_sum_to_one(made, tmp_path):
    task, files = made
    table = run(tmp_path, [case(task.explained())], {"arousal": files})
    own = table[
        table["metric"].str.startswith("share ") & (table["part"] == "central")
    ]
    for _, subject in own.groupby("subject"):
        assert len(subject) == 5
        assert subject["value"].sum() == pytest.approx(1)
    assert own[own["subject"] == "all"]["chance"].sum() == pytest.approx(1)


@pytest.mark.slow
def test_a_method_that_multiplies_nothing_has_no_bands(made, tmp_path):
    task, files = made
    store = task.explained(algorithm="occlusion")
    table = run(tmp_path, [case(store)], {"arousal": files})
    assert not table["metric"].str.startswith("share ").any()
    assert np.isnan(pooled(table, "share", part="central")["signal"])


@pytest.mark.slow
def test_relevance_at_the_heartbeat_is_found_in_the_region(tmp_path):
    folders = [tmp_path / name for name in ("locked", "free")]
    for folder, locking in zip(folders, (4.0, 0.0), strict=True):
        folder.mkdir()
        task = Product(folder, np.ones(len(CHANNELS)), locking)
        files = task.files()
        store = task.explained(algorithm="occlusion")
        table = run(folder, [case(store)], {"arousal": files})
        p = pooled(table, "r_locked_p", part="central")["value"]
        assert (p < 0.05) == (locking > 0)
        assert "cardiac" in set(table["part"])


@pytest.mark.slow
def test_without_r_peaks_nothing_is_said_about_the_heart(tmp_path):
    task = Product(tmp_path, np.ones(len(CHANNELS)))
    files = task.files(events=False)
    table = run(tmp_path, [case(task.explained())], {"arousal": files})
    assert not table["metric"].str.startswith("r_locked").any()
    assert set(table["part"]) == {"central", "ocular"}


@pytest.mark.slow
def test_another_input_is_compared_within_subjects(made, tmp_path):
    task, files = made
    first = task.explained()
    folder = tmp_path / "other"
    folder.mkdir()
    other = Product(folder, np.ones(len(CHANNELS)))
    inputs = {"arousal": files, "quiet": other.files()}
    cases = [
        case(first),
        case(other.explained(), "ECG regressed", "own", "quiet"),
    ]
    table = run(tmp_path, cases, inputs)
    row = pooled(table, "enrichment change", part="central")
    assert (row["condition"], row["tested"], row["n"]) == (
        "ECG regressed",
        "own",
        3,
    )
    assert row["value"] == pytest.approx(1 - (8 / 13) / (2 / 7), abs=0.05)
    assert row["enrichment"] == pytest.approx(1, abs=0.03)


def test_changes_are_corrected_over_inputs():
    rows = []
    for condition, gain in (("all", 0.0), ("a", 0.3), ("b", 0.5)):
        for k in range(6):
            names = {
                "study": "x",
                "task": "arousal",
                "method": "gamma",
                "metric": "share",
            }
            names |= {
                "condition": condition,
                "tested": "own",
                "regime": "scratch",
                "seed": 0,
            }
            rows.append(
                names
                | {
                    "part": "central",
                    "subject": f"{k}",
                    "enrichment": 1 + gain,
                }
            )
    found = change_rows(rows, STATISTICS, 1)
    assert [row["value"] for row in found] == pytest.approx([0.3, 0.5])
    assert [row["p"] for row in found] == pytest.approx([2 * 2 / 64] * 2)
    assert change_rows(rows[:6], STATISTICS, 1) == []


def test_the_heart_s_electrodes_are_a_third():
    field = np.array([0.1, -5, 0.3, 2, 0.2, -0.1, 0.4])
    fields = Fields(tuple(CHANNELS), {"all": field}, {}, {})
    assert cardiac(fields) == {"FP2", "C3"}
    assert cardiac(None) == set()


def test_parts_without_electrodes_are_left_out():
    found = parts(["FP1", "T7", "CZ", "O1"], heart={"T7", "O1"})
    assert {
        name: list(np.flatnonzero(own)) for name, own in found.items()
    } == {
        "central": [2],
        "muscle": [1],
        "ocular": [0],
        "cardiac": [1, 3],
    }
