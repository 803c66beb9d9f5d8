import numpy as np
import pytest
import torch

from eeglrp.attribution.question import answer, ask, score_gradient
from eeglrp.errors import InputError


def test_predicted_classes_are_settled_on_the_signal_itself(polynomial, short):
    model = polynomial(quadratic=False)
    question = ask("test", model, short, "predicted", "logit", None)
    other = -2 * short
    classes = model(short).argmax(1)
    assert (model(other).argmax(1) != classes).any()
    torch.testing.assert_close(
        question.score(other), model(other)[range(3), classes]
    )
    torch.testing.assert_close(
        question.output, model(short).max(1).values.detach()
    )


def test_gradient_of_the_score(polynomial, short):
    model = polynomial()
    gradient = score_gradient(
        ask("test", model, short, [0, 2, 1], "logit", None), short
    )
    for k, number in enumerate([0, 2, 1]):
        expected = model.a[number] + model.b[number] @ short[k].flatten()
        torch.testing.assert_close(gradient[k].flatten(), expected.detach())


def test_what_is_left_of_the_output_is_unexplained(polynomial, short):
    question = ask("test", polynomial(), short, 1, "contrast", None)
    found = answer(question, short, baseline=torch.ones(3))
    assert list(found.ledger) == ["input", "baseline", "unexplained"]
    torch.testing.assert_close(found.ledger["input"], short.sum((1, 2)))
    torch.testing.assert_close(sum(found.ledger.values()), found.output)


def test_arguments_of_the_model_can_be_replaced(short):
    class Scaled(torch.nn.Module):
        def forward(self, signal, factor, offset=0.0):
            return signal.sum((1, 2))[:, None] * factor + offset

    question = ask(
        "test",
        Scaled().eval(),
        short,
        0,
        "logit",
        {"factor": 2.0, "offset": 1.0},
    )
    torch.testing.assert_close(question.output, short.sum((1, 2)) * 2 + 1)
    torch.testing.assert_close(
        question.score(short, factor=3.0), short.sum((1, 2)) * 3 + 1
    )


def test_a_model_that_works_in_place_leaves_the_signal(short):
    def model(signal):
        return signal.mul_(2).sum(2)

    kept = short.clone()
    question = ask("test", model, short, 0, "logit", None)
    question.score(question.signal)
    assert torch.equal(short, kept)
    assert torch.equal(question.signal, kept)


def test_a_function_of_the_output_is_a_target(short):
    question = ask(
        "test",
        lambda signal: (signal,),
        short,
        lambda out: out[0][:, 0, 0],
        "x",
        None,
    )
    assert question.logits is None
    assert torch.equal(question.output, short[:, 0, 0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layers": True}, "layers: test has no relevance of layers"),
        ({"target": 7}, "target: has no class of the 3"),
        ({"score": "margin"}, "score: margin is not a score"),
        ({"signal": np.zeros((3, 4))}, r"signal: is \(3, 4\), not"),
        ({"signal": np.zeros((0, 3, 4))}, "signal: is"),
    ],
)
def test_wrong_questions_are_refused(polynomial, short, changes, words):
    asked = {
        "signal": short,
        "target": 0,
        "score": "logit",
        "forward_kwargs": None,
    } | changes
    with pytest.raises(InputError, match=words):
        ask("test", polynomial(), **asked)


def test_a_model_in_training_mode_is_refused(polynomial, short):
    with pytest.raises(InputError, match="is in training mode"):
        ask("test", polynomial().train(), short, 0, "logit", None)
