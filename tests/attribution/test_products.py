"""Whether relevance is the signal times a coefficient, as stated and as it is."""

import pytest

from eeglrp.attribution.products import multiplies_signal
from eeglrp.attribution.registry import METHODS, load, options_of

CASES = [
    *(
        (name, {})
        for name in METHODS
        if name not in ("attention_rollout", "lrp")
    ),
    ("lrp", {"rules": {"base": "z_plus", "convolution": "gradient"}}),
    *(
        ("integrated_gradients", {"baseline": baseline, "steps": 4})
        for baseline in ("zero", "mean")
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "options"), CASES)
def test_only_products_are_zero_where_the_signal_is(
    method, options, small, named, windows
):
    windows[:, 1, 30:90] = 0
    given = options_of(method, options)
    found = load(method)(
        small, windows[:2], "predicted", forward_kwargs=named, **given
    )
    is_zero = (found.relevance[:, 1, 30:90] == 0).all()
    assert multiplies_signal(method, given) == bool(is_zero)


def test_options_decide():
    assert multiplies_signal(
        "integrated_gradients", {"baseline": "zero", "steps": 10}
    )
    assert not multiplies_signal("integrated_gradients", {"baseline": "other"})
    assert not multiplies_signal("attention_rollout", {})
    assert not multiplies_signal("no method", {})
    assert not multiplies_signal(None, {})
