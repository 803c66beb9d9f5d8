import pytest
import torch

from eeglrp.attribution.integrated import integrated_gradients
from eeglrp.errors import InputError

CLASSES = [0, 2, 1]


def integral(model, signal, start, number):
    """Attribution of a quadratic function in closed form: the gradient half-way."""
    middle = (signal + start).flatten() / 2
    gradient = model.a[number] + model.b[number] @ middle
    return (gradient * (signal - start).flatten()).view_as(signal).detach()


def expected(model, signal, starts):
    parts = [
        integral(model, signal[k], starts[k], CLASSES[k])
        for k in range(len(signal))
    ]
    return torch.stack(parts)


@pytest.mark.parametrize("baseline", ["zero", "mean"])
def test_a_quadratic_function_in_closed_form(polynomial, short, baseline):
    model = polynomial()
    start = short.mean(2, keepdim=True).expand_as(short) * (baseline == "mean")
    found = integrated_gradients(
        model, short, CLASSES, steps=3, baseline=baseline
    )
    # captum holds its weights in single precision.
    close = {"rtol": 1e-6, "atol": 1e-7}
    torch.testing.assert_close(
        found.relevance, expected(model, short, start), **close
    )
    scores = model(start).detach()[range(3), CLASSES]
    torch.testing.assert_close(found.ledger["baseline"], scores)
    assert found.ledger["unexplained"].abs().max() < 1e-6


def test_other_windows_are_averaged(polynomial, short):
    model = polynomial()
    background = torch.randn(
        5, 3, 4, generator=torch.Generator().manual_seed(0)
    ).double()
    options = {
        "steps": 2,
        "baseline": "other",
        "n_baselines": 4,
        "background": background,
    }
    found = integrated_gradients(model, short, CLASSES, **options)
    parts = [
        expected(model, short, start.expand_as(short))
        for start in background[:4]
    ]
    close = {"rtol": 1e-6, "atol": 1e-6}
    torch.testing.assert_close(found.relevance, sum(parts) / 4, **close)
    scores = model(background[:4]).detach().mean(0)[CLASSES]
    torch.testing.assert_close(found.ledger["baseline"], scores)
    assert list(found.ledger) == ["input", "baseline", "unexplained"]


def test_it_is_as_exact_as_its_steps(short):
    def model(signal):
        return (signal**9).sum(2)

    errors = [
        integrated_gradients(model, short, 0, steps=steps)
        .ledger["unexplained"]
        .abs()
        .max()
        for steps in (2, 5)
    ]
    # Gauss-Legendre with n points is exact up to degree 2 n - 1, and the gradient has degree 8.
    assert errors[1] < 1e-6 * (short**9).sum(2).abs().max() < errors[0]


def test_predicted_classes_are_those_of_the_signal(polynomial, short):
    model = polynomial()
    found = integrated_gradients(model, short, "predicted", steps=3)
    classes = model(short).argmax(1)
    # On the way from the baseline, the model predicts others.
    assert (model(short / 10).argmax(1) != classes).any()
    again = integrated_gradients(model, short, classes, steps=3)
    assert torch.equal(found.relevance, again.relevance)


def test_a_target_may_depend_on_the_place_in_the_batch(polynomial, short):
    model = polynomial()
    found = integrated_gradients(
        model, short, lambda logits: logits[range(3), CLASSES], steps=3
    )
    again = integrated_gradients(model, short, CLASSES, steps=3)
    torch.testing.assert_close(found.relevance, again.relevance)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"baseline": "noise"}, "baseline: noise is not a baseline"),
        ({"baseline": "other"}, "background: has shape"),
        (
            {"baseline": "other", "background": torch.zeros(2, 3, 5)},
            "background: has shape",
        ),
        ({"layers": True}, "integrated_gradients has no relevance of layers"),
    ],
)
def test_wrong_options_are_refused(polynomial, short, options, words):
    with pytest.raises(InputError, match=words):
        integrated_gradients(polynomial(), short, 0, **options)
