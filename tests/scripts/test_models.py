"""Scripts that do the models of several folds: every one gets the files of its own fold."""

from pathlib import Path

import pytest

from eeglrp.attribution import run as attribution
from eeglrp.training import pretraining
from eeglrp.training.job import LABELS

REGIMES, FOLDS = ["finetuned", "scratch"], [0, 1, 2]
#: One regime after another, in each one fold after another: as the rules name files.
MODELS = [(regime, fold) for regime in REGIMES for fold in FOLDS]


def named(ending, models=MODELS):
    return [f"{regime}/fold-{fold}{ending}" for regime, fold in models]


@pytest.fixture
def trained(monkeypatch):
    """What every training was called with."""
    calls = []

    def train(windows, splits, weights, **settings):
        calls.append({"splits": splits, "weights": weights} | settings)
        if "checkpoint" in settings:
            Path(settings["checkpoint"]).touch()

    monkeypatch.setitem(LABELS, "own", train)
    monkeypatch.setitem(LABELS, "blocks", train)
    return calls


def training_job(models, folds, weights, checkpoints, **changes):
    regimes = list(dict.fromkeys(regime for regime, _ in models))
    return {
        "input": {
            "windows": ["a.zarr.zip"],
            "splits": [f"splits/fold-{fold}.tsv" for fold in folds],
            "weights": weights,
        },
        "output": {
            "model": named(".safetensors", models),
            "record": named(".json", models),
        },
        "wildcards": {"task": "t", "seed": "4"},
        "params": {
            "labels": "own",
            "regimes": regimes,
            "folds": folds,
            "models": {regime: {"name": regime} for regime in regimes},
            "training": {"device": "auto"},
            "classes": ["x", "y"],
            "seed": 7,
            "checkpoints": checkpoints,
            "threads": 1,
        }
        | changes,
    }


def test_every_model_is_trained_on_the_files_of_its_fold(
    run_script, trained, tmp_path
):
    weights = [f"weights/fold-{fold}.safetensors" for fold in FOLDS]
    checkpoints = [str(tmp_path / f"{place}") for place in range(len(MODELS))]
    job = training_job(MODELS, FOLDS, weights, checkpoints)
    run_script("train", **job)
    assert len(trained) == len(MODELS) == 6
    for place, ((regime, fold), call) in enumerate(
        zip(MODELS, trained, strict=True)
    ):
        assert call["run"] == {
            "task": "t",
            "classes": ["x", "y"],
            "regime": regime,
            "fold": fold,
            "seed": 4,
            "study_seed": 7,
        }
        assert call["splits"] == f"splits/fold-{fold}.tsv"
        assert call["weights"] == f"weights/fold-{fold}.safetensors"
        assert call["outputs"] == {
            "model": f"{regime}/fold-{fold}.safetensors",
            "record": f"{regime}/fold-{fold}.json",
        }
        assert call["checkpoint"] == checkpoints[place]
        assert call["model"] == {"name": regime}
        # There is no graphics card.
        assert call["training"] == {"device": "cpu"}
    # All are done: nothing is left to go on from.
    assert not list(tmp_path.glob("[0-9]"))


def test_checkpoints_stay_until_the_last_model_is_done(
    run_script, trained, tmp_path, monkeypatch
):
    train = LABELS["own"]

    def interrupted(*inputs, run, **settings):
        if run["fold"] == 2:
            raise SystemExit(1)
        train(*inputs, run=run, **settings)

    monkeypatch.setitem(LABELS, "own", interrupted)
    checkpoints = [str(tmp_path / f"{fold}") for fold in FOLDS]
    models = [("scratch", fold) for fold in FOLDS]
    job = training_job(models, FOLDS, [], checkpoints)
    with pytest.raises(SystemExit):
        run_script("train", **job)
    left = sorted(path.name for path in tmp_path.glob("[0-9]"))
    assert left == ["0", "1"]


def test_a_job_of_one_fold_says_which(run_script, trained):
    """Its only files are those of the fold that is a wildcard."""
    job = training_job([("scratch", 2)], ["2"], [], [], labels="blocks")
    job["input"]["splits"] = ["splits/fold-2.tsv"]
    job["wildcards"] = {"task": "t", "number": "5"}
    run_script("train", **job)
    (call,) = trained
    assert (call["run"]["fold"], call["run"]["seed"]) == (2, 5)
    assert call["splits"] == "splits/fold-2.tsv"
    assert call["weights"] is None
    assert "checkpoint" not in call


def test_every_fold_is_pretrained_on_its_own_splits(
    run_script, tmp_path, monkeypatch
):
    calls = []

    def pretrain(windows, splits, *, outputs, checkpoint, **settings):
        Path(checkpoint).touch()
        calls.append((splits, outputs, checkpoint))

    monkeypatch.setattr(pretraining, "pretrain_backbone", pretrain)
    checkpoints = [str(tmp_path / f"{fold}") for fold in FOLDS]
    run_script(
        "pretrain",
        input={
            "windows": ["a.zarr.zip"],
            "splits": [f"splits/fold-{fold}.tsv" for fold in FOLDS],
        },
        output={
            "weights": [f"fold-{fold}.safetensors" for fold in FOLDS],
            "history": [f"fold-{fold}-history.tsv" for fold in FOLDS],
        },
        params={
            "model": {},
            "pretraining": {},
            "device": "auto",
            "seed": 1,
            "checkpoints": checkpoints,
            "threads": 1,
        },
    )
    assert calls == [
        (
            f"splits/fold-{fold}.tsv",
            {
                "weights": f"fold-{fold}.safetensors",
                "history": f"fold-{fold}-history.tsv",
            },
            checkpoints[fold],
        )
        for fold in FOLDS
    ]
    assert not list(tmp_path.glob("[0-9]"))


def test_every_regime_is_explained_by_its_models_of_all_folds(
    run_script, monkeypatch
):
    calls = []

    def attribute(models, windows, splits, stores, *, ids, costs, **settings):
        calls.append((ids["regime"], models, list(splits), stores, costs))

    monkeypatch.setattr(attribution, "attribute", attribute)
    methods = {"gamma": {}, "epsilon": {}}
    splits = [f"splits/fold-{fold}.tsv" for fold in FOLDS]
    files = [f"{regime}/{name}" for regime in REGIMES for name in methods]
    run_script(
        "attribute",
        input={
            "windows": ["a.zarr.zip"],
            "splits": splits,
            "models": named(".safetensors"),
        },
        output={
            "stores": [f"{name}.zarr.zip" for name in files],
            "costs": [f"{name}-cost.tsv" for name in files],
        },
        wildcards={"task": "t", "seed": "0"},
        params={
            "regimes": REGIMES,
            "methods": methods,
            "attribution": {},
            "study": "s",
            "seed": 1,
            "device": "auto",
            "config_sha256": "abc",
            "threads": 1,
        },
    )
    assert calls == [
        (
            regime,
            [f"{regime}/fold-{fold}.safetensors" for fold in FOLDS],
            splits,
            [f"{regime}/{name}.zarr.zip" for name in methods],
            [f"{regime}/{name}-cost.tsv" for name in methods],
        )
        for regime in REGIMES
    ]
