"""Windows with units hidden, against the same windows made by hand."""

import numpy as np
import pytest
import torch

from eeglrp.errors import InputError
from eeglrp.evaluate.occluders import filling, hidden_scores, tokens_removed
from eeglrp.models.subjects import SubjectLayer, for_subject

CHANNELS = ["FP1", "CZ", "O2"]


@pytest.fixture(scope="module")
def small(labram):
    return labram(trained=True)


@pytest.fixture
def windows():
    generator = torch.Generator().manual_seed(1)
    return (
        torch.randn(4, 3, 400, dtype=torch.float64, generator=generator) * 0.3
    )


def run(module, signal, mask, names=CHANNELS):
    with torch.no_grad(), tokens_removed(module, mask):
        return module(signal, ch_names=list(names))


def tokens(*hidden, n=4, n_tokens=6):
    mask = torch.zeros(n, n_tokens, dtype=torch.bool)
    mask[:, list(hidden)] = True
    return mask


@pytest.mark.parametrize("mean_pooling", [True, False])
@pytest.mark.parametrize(
    ("kept", "hidden"),
    [([1, 2], [0, 1]), ([0, 2], [2, 3]), ([1], [0, 1, 4, 5])],
)
def test_removed_electrodes_are_electrodes_left_out_of_the_input(
    labram, windows, mean_pooling, kept, hidden
):
    model = labram(trained=True, mean_pooling=mean_pooling)
    with torch.no_grad():
        expected = model(
            windows[:, kept], ch_names=[CHANNELS[k] for k in kept]
        )
    torch.testing.assert_close(run(model, windows, tokens(*hidden)), expected)


def test_behind_a_filter_too_removed_electrodes_are_left_out(small, windows):
    filters = torch.randn(
        2, 3, 3, generator=torch.Generator().manual_seed(4)
    ).double()
    layer = SubjectLayer(small, ["a", "b"], CHANNELS, filters).double()
    module = for_subject(layer, "b")
    with torch.no_grad():
        expected = module(windows[:, 1:], ch_names=CHANNELS[1:])

    def score(signal, index):
        return module(signal, ch_names=CHANNELS)[:, 1]

    hidden = np.zeros((4, 1, 6), bool)
    hidden[..., :2] = True
    fill = filling("removal", windows)
    with torch.no_grad():
        found = hidden_scores(
            score, module, windows, fill, hidden, removal=True
        )
    np.testing.assert_allclose(found[:, 0], expected[:, 1], rtol=1e-10)


def test_removed_tokens_are_never_seen(small, windows):
    mask = tokens(0, 3, 4)
    found = run(small, windows, mask)
    other = windows.clone()
    other[:, 0, :200] += 5
    other[:, 1, 200:] = 0
    other[:, 2, :200] *= -3
    torch.testing.assert_close(run(small, other, mask), found)
    other[:, 0, 250] += 1
    assert (run(small, other, mask) - found).abs().min() > 1e-6


@pytest.mark.slow
def test_without_the_tokens_of_a_patch_the_window_is_a_shorter_one(
    labram, windows
):
    long, short = labram(trained=True), labram(trained=True, n_times=200)
    weights = long.state_dict()
    weights["temporal_embedding"] = weights["temporal_embedding"][:, :2]
    short.load_state_dict(weights)
    with torch.no_grad():
        expected = short(windows[..., :200], ch_names=CHANNELS)
    torch.testing.assert_close(run(long, windows, tokens(1, 3, 5)), expected)


def test_each_row_may_leave_out_tokens_of_its_own(small, windows):
    mask = torch.eye(6, dtype=torch.bool)[[0, 5, 2, 2]]
    found = run(small, windows, mask)
    for k in range(4):
        alone = run(small, windows[k : k + 1], mask[k : k + 1])
        torch.testing.assert_close(found[k : k + 1], alone)


def test_the_model_is_left_as_it_was(small, windows):
    with torch.no_grad():
        before = small(windows, ch_names=CHANNELS)
        run(small, windows, tokens(1))
        with (
            pytest.raises(RuntimeError, match="stop"),
            tokens_removed(small, tokens(1)),
        ):
            raise RuntimeError("stop")
        after = small(windows, ch_names=CHANNELS)
    assert torch.equal(before, after)
    hooks = [
        len(m._forward_hooks) + len(m._forward_pre_hooks)
        for m in small.modules()
    ]
    assert sum(hooks) == 0


@pytest.mark.parametrize("occluder", ["zero", "mean", "other"])
def test_scores_of_windows_made_by_hand(occluder):
    rng = np.random.default_rng(0)
    signal, other = rng.normal(size=(2, 3, 2, 6))
    weight = rng.normal(size=(3, 2, 6))
    hidden = rng.random((3, 5, 4)) < 0.5
    given, seen = torch.from_numpy(signal), []

    def score(batch, index):
        seen.extend(index.tolist())
        return (batch * torch.from_numpy(weight)[index]).sum((1, 2)) ** 3

    fill = filling(occluder, given, torch.from_numpy(other))
    found = hidden_scores(
        score, torch.nn.Identity(), given, fill, hidden, batch_size=4
    )
    for k in range(3):
        for number in range(5):
            made = signal[k].copy()
            for unit in np.flatnonzero(hidden[k, number]):
                channel, piece = divmod(unit, 2)
                part = slice(3 * piece, 3 * piece + 3)
                fills = {
                    "zero": 0,
                    "mean": signal[k, channel].mean(),
                    "other": other[k, channel, part],
                }
                made[channel, part] = fills[occluder]
            np.testing.assert_allclose(
                found[k, number], (made * weight[k]).sum() ** 3
            )
    distinct = {
        (k, hidden[k, number].tobytes())
        for k in range(3)
        for number in range(5)
    }
    assert len(seen) == len(distinct) < 15


@pytest.mark.parametrize("batch_size", [1, 3, 256])
def test_the_batch_does_not_matter(small, windows, batch_size):
    hidden = np.random.default_rng(2).random((4, 9, 6)) < 0.4
    hidden[..., 0] = False

    def score(signal, index):
        return small(signal, ch_names=CHANNELS)[:, 0] + index

    fill = filling("removal", windows)
    with torch.no_grad():
        found = hidden_scores(
            score, small, windows, fill, hidden, True, batch_size
        )
        one = hidden_scores(
            score, small, windows[2:3], fill[2:3], hidden[2:3], True
        )
    np.testing.assert_allclose(found[2], one[0] + 2, rtol=1e-10)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (tokens(0, n_tokens=3), "3 units, but LaBraM has 6 patches"),
        (tokens(*range(6)), "leave out all units"),
        (
            torch.tensor([[True, False] * 3, [True] + [False] * 5]).repeat(
                2, 1
            ),
            "not equally many",
        ),
    ],
)
def test_masks_that_leave_nothing_or_do_not_fit_are_refused(
    small, windows, mask, words
):
    with pytest.raises(InputError, match=words):
        run(small, windows, mask)
    assert not small.blocks[0]._forward_pre_hooks


def test_other_models_and_occluders_are_refused(windows):
    with pytest.raises(InputError, match="Linear: model: has no adapter"):
        run(torch.nn.Linear(2, 2), windows, tokens(1))
    with pytest.raises(InputError, match="blur is not an occluder"):
        filling("blur", windows)
