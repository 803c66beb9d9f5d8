import numpy as np
import pandas as pd
import pytest

from eeglrp.arms.scores import score_arms
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.store import LEDGER_SOURCES, attribution_writer

CHANNELS = ("FP1", "F8", "C3", "C4", "O1")
SUBJECTS = np.repeat(["a", "b"], 6)
STATISTICS = {
    "bootstrap": 200,
    "permutations": 200,
    "confidence": 0.95,
    "smallest_effect": {"accuracy": 0.05, "share": 0.5},
}
#: Each subject tests in a fold of its own.
FOLD = (SUBJECTS == "b").astype(int)


def predictions(path, wrong=0):
    """12 windows; the first `wrong` of each subject are predicted as the other class."""
    label = np.arange(12) % 2
    prediction = np.where(np.arange(12) % 6 < wrong, 1 - label, label)
    frame = {
        "sample": [f"w{k}" for k in range(12)],
        "subject": SUBJECTS,
        "split": "test",
        "fold": FOLD,
    }
    frame |= {"label": label, "prediction": prediction}
    write_table(
        pd.DataFrame(frame | {"logit_l": 0.0, "logit_r": 1.0 * prediction}),
        path,
    )


def store(path, weights, channels=CHANNELS):
    """Relevance whose shares of the electrodes are `weights` in every window, signs at random."""
    rng = np.random.default_rng(0)
    sign = rng.choice([-1.0, 1.0], (12, len(channels), 40))
    size = np.asarray(weights)[:, None] * rng.uniform(1, 3, (12, 1, 1))
    relevance = (sign * size).astype(np.float32)
    ledger = np.zeros((12, len(LEDGER_SOURCES)))
    ledger[:, 0] = relevance.sum((1, 2), dtype=np.float64)
    block = {"relevance": relevance, "ledger": ledger, "logit": ledger[:, 0]}
    block |= dict.fromkeys(
        ("target", "label", "prediction"), np.arange(12) % 2
    )
    block |= {"subject": SUBJECTS.astype(object), "onset": np.arange(12.0)}
    block |= {"recording": np.full(12, "r", object), "fold": FOLD}
    axes = {"channels": channels, "times": np.arange(40) / 200, "attrs": {}}
    with attribution_writer(
        path, samples=[f"w{k}" for k in range(12)], **axes
    ) as writer:
        writer.write(0, **block)


def electrodes(path, share):
    frames = [
        pd.DataFrame(
            {"subject": subject, "channel": CHANNELS, "share": share, "n": 6}
        )
        for subject in "ab"
    ]
    write_table(pd.concat(frames), path)


@pytest.fixture
def study(tmp_path):
    """A model and a baseline on the whole input and on an arm without frontal electrodes."""
    predictions(tmp_path / "good.tsv")
    predictions(tmp_path / "poor.tsv", wrong=2)
    store(tmp_path / "whole.zarr.zip", [3, 1, 2, 2, 2])
    store(tmp_path / "arm.zarr.zip", [1, 2, 1], CHANNELS[2:])
    electrodes(tmp_path / "electrodes.tsv", [0.4, 0.2, 0.2, 0.1, 0.1])
    write_table(
        read_table(tmp_path / "electrodes.tsv").head(0), tmp_path / "none.tsv"
    )

    def model(arm, tested, regime, table, store=None, electrodes=None):
        files = {
            "predictions": table,
            "store": store,
            "electrodes": electrodes,
        }
        files = {
            key: name and str(tmp_path / name) for key, name in files.items()
        }
        return {
            "arm": arm,
            "tested": tested,
            "regime": regime,
            "seed": 0,
        } | files

    return [
        model("all", "own", "scratch", "good.tsv", "whole.zarr.zip"),
        model("all", "own", "csp_lda", "good.tsv", None, "electrodes.tsv"),
        model("all", "own", "mdm", "good.tsv", None, "none.tsv"),
        model("no_frontal", "own", "scratch", "poor.tsv", "arm.zarr.zip"),
        model("no_frontal", "only", "scratch", "poor.tsv", "arm.zarr.zip"),
        model("no_frontal", "only", "csp_lda", "good.tsv"),
    ]


def scored(models, folder):
    outs = folder / "arms.tsv", folder / "topography.tsv"
    ids = {
        "study": "s",
        "task": "mi",
        "method": "attn_lrp",
        "statistics": STATISTICS,
        "seed": 1,
    }
    score_arms(models, **ids, out=outs[0], out_topography=outs[1])
    return [read_table(out) for out in outs]


def value(table, **fields):
    chosen = np.all(
        [table[key] == wanted for key, wanted in fields.items()], axis=0
    )
    (row,) = table[chosen].itertuples()
    return row


def test_shares_are_those_that_were_planted(study, tmp_path):
    arms, topography = scored(study, tmp_path)
    assert list(arms) == [*METRIC_COLUMNS, "arm", "tested", "p", "answer"]
    whole = {"arm": "all", "regime": "scratch", "method": "attn_lrp"}
    ocular = value(arms, **whole, subject="all", metric="share ocular_frontal")
    assert (ocular.value, ocular.chance, ocular.n) == pytest.approx(
        (0.4, 0.4, 12)
    )
    assert value(
        arms, **whole, subject="b", metric="share central"
    ).value == pytest.approx(0.4)
    assert value(topography, **whole, channel="FP1").value == pytest.approx(
        0.3
    )
    assert set(topography["subject"]) == {"all"}
    arm = {"arm": "no_frontal", "tested": "own"}
    central = value(arms, **arm, subject="all", metric="share central")
    assert (central.value, central.chance) == pytest.approx((0.75, 2 / 3))
    here = arms[arms["arm"] == "no_frontal"]
    assert "share ocular_frontal" not in set(here["metric"])
    assert value(topography, **arm, channel="C4").chance == pytest.approx(
        1 / 3
    )


def test_shares_of_a_baseline_come_from_its_electrodes(study, tmp_path):
    arms, _ = scored(study, tmp_path)
    own = arms[
        (arms["regime"] == "csp_lda")
        & (arms["metric"] == "share ocular_frontal")
    ]
    assert own["subject"].tolist() == ["a", "b", "all"]
    assert own["n"].tolist() == [6, 6, 12]
    assert set(own["method"]) == {"pattern"}
    assert set(own["arm"]) == {"all"}
    np.testing.assert_allclose(own["value"], 0.6)
    read = arms[arms["metric"].str.startswith("share")]
    assert "mdm" not in set(read["regime"])


def test_accuracy_and_loss_of_every_input(study, tmp_path):
    arms, _ = scored(study, tmp_path)
    only = {
        "arm": "no_frontal",
        "regime": "scratch",
        "tested": "only",
        "subject": "all",
    }
    accuracy = value(arms, **only, metric="balanced_accuracy")
    assert accuracy.value == pytest.approx(2 / 3)
    assert accuracy.n == 12
    losses = arms[arms["metric"] == "balanced_accuracy loss"]
    pooled = losses[(losses["subject"] == "all") & losses["seed"].isna()]
    assert pooled["value"].tolist() == pytest.approx([1 / 3, 1 / 3, 0])
    # Two subjects who lose the same: nothing varies.
    assert pooled["p"].tolist() == [0, 0, 1]
    assert pooled["answer"].tolist() == ["different"] * 2 + ["equivalent"]
    others = arms[arms["metric"] != "balanced_accuracy loss"]
    assert others[["p", "answer"]].isna().all(axis=None)


@pytest.mark.slow
def test_rows_of_subjects_name_the_fold_that_tested_them(study, tmp_path):
    arms, _ = scored(study, tmp_path)
    folds = arms.groupby("subject")["fold"].unique().map(list).to_dict()
    assert folds["a"] == [0]
    assert folds["b"] == [1]
    assert np.isnan(folds["all"]).all()


def test_a_subject_of_several_folds_names_none(study, tmp_path):
    path = tmp_path / "good.tsv"
    table = read_table(path)
    # Half of what a subject tests is of another fold.
    table.loc[:2, "fold"] = 1
    write_table(table, path)
    arms, _ = scored(study, tmp_path)
    assert arms.loc[arms["subject"] == "a", "fold"].isna().all()
    assert set(arms.loc[arms["subject"] == "b", "fold"]) == {1}


@pytest.mark.slow
def test_equal_jobs_give_equal_tables(study, tmp_path):
    first, again = (scored(study, tmp_path / folder) for folder in "ab")
    for one, other in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_a_broken_store_is_named(study, tmp_path):
    (tmp_path / "arm.zarr.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match="arm.zarr.zip"):
        scored(study, tmp_path)
    assert not (tmp_path / "arms.tsv").exists()


def test_predictions_without_folds_are_named(study, tmp_path):
    path = tmp_path / "good.tsv"
    write_table(read_table(path).drop(columns="fold"), path)
    with pytest.raises(InputError, match=r"good\.tsv: fold: column missing"):
        scored(study, tmp_path)
    assert not (tmp_path / "arms.tsv").exists()


def test_a_missing_column_is_named(study, tmp_path):
    table = read_table(tmp_path / "electrodes.tsv").drop(columns="share")
    write_table(table, tmp_path / "electrodes.tsv")
    with pytest.raises(
        InputError, match="electrodes.tsv: share: column missing"
    ):
        scored(study, tmp_path)


def test_an_electrode_without_region_is_refused(study, tmp_path):
    table = read_table(tmp_path / "electrodes.tsv").replace(
        {"channel": {"C3": "E7"}}
    )
    write_table(table, tmp_path / "electrodes.tsv")
    with pytest.raises(InputError, match="E7"):
        scored(study, tmp_path)
