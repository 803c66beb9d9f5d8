"""What holds for every method, on LaBraM."""

import numpy as np
import pytest
import torch

from eeglrp.attribution.registry import (
    METHODS,
    gives_layers,
    load,
    options_of,
    sources_of,
)
from eeglrp.errors import InputError
from eeglrp.lrp.explanation import closure_error

#: Options that make a method quick, or that choose another way through it.
CASES = {
    **{name: {} for name in METHODS if name != "lrp"},
    "lrp": {
        "rules": {
            "base": "cp_lrp",
            "convolution": {"rule": "gamma", "gamma": 0.25},
        }
    },
    "integrated_gradients": {"steps": 4},
    "integrated_mean": {
        "method": "integrated_gradients",
        "steps": 4,
        "baseline": "mean",
    },
    "integrated_other": {
        "method": "integrated_gradients",
        "steps": 3,
        "baseline": "other",
        "background": torch.randn(
            2, 3, 400, generator=torch.Generator().manual_seed(6)
        ),
    },
    "smoothgrad": {"draws": 3},
    "occlusion_mean": {
        "method": "occlusion",
        "baseline": "mean",
        "width": 150,
    },
    "occlusion_removal": {"method": "occlusion", "baseline": "removal"},
}


def explain(name, model, signal, target, kwargs, **more):
    options = dict(CASES[name])
    method = options.pop("method", name)
    return load(method)(
        model, signal, target, "contrast", kwargs, **options, **more
    )


@pytest.fixture(scope="module")
def explained(small, named):
    """Name -> explanation of four windows for a class each."""
    generator = torch.Generator().manual_seed(1)
    windows = (
        torch.randn(4, 3, 400, dtype=torch.float64, generator=generator) * 0.3
    )
    return {
        name: explain(name, small, windows, [0, 1, 2, 3], named)
        for name in CASES
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_ledger_sums_to_the_output(explained, small, windows, named, name):
    found = explained[name]
    assert closure_error(found) < 1e-12
    torch.testing.assert_close(
        found.ledger["input"], found.relevance.sum((1, 2))
    )
    assert all(value.dtype == torch.float64 for value in found.ledger.values())
    method = CASES[name].get("method", name)
    assert set(found.ledger) <= set(sources_of(method, CASES[name]))
    with torch.no_grad():
        logits = small(windows, **named)
    torch.testing.assert_close(found.logits, logits)
    contrast = [
        logits[k, k] - logits[k, np.arange(4) != k].mean() for k in range(4)
    ]
    torch.testing.assert_close(found.output, torch.stack(contrast))
    assert found.relevance.shape == windows.shape
    assert found.relevance.isfinite().all()


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_window_is_explained_the_same_in_any_batch(
    explained, small, windows, named, name
):
    for k in (0, 3):
        alone = explain(name, small, windows[k : k + 1], [k], named)
        close = {"rtol": 1e-9, "atol": 1e-11}
        torch.testing.assert_close(
            alone.relevance[0], explained[name].relevance[k], **close
        )
    turned = explain(name, small, windows.flip(0), [3, 2, 1, 0], named)
    torch.testing.assert_close(
        turned.relevance.flip(0), explained[name].relevance, **close
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_model_signal_and_random_state_stay_as_they_are(
    small, windows, named, name
):
    before = {key: value.clone() for key, value in small.state_dict().items()}
    attributes = set(vars(small))
    wanted = [p.requires_grad for p in small.parameters()]
    state, kept = torch.get_rng_state(), windows.clone()
    explain(name, small, windows, "predicted", named)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(windows, kept)
    assert not windows.requires_grad
    assert all(
        torch.equal(small.state_dict()[key], value)
        for key, value in before.items()
    )
    assert set(vars(small)) == attributes
    assert [p.requires_grad for p in small.parameters()] == wanted
    assert all(p.grad is None for p in small.parameters())
    assert not small.training
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")
    assert not any(
        getattr(module, each) for module in small.modules() for each in hooks
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_off(
    explained, small, windows, named, name, context
):
    with context():
        found = explain(name, small, windows.clone(), [0, 1, 2, 3], named)
    torch.testing.assert_close(
        found.relevance.clone(), explained[name].relevance
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_frozen_parameters_change_nothing(
    explained, labram, windows, named, name
):
    frozen = labram(trained=True).requires_grad_(False)
    found = explain(name, frozen, windows, [0, 1, 2, 3], named)
    torch.testing.assert_close(found.relevance, explained[name].relevance)


@pytest.mark.parametrize("name", CASES)
def test_layers_come_from_methods_that_give_them(small, windows, named, name):
    method = CASES[name].get("method", name)
    if gives_layers(method):
        found = explain(name, small, windows[:1], 0, named, layers=True)
        assert list(found.layer_relevance) == [
            "blocks.0.input",
            "blocks.0",
            "blocks.1",
        ]
        return
    with pytest.raises(
        InputError, match=f"{method} has no relevance of layers"
    ):
        explain(name, small, windows[:1], 0, named, layers=True)


@pytest.mark.parametrize("method", METHODS)
def test_every_option_has_a_default(method):
    assert set(options_of(method, {})) >= CASES.get(method, {}).keys()
