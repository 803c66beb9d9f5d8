"""Baselines of tasks with arms: one fit, several inputs."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from eeglrp.baselines import networks
from eeglrp.baselines.arms import (
    fill_channels,
    predict_with_arms,
    side_by_side,
)
from eeglrp.baselines.run import predict_baseline
from eeglrp.errors import InputError
from eeglrp.files import read_table
from eeglrp.models.data import load_windows
from eeglrp.store import open_windows, write_dataset

CLASSES = ("left", "right")
RUN = {"task": "imagery", "classes": CLASSES, "seed": 0, "study_seed": 7}
ATTRIBUTION = {"split": "test", "max_windows": 3, "score": "contrast"}


@pytest.fixture(autouse=True)
def few_epochs(monkeypatch):
    monkeypatch.setattr(networks, "_RECIPE", networks._RECIPE | {"epochs": 1})


def changed(study, folder, change):
    """Stores of an arm: every store's dataset after `change`."""
    paths = []
    for path in study.stores:
        dataset = change(open_windows(path).load())
        attrs, dataset.attrs = dataset.attrs, {}
        paths.append(folder / path.name)
        write_dataset(dataset, paths[-1], attrs, {"sample": 32})
    return paths


def outputs_of(folder):
    return {
        "predictions": folder / "own.tsv",
        "electrodes": folder / "electrodes.tsv",
    }


def run(study, name, folder, arms=(), splits=None, **changes):
    outputs = outputs_of(folder)
    tables = [folder / f"{number}.tsv" for number in range(len(arms))]
    arms = list(zip(arms, tables, strict=True))
    options = {"run": RUN, "attribution": ATTRIBUTION} | changes
    predict_with_arms(
        name,
        study.stores,
        splits or [study.splits],
        arms,
        outputs,
        **options,
    )
    return [read_table(path) for path in (*outputs.values(), *tables)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csp_lda", "tangent_lr", "eegnet"])
def test_the_task_itself_is_predicted_as_by_the_ordinary_job(
    study, tmp_path, name
):
    predict_baseline(
        name,
        study.stores,
        [study.splits],
        tmp_path / "plain.tsv",
        run=RUN,
    )
    plain = read_table(tmp_path / "plain.tsv")
    same = changed(study, tmp_path / "same", lambda dataset: dataset)
    found, _, tested = run(study, name, tmp_path, [same])
    assert list(found) == list(plain)
    logits = ["logit_left", "logit_right"]
    np.testing.assert_allclose(
        found[logits], plain[logits], rtol=1e-5, atol=1e-6
    )
    # The arm is the same input: its test windows are predicted alike.
    own = plain[plain["split"] == "test"].reset_index(drop=True)
    assert tested["sample"].tolist() == own["sample"].tolist()
    assert set(tested["split"]) == {"test"}
    np.testing.assert_allclose(
        tested[logits], own[logits], rtol=1e-5, atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["csp_lda", "tangent_lr", "lda_samples", "eegnet"]
)
def test_electrodes_that_an_arm_lacks_are_zero(study, tmp_path, name):
    kept = ["O2", "C3", "FP1"]
    few = changed(
        study, tmp_path / "few", lambda dataset: dataset.sel(channel=kept)
    )

    def emptied(dataset):
        stays = xr.DataArray(
            [c in kept for c in dataset["channel"].values], dims="channel"
        )
        return dataset.assign(
            signal=dataset["signal"].where(stays, 0).astype(np.float32)
        )

    zeros = changed(study, tmp_path / "zeros", emptied)
    _, _, a, b = run(study, name, tmp_path, [few, zeros])
    assert np.isfinite(a["logit_left"]).all()
    np.testing.assert_allclose(a["logit_left"], b["logit_left"], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rows"), [("csp_lda", 18), ("eegnet", 18), ("mdm", 0)]
)
def test_electrode_shares_are_written_for_baselines_that_are_read(
    study, tmp_path, name, rows
):
    _, shares = run(study, name, tmp_path)
    assert len(shares) == rows
    if rows:
        np.testing.assert_allclose(
            shares.groupby("subject")["share"].sum(), 1, rtol=1e-6
        )
        # Four test windows a subject, of which three are explained.
        assert set(shares["n"]) == {3}


@pytest.mark.slow
def test_every_fold_predicts_by_its_own_fit_on_the_task_and_on_arms(
    study, tmp_path
):
    def quiet(dataset):
        return dataset.assign(signal=dataset["signal"] * np.float32(0.5))

    arm = changed(study, tmp_path / "arm", quiet)
    found = run(study, "csp_lda", tmp_path, [arm], study.folds)
    alone = [
        run(study, "csp_lda", tmp_path, [arm], [splits])
        for splits in study.folds
    ]
    for place in (0, 2):
        joined = found[place]
        for fold in (0, 1):
            own = joined[joined["fold"] == fold].drop(columns="fold")
            pd.testing.assert_frame_equal(
                own.reset_index(drop=True),
                alone[fold][place].drop(columns="fold"),
            )
    own, shares, tested = found
    assert own["fold"].value_counts().to_dict() == {0: 40, 1: 40}
    assert tested["sample"].is_unique
    assert tested["fold"].value_counts().to_dict() == {0: 8, 1: 8}
    assert set(tested["split"]) == {"test"}
    # Three windows a subject are read in each fold, and count alike.
    assert set(shares["n"]) == {6}
    keys = ["subject", "channel"]
    first, second = (table[1].set_index(keys)["share"] for table in alone)
    np.testing.assert_allclose(
        shares.set_index(keys)["share"], (first + second) / 2, rtol=1e-5
    )


@pytest.mark.slow
def test_an_arm_with_an_electrode_of_its_own_is_refused(study, tmp_path):
    def renamed(dataset):
        names = ["CPZ" if c == "CZ" else c for c in dataset["channel"].values]
        return dataset.assign_coords(channel=np.array(names, object))

    strange = changed(study, tmp_path / "strange", renamed)
    with pytest.raises(
        InputError, match=r"strange/a.zarr.zip: channels, length: .*CPZ"
    ):
        run(study, "csp_lda", tmp_path, [strange])
    assert not (tmp_path / "own.tsv").exists()


@pytest.mark.slow
def test_an_arm_of_another_length_is_refused(study, tmp_path):
    short = changed(
        study,
        tmp_path / "short",
        lambda dataset: dataset.isel(time=slice(200)),
    )
    with pytest.raises(InputError, match="another length"):
        run(study, "csp_lda", tmp_path, [short])


@pytest.mark.slow
def test_windows_that_an_arm_lacks_are_missed(study, tmp_path):
    few = changed(
        study, tmp_path / "few", lambda dataset: dataset.isel(sample=slice(18))
    )
    with pytest.raises(InputError, match="2 of 4|4 of 8"):
        run(study, "csp_lda", tmp_path, [few])


def test_a_training_split_that_lacks_a_class_is_refused(study, tmp_path):
    with pytest.raises(InputError, match="split train has no window of feet"):
        predict_with_arms(
            "csp_lda",
            study.stores,
            [study.splits],
            [],
            outputs_of(tmp_path),
            run=RUN | {"classes": (*CLASSES, "feet")},
            attribution=ATTRIBUTION,
        )


def test_parts_lie_side_by_side_in_their_order(study, tmp_path):
    data = load_windows(study.stores, study.splits, None, tmp_path)
    (tmp_path / "parts").mkdir()
    other = data._replace(signal=data.signal[:5] + 1, frame=data.frame[:5])
    whole = side_by_side([data, other, other], tmp_path / "parts")
    np.testing.assert_array_equal(whole.signal[:40], data.signal)
    np.testing.assert_array_equal(whole.signal[45:], other.signal)
    assert whole.frame["split"][40:].tolist() == ["arm"] * 10
    assert (
        whole.frame["sample"].tolist()[40:45]
        == data.frame["sample"].tolist()[:5]
    )
    assert side_by_side([data], tmp_path) is data


def test_filled_electrodes_stand_in_the_tasks_order(study, tmp_path):
    data = load_windows(study.stores, study.splits, None, tmp_path)
    part = data._replace(signal=data.signal[:, [8, 0]], channels=("O2", "FP1"))
    filled = fill_channels(part, data, "store", tmp_path)
    np.testing.assert_array_equal(filled[:, 8], data.signal[:, 8])
    np.testing.assert_array_equal(filled[:, 0], data.signal[:, 0])
    assert not filled[:, 1:8].any()
