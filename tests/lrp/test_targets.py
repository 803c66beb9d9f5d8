"""What can be explained: classes, their differences, all of them, functions of the output."""

import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error


@pytest.fixture(scope="module")
def model(labram):
    return labram(trained=True)


def test_a_combination_of_classes_is_explained_as_one(model, named, signal):
    kwargs = {"forward_kwargs": named(3)}
    first, second = (explain(model, signal, k, **kwargs) for k in (1, 3))
    found = explain(model, signal, {1: 1, 3: -0.5}, **kwargs)
    torch.testing.assert_close(
        found.output, first.output - 0.5 * second.output
    )
    # Rules are linear in the relevance of the output.
    torch.testing.assert_close(
        found.relevance, first.relevance - 0.5 * second.relevance
    )


@pytest.mark.slow
@pytest.mark.parametrize("score", ["logit", "contrast"])
@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp", "gamma", "z_plus"])
def test_all_classes_at_once_are_each_class_alone(
    model, named, signal, rules, score
):
    settings = {
        "rules": rules,
        "score": score,
        "forward_kwargs": named(3),
        "layers": True,
    }
    found = explain(model, signal, "all", **settings)
    assert found.relevance.shape == (2, 4, 3, 400)
    assert found.output.shape == (2, 4)
    assert closure_error(found) < 1e-10
    for k in range(4):
        alone = explain(model, signal, k, **settings)
        torch.testing.assert_close(found.relevance[:, k], alone.relevance)
        torch.testing.assert_close(found.output[:, k], alone.output)
        torch.testing.assert_close(found.logits, alone.logits)
        for source, value in alone.ledger.items():
            torch.testing.assert_close(found.ledger[source][:, k], value)
        for name, value in alone.layer_relevance.items():
            torch.testing.assert_close(
                found.layer_relevance[name][:, k], value
            )
            above = {
                source: of[:, k]
                for source, of in found.layer_ledger[name].items()
            }
            torch.testing.assert_close(above, alone.layer_ledger[name])


def test_the_predicted_class_is_that_of_each_sample(model, named, signal):
    found = explain(model, signal, "predicted", forward_kwargs=named(3))
    best = found.logits.argmax(1)
    torch.testing.assert_close(
        found.output, found.logits.gather(1, best[:, None])[:, 0]
    )
    torch.testing.assert_close(
        found.relevance,
        explain(model, signal, best, forward_kwargs=named(3)).relevance,
    )


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (4, "has no class of the 4"),
        (-1, "has no class of the 4: -1. Remedy"),
        ([0, 1, 2], r"\(3,\) numbers for 2 samples"),
        ([0.5, 1.0], "one a sample"),
        ("best", "is 'best'"),
        (None, "is None"),
        ({4: 1.0}, "has no class of the 4"),
        ({"left": 1.0}, "is 'left'"),
        (lambda y: y, r"returned \(2, 4\) for 2 samples"),
        (lambda y: 1.0, "returned float"),
    ],
)
def test_mistakes_are_named(model, named, signal, target, words):
    with pytest.raises(InputError, match=words):
        explain(model, signal, target, forward_kwargs=named(3))


def test_a_combination_has_no_contrast(model, named, signal):
    with pytest.raises(InputError, match="choose the score logit"):
        explain(
            model, signal, {1: 1}, score="contrast", forward_kwargs=named(3)
        )


def test_a_single_logit_has_no_contrast():
    with pytest.raises(InputError, match="not a score of 1 classes"):
        explain(
            lambda v: v.sum((1, 2))[:, None],
            torch.ones(2, 3, 4),
            0,
            score="contrast",
        )


def test_other_outputs_need_a_function(model):
    with pytest.raises(InputError, match="give a function of the output"):
        explain(lambda v: v, torch.ones(2, 3, 4), 0)
    with pytest.raises(InputError, match="give a function of the output"):
        explain(lambda v: v, torch.ones(2, 3, 4), "all")
