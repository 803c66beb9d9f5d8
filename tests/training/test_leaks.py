"""Nothing that is fitted knows a fold's test subjects: a marker planted in them moves no number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.arms.regression import fit_regression
from eeglrp.baselines.run import predict_baseline
from eeglrp.files import read_table
from eeglrp.store import open_windows, window_array, write_windows
from eeglrp.training.loop import train_model
from eeglrp.training.pretraining import pretrain_backbone

from .conftest import CLASSES
from .test_loop import MODEL, options
from .test_pretraining import SETTINGS

pytestmark = pytest.mark.slow

FOLDS = st.integers(0, 4)
MARKERS = st.floats(0.5, 50)


def marked(cohort, fold, size, folder):
    """The cohort's stores; test subjects' signals and labels are those of another world."""
    table = read_table(cohort.folds[fold])
    tested = set(table.loc[table["split"] == "test", "subject"])
    assert len(tested) == 1
    stores = []
    for path in cohort.windows:
        with open_windows(path) as dataset:
            subject = str(dataset["subject"].values[0])
            if subject not in tested:
                stores.append(path)
                continue
            label = 1 - dataset["label"].values
            signal = window_array(dataset) + size * label[:, None, None]
            stores.append(folder / path.name)
            write_windows(
                stores[-1],
                signal,
                label,
                channels=dataset["channel"].values,
                sampling_rate=dataset.attrs["sampling_rate"],
                samples=dataset["sample"].values,
                subject=dataset["subject"].values,
                recording=dataset["recording"].values,
                onset=dataset["onset"].values,
            )
    return stores


def trained(stores, cohort, fold, folder, regime):
    """Bytes of a trained model and of its history, but for the seconds."""
    folder.mkdir(exist_ok=True)
    out = folder / f"{regime}.safetensors"
    weights = None if regime == "scratch" else cohort.weights
    train_model(
        stores,
        cohort.folds[fold],
        weights,
        **options(out, regime, fold=fold, epochs=2),
    )
    history = read_table(out.with_name(f"{out.stem}-history.tsv"))
    return out.read_bytes(), history.drop(columns="seconds").to_csv()


@settings(max_examples=1, deadline=None)
@given(fold=FOLDS, size=MARKERS)
@pytest.mark.parametrize("regime", ["finetuned", "frozen", "scratch"])
def test_no_weight_and_no_choice_of_an_epoch_moves(
    cohort, tmp_path_factory, regime, fold, size
):
    folder = tmp_path_factory.mktemp("marked")
    stores = marked(cohort, fold, size, folder)
    before = trained(cohort.windows, cohort, fold, folder / "before", regime)
    after = trained(stores, cohort, fold, folder / "after", regime)
    assert before == after


@settings(max_examples=1, deadline=None)
@given(fold=FOLDS, size=MARKERS)
def test_no_pretrained_weight_moves(cohort, tmp_path_factory, fold, size):
    folder = tmp_path_factory.mktemp("marked")
    stores = {
        "before": cohort.windows,
        "after": marked(cohort, fold, size, folder),
    }
    weights = []
    for name, paths in stores.items():
        at = folder / name
        at.mkdir()
        outputs = {
            "weights": at / "fold.safetensors",
            "record": at / "fold.json",
            "history": at / "history.tsv",
            "spectra": at / "spectra.tsv",
        }
        pretrain_backbone(
            paths,
            cohort.folds[fold],
            model=MODEL,
            pretraining=SETTINGS,
            device="cpu",
            seed=1,
            outputs=outputs,
        )
        weights.append(outputs["weights"].read_bytes())
    assert weights[0] == weights[1]


@settings(max_examples=5, deadline=None)
@given(fold=FOLDS, size=MARKERS)
@pytest.mark.parametrize("name", ["csp_lda", "tangent_lr", "lda_samples"])
def test_no_prediction_of_other_subjects_moves(
    cohort, tmp_path_factory, name, fold, size
):
    """What a baseline says of those it was fitted on and chosen by stays to the last bit."""
    folder = tmp_path_factory.mktemp("marked")
    run = {"task": "r_peak", "classes": CLASSES, "seed": 0, "study_seed": 1}
    tables = []
    for stores in (cohort.windows, marked(cohort, fold, size, folder)):
        out = folder / f"{len(tables)}.tsv"
        predict_baseline(name, stores, [cohort.folds[fold]], out, run=run)
        table = read_table(out).set_index("sample")
        tables.append(table)
    learned = tables[0]["split"] != "test"
    assert tables[0][learned].equals(tables[1][learned])
    tested = tables[0]["split"] == "test"
    assert not tables[0][tested].equals(tables[1][tested])


@settings(max_examples=5, deadline=None)
@given(fold=FOLDS, size=MARKERS)
def test_no_coefficient_of_another_subject_moves(
    cohort, tmp_path_factory, fold, size
):
    """And none of a subject's own moves with its labels."""
    folder = tmp_path_factory.mktemp("marked")
    fits = []
    for stores in (cohort.windows, marked(cohort, fold, size, folder)):
        of_world = {}
        for path in stores:
            with open_windows(path) as dataset:
                of_world[path.name] = fit_regression(
                    window_array(dataset),
                    list(dataset["channel"].values),
                    {"regress": "FP1-CZ"},
                    key="tasks.r_peak.arms.inputs.a",
                    seed=1,
                    subject=path.name,
                )
        fits.append(of_world)
    table = read_table(cohort.folds[fold])
    tested = table.loc[table["split"] == "test", "subject"].iloc[0]
    for name, fit in fits[0].items():
        if not name.startswith(f"{tested}."):
            assert fit == fits[1][name]
        # The marker is a constant, and windows have zero mean.
        np.testing.assert_allclose(
            list(fit["coefficients"].values()),
            list(fits[1][name]["coefficients"].values()),
            rtol=1e-4,
        )
