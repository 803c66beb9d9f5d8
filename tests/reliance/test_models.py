import numpy as np
import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.reliance.measures import EXTRA
from eeglrp.reliance.models import measure_models, planted_fields

NAMES = {
    "study": "x",
    "task": "saccade_70",
    "confound": "saccade",
    "probability": 0.7,
}
STATISTICS = {"bootstrap": 100, "confidence": 0.95}
OCULAR, BACK = [2, 1, 0.5, 0.2, 0.1, 0.05], [0, 0, 0, 0, -1, -1]


@pytest.fixture
def run(rung, tmp_path):
    matched = 2 * rung.label - 1
    neutral = np.where(np.arange(len(matched)) % 3, matched, -matched)
    windows = {"matched": rung.windows("matched", matched)}
    windows |= {"neutral": rung.windows("neutral", neutral)}
    windows |= {"windows": rung.windows("own", matched)}
    right = np.ones(len(matched), bool)
    model = {
        "regime": "scratch",
        "seed": 3,
        "own": rung.predictions("own", right),
    }
    model |= {"matched": rung.predictions("matched", right)}
    model |= {"neutral": rung.predictions("neutral", matched == neutral)}
    model |= {"regressed": rung.predictions("regressed", rung.subject == "01")}
    model["stores"] = {"attn_lrp": rung.store("attn_lrp", OCULAR)}
    model["stores"] |= {"smoothgrad": rung.store("smoothgrad", BACK)}

    def measured(**more):
        out = tmp_path / "out.tsv"
        settings = {
            "names": NAMES,
            "statistics": STATISTICS,
            "seed": 1,
            "out": out,
        }
        measure_models([model | more], **windows, **settings)
        return read_table(out)

    return measured


def value(frame, metric, method="", subject="all"):
    own = (
        (frame["metric"] == metric)
        & (frame["method"] == method)
        & (frame["subject"] == subject)
    )
    assert own.sum() == 1
    return frame[own].iloc[0]


@pytest.mark.slow
def test_truth_and_measures_of_a_known_model(run):
    frame = run()
    assert list(frame) == [*METRIC_COLUMNS, *EXTRA]
    assert set(frame["probability"]) == {0.7}
    assert set(frame["seed"]) == {3}
    for subject in ("01", "02", "all"):
        assert value(frame, "reliance", subject=subject)[
            "value"
        ] == pytest.approx(1 / 3, abs=1e-6)
        assert value(frame, "accuracy matched", subject=subject)["value"] == 1
    assert value(frame, "heog_loss", subject="01")["value"] == 0
    assert value(frame, "heog_loss", subject="02")["value"] == 1
    assert value(frame, "heog_loss")["value"] == 0.5
    share = value(frame, "share", "attn_lrp")
    assert share["value"] == pytest.approx(3 / 3.85)
    assert share["chance"] == pytest.approx(2 / 6)
    assert share["n"] == 12
    assert value(frame, "absolute", "attn_lrp")["value"] == pytest.approx(3)
    assert value(frame, "topography", "attn_lrp")["value"] == pytest.approx(1)
    assert value(frame, "share", "smoothgrad")["value"] == 0
    assert value(frame, "topography", "smoothgrad")["value"] < 0


@pytest.mark.slow
def test_the_signal_stands_beside_the_methods(run, rung):
    found = value(run(), "share", "signal", "02")
    chosen = (rung.subject == "02") & (rung.split == "test")
    signal = (
        rung.noise + (2 * rung.label - 1)[:, None, None] * rung.field[:, None]
    )
    size = np.abs(signal.astype(np.float32)).sum(2)[chosen]
    assert found["value"] == pytest.approx(
        (size[:, :2].sum(1) / size.sum(1)).mean(), rel=1e-5
    )
    assert found["n"] == 6


@pytest.mark.slow
def test_without_a_regressed_arm_there_is_no_loss(run):
    frame = run(regressed=None)
    assert "heog_loss" not in set(frame["metric"])
    assert "reliance" in set(frame["metric"])


@pytest.mark.slow
def test_the_planted_field_of_each_subject(rung):
    side = 2 * rung.label - 1
    matched, neutral = rung.windows("a", side), rung.windows("b", -side)
    found = planted_fields(matched[1], neutral[1])
    np.testing.assert_allclose(found["02"], 2 * rung.field, rtol=1e-5)
    assert set(found) == {"02"}


@pytest.mark.slow
def test_windows_that_do_not_fit_are_refused(rung):
    side = 2 * rung.label - 1
    one, other = rung.windows("a", side), rung.windows("b", side)
    with pytest.raises(InputError, match="no event changed its side"):
        planted_fields(one[0], other[0])
    with pytest.raises(InputError, match="shares no window"):
        planted_fields(one[0], other[1])


def test_a_broken_store_is_named(run, rung):
    path = rung.folder / "attn_lrp.zarr.zip"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="attn_lrp"):
        run()


@pytest.mark.slow
def test_the_result_is_the_same_again(run):
    pd.testing.assert_frame_equal(run(), run())
