"""Maps made anew are those of the attribution stores, whatever the batches and the subjects."""

import numpy as np
import pytest
import torch

from eeglrp.attribution.explaining import Case, class_scores, maps
from eeglrp.attribution.methods import method_function
from eeglrp.attribution.run import attribute
from eeglrp.models.labram import forward_kwargs
from eeglrp.models.subjects import for_subject
from eeglrp.models.trained import load_model
from eeglrp.store import open_attribution, open_windows, window_array

ATTRIBUTION = {
    "target": "predicted",
    "score": "contrast",
    "split": "test",
    "max_windows": 3,
    "batch_size": 4,
    "layers": False,
}
METHODS = {
    "attn_lrp": {},
    "smoothgrad": {"draws": 2},
    "random_map": {"method": "random"},
    "other": {
        "method": "integrated_gradients",
        "steps": 2,
        "baseline": "other",
        "n_baselines": 3,
    },
    "stem": {"rules": {"base": "cp_lrp", "convolution": "z_plus"}},
}


def paths(study):
    return [study / "s1.zarr.zip", study / "s2.zarr.zip"]


def case_of(study, n=3, batch_size=32):
    """The first windows of both subjects."""
    signal = [
        window_array(open_windows(path), list(range(n)))
        for path in paths(study)
    ]
    subject = np.repeat(["s1", "s2"], n)
    signal = torch.from_numpy(np.concatenate(signal))
    return Case(signal, subject, ("FP1", "CZ", "O2"), "contrast", batch_size)


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_maps_are_those_of_the_store(small_study, tmp_path, name):
    splits, out = small_study / "splits.tsv", tmp_path / "a.zarr.zip"
    model_path = small_study / "first.safetensors"
    ids = {"study": "demo", "task": "arousal", "regime": "scratch", "seed": 0}
    attribute(
        [model_path],
        paths(small_study),
        [splits],
        [out],
        methods={name: METHODS[name]},
        attribution=ATTRIBUTION,
        ids=ids,
        seed=5,
        device="cpu",
    )
    store = open_attribution(out)
    signal = {}
    for path in paths(small_study):
        dataset = open_windows(path)
        signal |= dict(
            zip(dataset["sample"].values, window_array(dataset), strict=True)
        )
    signal = torch.from_numpy(
        np.stack([signal[name] for name in store["sample"].values])
    )
    case = Case(
        signal, store["subject"].values, ("FP1", "CZ", "O2"), "contrast", 4
    )
    explain = method_function(
        name, METHODS[name], paths(small_study), splits, 5
    )
    model, _ = load_model(model_path)
    target = torch.from_numpy(store["target"].values)
    found = maps(explain, model.requires_grad_(False), case, target)
    expected = np.moveaxis(store["relevance"].values, -1, 0)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
    assert np.abs(found).max() > 1e-4


@pytest.mark.parametrize("name", ["first", "filters"])
def test_batches_do_not_matter(small_study, name):
    model, _ = load_model(small_study / f"{name}.safetensors")
    explain = method_function("attn_lrp", {}, [], None, 0)
    target = torch.tensor([0, 1, 0, 1, 1, 1])
    whole, single = case_of(small_study), case_of(small_study, batch_size=1)
    np.testing.assert_allclose(
        maps(explain, model, single, target),
        maps(explain, model, whole, target),
        rtol=1e-3,
        atol=1e-6,
    )
    close = {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose(
        class_scores(model, single), class_scores(model, whole), **close
    )


def test_every_subject_goes_through_its_own_filter(small_study):
    model, _ = load_model(small_study / "filters.safetensors")
    case, explain = (
        case_of(small_study),
        method_function("attn_lrp", {}, [], None, 0),
    )
    target = torch.tensor([0, 1, 0, 1, 1, 1])
    found, kwargs = (
        maps(explain, model, case, target),
        forward_kwargs(case.channels),
    )
    for rows, subject in ((slice(0, 3), "s1"), (slice(3, 6), "s2")):
        module = for_subject(model, subject)
        own = explain(
            module, case.signal[rows], target[rows], "contrast", kwargs, False
        )
        np.testing.assert_allclose(
            found[rows], own.relevance, rtol=1e-4, atol=1e-6
        )
        expected = module(case.signal[rows], **kwargs).detach()
        np.testing.assert_allclose(
            class_scores(model, case)[rows], expected, rtol=1e-5, atol=1e-6
        )
    swapped = case._replace(subject=case.subject[::-1].copy())
    assert not np.allclose(
        maps(explain, model, swapped, target), found, rtol=1e-2
    )


def test_another_signal_takes_the_place_of_the_cases(small_study):
    model, _ = load_model(small_study / "first.safetensors")
    case, explain = (
        case_of(small_study),
        method_function("input_x_gradient", {}, [], None, 0),
    )
    target = torch.zeros(6, dtype=torch.int64)
    other = maps(explain, model, case, target, 2 * case.signal)
    again = maps(explain, model, case._replace(signal=2 * case.signal), target)
    np.testing.assert_array_equal(other, again)
    assert not torch.equal(
        class_scores(model, case, case.signal.flip(2)),
        class_scores(model, case),
    )
