import numpy as np
import pytest

from eeglrp.arms.regression import fit_regression
from eeglrp.arms.windows import make_arm_windows
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.store import open_windows, window_array, write_dataset

from .conftest import CHANNELS

PAIR = {"regress": "F7-F8"}
IDS = {"study": "tiny", "task": "imagery_x", "arm_of": "imagery", "arm": "x"}


def make(study, options, store=0):
    folder = study.splits.parent / "made"
    out = {"store": folder / "w.zarr.zip", "counts": folder / "w.tsv"}
    out["components"] = folder / "w-components.tsv"
    path = study.stores[store] if isinstance(store, int) else store
    make_arm_windows(path, out, ids=IDS, options=options, seed=1)
    return (
        open_windows(out["store"]),
        read_table(out["counts"]),
        read_table(out["components"]),
    )


def test_all_but_the_signal_stays_as_it_was(study):
    made, _, components = make(study, {"blank": [0, 0.5]})
    base = open_windows(study.stores[0])
    for name in (
        "sample",
        "label",
        "subject",
        "recording",
        "onset",
        "event",
        "time",
        "channel",
    ):
        assert made[name].dtype == base[name].dtype
        assert np.array_equal(made[name].values, base[name].values), name
    signal, truth = window_array(made), window_array(made, name="truth")
    assert signal.dtype == np.float32
    assert (signal[..., :100] == 0).all()
    assert np.array_equal(signal[..., 100:], study.signal["a"][..., 100:])
    assert np.array_equal(truth[..., 100:], study.truth["a"][..., 100:])
    assert made["signal"].attrs["units"] == "0.1 mV"
    assert made.attrs["sampling_rate"] == 200.0
    assert components.empty
    assert tuple(components)[: len(METRIC_COLUMNS)] == METRIC_COLUMNS


def test_a_store_says_what_was_done(study):
    options = {"regress": "F7-F8", "ica": "eyes", "drop": ["O1"]}
    made, counts, components = make(study, options)
    assert {made.attrs[key] for key in ("task", "arm_of", "arm")} == {
        "imagery_x",
        "imagery",
        "x",
    }
    assert made.attrs["input"] == options
    assert made.attrs["fitted"]["regression"]["windows"] == 20
    removed = components[
        (components["metric"] == "removed") & (components["value"] == 1)
    ]
    assert (
        made.attrs["fitted"]["components_removed"]
        == removed["component"].tolist()
        != []
    )
    assert set(components["n"]) == {20}
    done = counts.set_index(["item", "name"])["count"]
    assert done["electrode_left_out", "O1"] == 1
    assert done["window_kept", "left"] == done["window_kept", "right"] == 10
    assert "O1" not in made["channel"].values
    assert len(made["channel"]) == len(CHANNELS) - 1


@pytest.mark.parametrize("subject", [0, 1])
def test_what_is_fitted_comes_from_the_subjects_own_store(study, subject):
    made, *_ = make(study, PAIR, store=subject)
    signal = study.signal["ab"[subject]].astype(float)
    expected = fit_regression(
        signal, CHANNELS, PAIR, key="k", seed=1, subject="ab"[subject]
    )
    assert made.attrs["fitted"]["regression"] == expected
    pair = (
        signal[:, [CHANNELS.index("F7")]] - signal[:, [CHANNELS.index("F8")]]
    )
    field = np.array([expected["coefficients"][name] for name in CHANNELS])
    np.testing.assert_allclose(
        window_array(made),
        signal - field[:, None] * pair,
        atol=1e-5,
    )


@pytest.mark.slow
@pytest.mark.parametrize("options", [PAIR, {"ica": "eyes"}])
def test_every_window_shapes_what_is_fitted_and_no_label_does(study, options):
    before = window_array(make(study, options)[0])

    def remade(change):
        dataset = open_windows(study.stores[0]).load().drop_encoding()
        change(dataset)
        path = study.splits.parent / "other.zarr.zip"
        write_dataset(dataset, path, {})
        return window_array(make(study, options, path)[0])

    def relabel(dataset):
        dataset["label"][:] = 1 - dataset["label"]

    def louder(dataset):
        dataset["signal"][:, :, 12:] = dataset["signal"][:, :, 12:] * 7

    np.testing.assert_array_equal(remade(relabel), before)
    assert np.abs(remade(louder)[:12] - before[:12]).max() > 1e-4


def test_a_subject_without_windows_gets_an_empty_store(study):
    empty = (
        open_windows(study.stores[0])
        .load()
        .drop_encoding()
        .isel(sample=slice(0, 0))
    )
    path = study.splits.parent / "empty.zarr.zip"
    write_dataset(empty, path, {})
    options = {"regress": "F7-F8", "ica": "eyes", "keep": ["central"]}
    made, counts, components = make(study, options, store=path)
    assert dict(made.sizes)["sample"] == 0
    assert list(made["channel"].values) == ["C3", "CZ", "C4"]
    assert components.empty
    assert (counts.loc[counts["item"] == "window_kept", "count"] == 0).all()


def test_a_pair_of_which_nothing_is_left_is_named_and_nothing_is_written(
    study,
):
    options = {"regress": "F7-F8", "placebo": "orthogonalised"}
    message = (
        r"config: tasks\.imagery\.arms\.inputs\.x\.regress: "
        r"nothing is left of the pair to regress out \(a\)"
    )
    with pytest.raises(InputError, match=message):
        make(study, options)
    assert not (study.splits.parent / "made").exists()


def test_a_wrong_electrode_is_named_by_its_key_and_nothing_is_written(study):
    with pytest.raises(
        InputError, match=r"tasks\.imagery\.arms\.inputs\.x\.keep: AF7"
    ):
        make(study, {"keep": ["AF7"]})
    assert not (study.splits.parent / "made").exists()
