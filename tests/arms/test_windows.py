import numpy as np
import pytest

from eeglrp.arms.regression import fit_regression
from eeglrp.arms.windows import make_arm_windows
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_json
from eeglrp.store import open_windows, window_array, write_dataset

from .conftest import CHANNELS

IDS = {"study": "tiny", "task": "imagery_x", "arm_of": "imagery", "arm": "x"}


def make(study, options, by="block", regression=None, store=0):
    folder = study.splits.parent / "made"
    out = {"store": folder / "w.zarr.zip", "counts": folder / "w.tsv"}
    out["components"] = folder / "w-components.tsv"
    path = study.stores[store] if isinstance(store, int) else store
    make_arm_windows(
        path,
        study.splits,
        regression,
        out,
        ids=IDS,
        options=options,
        by=by,
        seed=1,
    )
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
    regression = study.splits.parent / "regression.json"
    options = {"regress": "F7-F8", "ica": "eyes", "drop": ["O1"]}
    fit = {"key": "k", "by": "block", "seed": 1}
    fit_regression(study.stores, study.splits, options, regression, **fit)
    made, counts, components = make(study, options, regression=regression)
    assert {made.attrs[key] for key in ("task", "arm_of", "arm")} == {
        "imagery_x",
        "imagery",
        "x",
    }
    assert made.attrs["input"] == options
    assert made.attrs["fitted"]["regression"]["windows"] == 12
    removed = components[
        (components["metric"] == "removed") & (components["value"] == 1)
    ]
    assert (
        made.attrs["fitted"]["components_removed"]
        == removed["component"].tolist()
        != []
    )
    assert set(components["n"]) == {12}
    done = counts.set_index(["item", "name"])["count"]
    assert done["electrode_left_out", "O1"] == 1
    assert done["window_kept", "left"] == done["window_kept", "right"] == 10
    assert "O1" not in made["channel"].values
    assert len(made["channel"]) == len(CHANNELS) - 1


@pytest.mark.slow
def test_components_come_from_training_windows_or_from_all(study):
    *_, own = make(study, {"ica": "eyes"}, by="block")
    *_, everything = make(study, {"ica": "eyes"}, by="subject")
    assert (own["n"].iloc[0], everything["n"].iloc[0]) == (12, 20)


@pytest.mark.slow
def test_windows_that_do_not_train_do_not_shape_the_filter(study):
    before = window_array(make(study, {"ica": "eyes"})[0])
    dataset = open_windows(study.stores[0]).load().drop_encoding()
    dataset["signal"][:, :, 12:] = dataset["signal"][:, :, 12:] * 7
    other = study.splits.parent / "other.zarr.zip"
    write_dataset(dataset, other, {})
    after = window_array(make(study, {"ica": "eyes"}, store=other)[0])
    assert np.array_equal(after[:12], before[:12])
    assert np.allclose(after[12:], 7 * before[12:], rtol=1e-4, atol=1e-4)


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


def test_a_fit_without_the_subject_is_refused(study):
    regression = study.splits.parent / "regression.json"
    write_json(
        {"b": {"coefficients": {}, "heog": 0.0, "windows": 1}}, regression
    )
    with pytest.raises(InputError, match="has no coefficients for a"):
        make(study, {"regress": "F7-F8"}, regression=regression)


def test_a_wrong_electrode_is_named_by_its_key_and_nothing_is_written(study):
    with pytest.raises(
        InputError, match=r"tasks\.imagery\.arms\.inputs\.x\.keep: AF7"
    ):
        make(study, {"keep": ["AF7"]})
    assert not (study.splits.parent / "made").exists()
