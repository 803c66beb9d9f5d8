import numpy as np
import pytest
import torch

from eeglrp.training.checkpoint import Checkpoint
from eeglrp.training.fit import Examples, Plan, class_weights, fit, judge

TRAINING = {
    "epochs": 8,
    "batch_size": 8,
    "accumulate": 1,
    "warmup_epochs": 0,
    "min_learning_rate": 0.0,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "patience": None,
    "precision": "float32",
}


def run(train, validation, peak=0.1, checkpoint=None, **training):
    torch.manual_seed(0)
    head = torch.nn.Linear(train.array.shape[1], 2)
    plan = Plan(
        TRAINING | training, 2, torch.device("cpu"), np.random.default_rng(0)
    )
    plan = plan._replace(checkpoint=checkpoint)
    groups = [
        (name, parameter, 1.0) for name, parameter in head.named_parameters()
    ]
    return fit(head, head, groups, peak, train, validation, plan)


@pytest.fixture
def examples():
    rng = np.random.default_rng(0)
    label = np.arange(64) % 2
    array = rng.standard_normal((64, 3)).astype(np.float32)
    array[:, 0] += 8 * label - 4
    return Examples(array, label)


def test_a_linear_problem_is_solved(examples):
    result = run(examples, examples)
    assert result.history[-1]["validation_balanced_accuracy"] > 0.95
    assert result.history[-1]["train_loss"] < result.history[0]["train_loss"]


def test_of_equal_accuracies_the_lowest_loss_is_kept(examples):
    result = run(examples, examples)
    best = [
        row
        for row in result.history
        if row["validation_balanced_accuracy"] == 1.0
    ]
    assert len(best) > 1
    kept = result.history[result.epoch - 1]
    assert kept["validation_loss"] == min(
        row["validation_loss"] for row in best
    )


def test_patience_ends_training_early(examples):
    rng = np.random.default_rng(1)
    noise = Examples(
        rng.standard_normal((64, 3)).astype(np.float32),
        rng.permutation(64) % 2,
    )
    result = run(examples, noise, epochs=60, patience=2)
    assert len(result.history) == result.epoch + 2 < 60


def test_patience_that_ran_out_before_an_interruption_stays_so(
    examples, tmp_path
):
    rng = np.random.default_rng(1)
    noise = Examples(
        rng.standard_normal((64, 3)).astype(np.float32),
        rng.permutation(64) % 2,
    )
    checkpoint = Checkpoint(tmp_path / "x", "same")
    first, again = (
        run(examples, noise, epochs=60, patience=2, checkpoint=checkpoint)
        for _ in range(2)
    )
    assert again.history == first.history
    assert all(
        torch.equal(again.state[name], first.state[name])
        for name in first.state
    )


def steps(label, batch_size, accumulate, smoothing=0.1):
    """A training of three unequal classes from fixed weights."""
    rng = np.random.default_rng(3)
    array = rng.standard_normal((len(label), 4))
    examples = Examples(array, label)
    head = torch.nn.Linear(4, 3).double()
    with torch.no_grad():
        head.weight.copy_(torch.arange(12.0).reshape(3, 4) / 10)
        head.bias.zero_()
    options = {
        "batch_size": batch_size,
        "accumulate": accumulate,
        "label_smoothing": smoothing,
    }
    plan = Plan(
        TRAINING | options, 3, torch.device("cpu"), np.random.default_rng(0)
    )
    groups = [
        (name, parameter, 1.0) for name, parameter in head.named_parameters()
    ]
    return fit(head, head, groups, 0.05, examples, examples, plan)


@pytest.mark.parametrize(
    ("n", "batch_size", "accumulate"), [(48, 4, 3), (50, 4, 6), (7, 3, 4)]
)
def test_accumulated_batches_train_as_one_large_batch(
    n, batch_size, accumulate
):
    label = np.arange(n) % 5 % 3
    parts, whole = (
        steps(label, *sizes)
        for sizes in ((batch_size, accumulate), (batch_size * accumulate, 1))
    )
    for name, value in whole.state.items():
        torch.testing.assert_close(
            parts.state[name], value, rtol=1e-5, atol=1e-6
        )
    for one, other in zip(parts.history, whole.history, strict=True):
        assert one["learning_rate"] == other["learning_rate"]
        assert one["train_loss"] == pytest.approx(
            other["train_loss"], rel=1e-5
        )


def test_the_loss_is_pytorchs_weighted_mean():
    label = np.arange(20) % 5 % 3
    found = steps(label, 20, 1)
    rng = np.random.default_rng(3)
    scores = torch.from_numpy(
        rng.standard_normal((20, 4)) @ (np.arange(12.0).reshape(3, 4) / 10).T
    )
    weight = torch.from_numpy(len(label) / (3 * np.bincount(label)))
    expected = torch.nn.functional.cross_entropy(
        scores, torch.from_numpy(label), weight, label_smoothing=0.1
    )
    assert found.history[0]["train_loss"] == pytest.approx(
        expected.item(), rel=1e-5
    )


def test_class_weights_even_out_unequal_classes():
    label = np.repeat([0, 1, 2], [10, 20, 30])
    weights = class_weights(label, 3).numpy()
    np.testing.assert_allclose(weights * [10, 20, 30], 20, rtol=1e-6)
    np.testing.assert_allclose(class_weights(np.array([0, 1]), 2), 1)


def test_judging_agrees_with_the_definition():
    scores = np.array([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0]], np.float32)
    label = np.array([0, 1, 1])
    found = judge(scores, label, torch.tensor([1.0, 0.5]))
    assert found["validation_balanced_accuracy"] == 0.75
    losses = -np.log(
        [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))]
    )
    expected = (losses * [1, 0.5, 0.5]).sum() / 2
    assert found["validation_loss"] == pytest.approx(expected, rel=1e-5)
