import copy

import numpy as np
import pytest
import torch
import yaml
from snakemake.utils import validate

from eeglrp.training.augmentation import (
    OFF,
    augment,
    complete,
    drop_channels,
    is_on,
    mixup,
    scale_amplitude,
    time_shift,
)

SUBJECT = np.repeat(["a", "b", "c"], [3, 3, 2])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def signal():
    return torch.from_numpy(
        np.random.default_rng(1).standard_normal((8, 3, 20))
    )


def test_off_leaves_windows_labels_and_random_numbers_alone(signal, rng):
    before = rng.bit_generator.state
    label = torch.arange(8) % 2
    found, target = augment(signal, label, SUBJECT, complete({}, 20), 2, rng)
    assert found is signal
    assert target is label
    assert rng.bit_generator.state == before
    assert not is_on(OFF)


@pytest.mark.parametrize(
    "settings",
    [
        {"time_shift": 3},
        {"time_shift": 3, "time_shift_mode": "reflect"},
        {"amplitude": [0.5, 2]},
        {"channel_dropout": 0.5},
        {"mixup": 0.4},
    ],
)
def test_every_change_follows_the_seed_and_leaves_the_batch_alone(
    signal, settings
):
    assert is_on(settings)
    kept, label = signal.clone(), torch.arange(8) % 2
    settings = complete(settings, 20)
    first, again, other = (
        augment(
            signal, label, SUBJECT, settings, 2, np.random.default_rng(seed)
        )[0]
        for seed in (0, 0, 1)
    )
    assert torch.equal(signal, kept)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, signal)
    assert first.dtype == signal.dtype


@pytest.mark.parametrize(
    ("mode", "pad"), [("circular", "wrap"), ("reflect", "reflect")]
)
def test_windows_shift_as_a_whole_by_all_amounts_alike(signal, mode, pad):
    rng, most = np.random.default_rng(0), 4
    padded = np.pad(signal.numpy(), ((0, 0), (0, 0), (most, most)), mode=pad)
    counts = dict.fromkeys(range(-most, most + 1), 0)
    for _ in range(100):
        for number, found in enumerate(
            time_shift(signal, most, mode, rng).numpy()
        ):
            candidates = {
                shift: padded[number, :, most - shift : most - shift + 20]
                for shift in counts
            }
            (shift,) = [
                s
                for s, array in candidates.items()
                if np.array_equal(array, found)
            ]
            counts[shift] += 1
    # 800 shifts over nine amounts: four standard deviations of a binomial count.
    assert all(abs(count - 800 / 9) < 36 for count in counts.values())


def test_factors_are_even_over_their_range_and_one_an_electrode(rng):
    ones = torch.ones(2000, 3, 5)
    factors = scale_amplitude(ones, [0.5, 2.0], rng)
    assert (factors == factors[..., :1]).all()
    values = factors[..., 0].flatten().double().numpy()
    assert 0.5 <= values.min() < 0.51
    assert 1.99 < values.max() <= 2.0
    assert values.mean() == pytest.approx(1.25, abs=0.03)
    assert values.std() == pytest.approx(1.5 / np.sqrt(12), abs=0.02)
    assert abs(np.corrcoef(factors[..., 0].numpy().T)[0, 1]) < 0.1


def test_electrodes_are_lost_whole_with_the_probability_asked_for(rng):
    ones = torch.ones(4000, 3, 5)
    found = drop_channels(ones, 0.2, rng)
    assert set(found.unique().tolist()) == {0.0, 1.0}
    assert (found == found[..., :1]).all()
    np.testing.assert_allclose(
        (found[..., 0] == 0).double().mean(0), 0.2, atol=0.03
    )


def test_mixtures_are_of_two_subjects_and_labels_follow(rng):
    # Each window is its own unit vector: a mixture shows its parts and their shares.
    label = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
    signal = torch.eye(8).reshape(8, 1, 8)
    for _ in range(50):
        mixed, target = mixup(signal, label, SUBJECT, 0.5, 3, rng)
        for number, share in enumerate(mixed[:, 0].numpy()):
            (parts,) = share.nonzero()
            others = [part for part in parts if part != number]
            assert len(others) <= 1
            assert all(SUBJECT[part] != SUBJECT[number] for part in others)
            expected = np.bincount(label, weights=share, minlength=3)
            np.testing.assert_allclose(target[number], expected, atol=1e-6)
            assert expected.sum() == pytest.approx(1)


def test_shares_come_from_the_beta_distribution(rng):
    n, alpha = 2000, 0.3
    signal, label = (
        torch.tensor([1.0, 0.0]).reshape(2, 1, 1),
        torch.tensor([1, 0]),
    )
    subject = np.array(["a", "b"])
    batches = [
        mixup(signal, label, subject, alpha, 2, rng)[0] for _ in range(n)
    ]
    shares = np.array([batch[0, 0, 0].item() for batch in batches])
    assert shares.mean() == pytest.approx(0.5, abs=0.04)
    assert shares.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), abs=0.01)


def test_all_windows_of_other_subjects_are_partners_alike(rng):
    signal = torch.eye(8).reshape(8, 1, 8)
    label = torch.zeros(8, dtype=torch.int64)
    counts = np.zeros(8)
    for _ in range(1000):
        mixed, _ = mixup(signal, label, SUBJECT, 1.0, 2, rng)
        counts += mixed[0, 0].numpy() > 0
    np.testing.assert_array_equal(counts[:3], [1000, 0, 0])
    np.testing.assert_allclose(counts[3:], 200, atol=52)


def test_a_batch_of_one_subject_is_not_mixed(signal, rng):
    label = torch.arange(8) % 2
    found, target = mixup(signal, label, np.repeat("a", 8), 0.5, 2, rng)
    torch.testing.assert_close(found, signal)
    assert torch.equal(target.argmax(1), label)


def validated(root, **training):
    """Settings of training by the schema, around a study that says nothing else of them."""
    config = yaml.safe_load((root / "config" / "demo.yaml").read_text())
    config["training"] = training
    config["tasks"]["r_peak"]["training"] = copy.deepcopy(training)
    validate(config, str(root / "config" / "schema.yaml"))
    return config


@pytest.mark.slow
def test_the_schema_knows_every_change_and_all_are_off(root):
    config = validated(root)
    assert not is_on(config["training"]["augmentation"])
    assert config["training"]["accumulate"] == 1
    schema = yaml.safe_load((root / "config" / "schema.yaml").read_text())[
        "$defs"
    ]
    assert (
        schema["training"]["properties"]["augmentation"]["properties"].keys()
        == OFF.keys()
    )
