import numpy as np
import pytest
import torch

from eeglrp.attribution.occlusion import occlusion
from eeglrp.errors import InputError

CLASSES = [0, 2, 1]


@pytest.mark.parametrize("baseline", ["zero", "mean"])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 9])
def test_drops_by_hand(polynomial, short, baseline, width):
    model = polynomial()
    found = occlusion(model, short, CLASSES, baseline=baseline, width=width)
    for k, number in enumerate(CLASSES):
        a, b = (each[number].detach().numpy() for each in (model.a, model.b))
        x = short[k].numpy()

        def score(x, a=a, b=b):
            return a @ x.ravel() + x.ravel() @ b @ x.ravel() / 2

        for channel in range(3):
            for time in range(4):
                first = time // width * width
                piece = range(first, min(first + width, 4))
                without = x.copy()
                without[channel, piece] = (
                    x[channel].mean() if baseline == "mean" else 0
                )
                drop = (score(x) - score(without)) / len(piece)
                np.testing.assert_allclose(
                    found.relevance[k, channel, time], drop, atol=1e-12
                )
    assert list(found.ledger) == ["input", "unexplained"]


def test_of_a_linear_function_the_drops_sum_to_the_score(polynomial, short):
    found = occlusion(polynomial(quadratic=False), short, 1, width=2)
    torch.testing.assert_close(found.ledger["input"], found.output)


def test_removal_leaves_the_electrode_out_of_the_model(small, windows, named):
    found = occlusion(small, windows, 2, "logit", named, baseline="removal")
    for channel, kept in enumerate(([1, 2], [0, 2], [0, 1])):
        names = [named["ch_names"][k] for k in kept]
        with torch.no_grad():
            drop = found.output - small(windows[:, kept], ch_names=names)[:, 2]
        expected = (drop / 400)[:, None].expand(4, 400)
        torch.testing.assert_close(found.relevance[:, channel], expected)


def test_predicted_classes_stay_those_of_the_whole_signal(polynomial, short):
    model = polynomial()
    classes, without = model(short).argmax(1), short.clone()
    without[:, 0] = 0
    assert (model(without).argmax(1) != classes).any()
    found = occlusion(model, short, "predicted", width=4)
    again = occlusion(model, short, classes, width=4)
    assert torch.equal(found.relevance, again.relevance)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"baseline": "noise"},
            "baseline: noise is not a baseline of occlusion",
        ),
        (
            {"baseline": "removal"},
            "an electrode can be removed only from a model that takes",
        ),
        ({"layers": ["0"]}, "occlusion has no relevance of layers"),
    ],
)
def test_wrong_options_are_refused(polynomial, short, options, words):
    with pytest.raises(InputError, match=words):
        occlusion(polynomial(), short, 0, **options)


def test_the_only_electrode_cannot_be_removed(small, windows):
    with pytest.raises(InputError, match="names of several"):
        occlusion(
            small,
            windows[:, :1],
            0,
            "logit",
            {"ch_names": ["CZ"]},
            baseline="removal",
        )
