"""What `explain` promises: targets, layers, an untouched model, refusals, company of others."""

import copy
import gc
import threading
import warnings
import weakref

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp import explain as lazy_explain
from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error


class Small(nn.Module):
    """Convolution, norm and two blocks; any operation can be slipped in between."""

    def __init__(self, between=lambda x: x):
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv1d(3, 4, 3, padding=1)
        self.norm = nn.GroupNorm(2, 4)
        self.blocks = nn.ModuleList([nn.Linear(20, 20), nn.Linear(20, 20)])
        self.head = nn.Linear(80, 3)
        self.between = between

    def forward(self, x):
        x = self.between(self.norm(self.stem(x)))
        for block in self.blocks:
            x = x + F.gelu(block(x))
        return self.head(x.flatten(1))


def small(between=lambda x: x):
    return Small(between).double().eval()


@pytest.fixture
def x():
    torch.manual_seed(3)
    return torch.randn(4, 3, 20, dtype=torch.float64)


def assert_closes(result, bound=1e-10):
    assert closure_error(result) <= bound


def state_of(model):
    """Everything an explanation must leave as it is."""
    parameters = {
        name: (id(p), p.data_ptr(), p._version, p.requires_grad, p.grad)
        for name, p in model.named_parameters()
    }
    modules = {
        name: (
            m.training,
            len(m._forward_hooks),
            len(m._forward_pre_hooks),
            sorted(m.__dict__),
        )
        for name, m in model.named_modules()
    }
    process = nn.modules.module
    hooks = (
        len(process._global_forward_hooks),
        len(process._global_forward_pre_hooks),
        len(process._global_forward_hooks_always_called),
    )
    return (
        parameters,
        modules,
        hooks,
        torch.get_rng_state().tolist(),
        torch.is_grad_enabled(),
    )


# --- the score -----------------------------------------------------------------------------------


def test_the_package_offers_explain():
    assert lazy_explain is explain


def test_targets_of_every_form_agree(x):
    model = small()
    one = explain(model, x, 2)
    for target in (
        [2, 2, 2, 2],
        torch.tensor(2),
        torch.full((4,), 2),
        lambda y: y[:, 2],
    ):
        torch.testing.assert_close(
            explain(model, x, target).relevance, one.relevance
        )
    torch.testing.assert_close(one.output, model(x)[:, 2])
    torch.testing.assert_close(one.logits, model(x))


def test_each_sample_has_its_target(x):
    model, targets = small(), [0, 2, 1, 2]
    together = explain(model, x, targets)
    for i, target in enumerate(targets):
        alone = explain(model, x[i : i + 1], target)
        torch.testing.assert_close(
            together.relevance[i : i + 1], alone.relevance
        )
        for source, value in alone.ledger.items():
            torch.testing.assert_close(
                together.ledger[source][i : i + 1], value
            )


def test_predicted_is_the_class_with_the_largest_logit(x):
    model = small()
    found = explain(model, x, "predicted", score="contrast")
    best = model(x).argmax(1)
    torch.testing.assert_close(
        found.relevance, explain(model, x, best, score="contrast").relevance
    )


def test_contrast_is_a_difference_of_logits(x):
    model = small()
    found = explain(model, x, 0, score="contrast")
    logits = model(x)
    torch.testing.assert_close(
        found.output, logits[:, 0] - logits[:, 1:].mean(1)
    )
    assert_closes(found)
    difference = explain(model, x, lambda y: y[:, 0] - (y[:, 1] + y[:, 2]) / 2)
    torch.testing.assert_close(found.relevance, difference.relevance)


def test_the_signal_takes_the_precision_of_the_model(x):
    found = explain(small().float(), x.numpy(), 0)
    assert found.relevance.dtype == found.output.dtype == torch.float32
    assert found.ledger["input"].dtype == torch.float64
    assert_closes(found, 1e-5)


@pytest.mark.parametrize(
    ("target", "score", "words"),
    [
        (3, "logit", "no class"),
        (-1, "logit", "no class"),
        ([0, 1], "logit", "numbers for 4"),
        (0.5, "logit", "one class"),
        (0, "margin", "not a score"),
    ],
)
def test_impossible_targets_are_refused(x, target, score, words):
    with pytest.raises(InputError, match=words):
        explain(small(), x, target, score=score)


def test_an_output_that_is_no_table_of_logits_needs_a_function(x):
    def model(v):
        return {"features": v.sum(2)}

    with pytest.raises(InputError, match="function of the output"):
        explain(model, x, 0)
    found = explain(model, x, lambda y: y["features"][:, 1])
    torch.testing.assert_close(found.relevance.sum((1, 2)), x[:, 1].sum(1))


# --- layers --------------------------------------------------------------------------------------


def test_layers_give_relevance_of_blocks_in_order(x):
    model = small()
    found = explain(model, x, 1, layers=True).layer_relevance
    assert list(found) == ["blocks.0.input", "blocks.0", "blocks.1"]
    assert found["blocks.1"].shape == (4, 4, 20)


def test_layers_by_name_conserve_what_flows_through_them(x):
    model = small()
    with torch.no_grad():
        model.head.bias.zero_()
    found = explain(model, x, 1, layers=["norm", "head"])
    torch.testing.assert_close(
        found.layer_relevance["head"].sum(1), found.output
    )
    before = explain(
        lambda v: model.head(v.flatten(1)), model_before_head(model, x), 1
    )
    torch.testing.assert_close(before.relevance.sum((1, 2)), found.output)


def model_before_head(model, x):
    with torch.no_grad():
        v = model.norm(model.stem(x))
        for block in model.blocks:
            v = v + F.gelu(block(v))
    return v


def test_relevance_of_a_layer_whose_output_is_changed_later(x):
    def in_place(v):
        v *= 2
        return v

    changed = explain(small(in_place), x, 1, layers=["norm"])
    plain = explain(small(lambda v: 2 * v), x, 1, layers=["norm"])
    torch.testing.assert_close(
        changed.layer_relevance["norm"], plain.layer_relevance["norm"]
    )


def test_unknown_layers_and_models_without_blocks_are_refused(x):
    with pytest.raises(InputError, match="nowhere"):
        explain(small(), x, 0, layers=["nowhere"])
    with pytest.raises(InputError, match="no list of blocks"):
        explain(
            nn.Sequential(nn.Flatten(), nn.Linear(60, 2)).double().eval(),
            x,
            0,
            layers=True,
        )


# --- the model is left alone ---------------------------------------------------------------------


@pytest.mark.parametrize("frozen", [False, True])
def test_the_model_is_untouched(labram, named, signal, frozen):
    model = labram().requires_grad_(not frozen)
    before = state_of(model)
    explain(model, signal, 0, forward_kwargs=named(3), layers=True)
    assert state_of(model) == before


def test_the_model_is_untouched_while_it_runs(x):
    seen = []
    model = small(lambda v: (seen.append(state_of(model)[0]), v)[1])
    before = state_of(model)[0]
    explain(model, x, 0)
    # The first explanation of a model is compared with plain forward passes.
    assert set(map(str, seen)) == {str(before)}


def test_the_model_is_untouched_when_it_raises(x):
    def fail(v):
        raise RuntimeError("broken")

    model = small(fail)
    before = state_of(model)
    with pytest.raises(RuntimeError, match="broken"):
        explain(model, x, 0, layers=True)
    assert state_of(model) == before
    # Nothing listens any more.
    assert torch.erfinv(torch.zeros(1, requires_grad=True)).grad_fn is not None


def test_the_signal_is_untouched_even_by_a_model_that_works_in_place(x):
    def model(v):
        v += 1
        return v.sum(2)

    kept = x.clone()
    found = explain(model, x, 0)
    assert torch.equal(x, kept)
    assert not x.requires_grad
    torch.testing.assert_close(found.relevance.sum((1, 2)), x[:, 0].sum(1))
    assert_closes(found)


def test_nothing_is_kept_alive(x):
    model = small()
    kept = []
    model.between = lambda v: (kept.append(weakref.ref(v)), v)[1]
    gc.disable()
    try:
        explain(model, x, 0, layers=True)
        assert kept[0]() is None
    finally:
        gc.enable()


def test_training_mode_is_refused(x):
    with pytest.raises(InputError, match=r"model\.eval"):
        explain(small().train(), x, 0)


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_off(x, context):
    model = small()
    expected = explain(model, x, 0).relevance
    with context():
        assert torch.equal(explain(model, x, 0).relevance, expected)


# --- operations ----------------------------------------------------------------------------------


def test_an_operation_without_a_rule_is_an_error_that_says_where_and_what_to_do(
    x,
):
    class Odd(nn.Module):
        def forward(self, v):
            return torch.erfinv(torch.tanh(v))

    model = small()
    model.between = Odd()
    with pytest.raises(InputError) as caught:
        explain(model, x, 0)
    for words in ("Small", "between", "torch.erfinv", "Remedy", "operations"):
        assert words in str(caught.value)


def test_a_function_torch_does_not_show_is_an_error(x):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, v):
            return 2 * v

        @staticmethod
        def backward(ctx, c):
            return 2 * c

    with pytest.raises(InputError, match="DoubleBackward"):
        explain(small(Double.apply), x, 0)


def test_the_same_operation_on_constants_is_fine(x):
    assert_closes(
        explain(
            small(lambda v: v + torch.erfinv(torch.full((20,), 0.5))), x, 0
        )
    )


def test_comparisons_and_shapes_are_no_operations(x):
    def between(v):
        assert v.shape[1:] == (4, 20)
        assert v.ndim == 3
        assert v.size(0) == len(v)
        assert v.dtype == torch.float64
        assert v.is_floating_point()
        return v * (v > 0) if v.isfinite().all() else v

    assert_closes(explain(small(between), x, 0))


IN_PLACE = {
    "augmented": lambda v: v.__iadd__(1.5),
    "method": lambda v: v.clone().add_(torch.ones(20, dtype=torch.float64)),
    "scaled": lambda v: v.mul_(2).div_(3).sub_(1),
    "relu": lambda v: F.relu(v, inplace=True),
    "relu_": lambda v: torch.relu_(v),
    "elu": lambda v: F.elu(v, 1.0, True),
    "dropout": lambda v: F.dropout(v, 0.5, False, True),
    "module": nn.SiLU(inplace=True),
    "masked": lambda v: v.masked_fill_(v < 0, 2.0),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_operations_in_place(x, name):
    model = small(
        lambda v: (
            (IN_PLACE[name](v), v)[1]
            if name != "method"
            else IN_PLACE[name](v)
        )
    )
    found = explain(model, x, 0)
    torch.testing.assert_close(found.output, model(x)[:, 0])
    assert_closes(found)


def on_views(v):
    """Parts of a tensor changed in place through views, one of them never used again."""
    offset = torch.arange(20, dtype=torch.float64)
    v[:, 1:] += offset
    v[:, :1].add_(3)
    first = v[0:, 0]
    first *= 2
    v[:, 2, :5] = 7
    return v


def test_changes_in_place_on_views(x):
    model = small(on_views)
    found = explain(model, x, 0)
    torch.testing.assert_close(found.output, model(x)[:, 0])
    assert found.ledger["constant"].abs().min() > 0
    assert_closes(found)

    def written_out(v):
        offset = torch.arange(20, dtype=torch.float64)
        rest = v[:, 1:] + offset
        second = torch.cat(
            [
                torch.full((4, 1, 5), 7.0, dtype=torch.float64),
                rest[:, 1:2, 5:],
            ],
            2,
        )
        return torch.cat(
            [(v[:, :1] + 3) * 2, rest[:, :1], second, rest[:, 2:]], 1
        )

    other = explain(small(written_out), x, 0)
    torch.testing.assert_close(found.relevance, other.relevance)


def test_filling_a_tensor_of_zeros(x):
    def between(v):
        out = torch.zeros_like(v)
        out[:, :, 2:] = v[:, :, :-2]
        return out

    found = explain(small(between), x, 0)
    assert "constant" not in found.ledger
    assert_closes(found)


STRUCTURE = {
    "iteration": lambda v: torch.stack([row.flip(-1) for row in v]),
    "chunk": lambda v: torch.cat(v.chunk(2, 1)[::-1], dim=1),
    "pad": lambda v: (
        F.pad(v, (1, 1), value=2.0)[..., 1:-1]
        + F.pad(v, (1, 1), "reflect")[..., 2:]
    ),
    "pool": lambda v: F.max_pool1d(v, 3, 1, 1) + F.avg_pool1d(v, 3, 1, 1),
    "max": lambda v: v - v.max(-1, keepdim=True).values,
    "where": lambda v: torch.where(v > 0, v, 0.5),
    "glu": lambda v: torch.cat([F.glu(v, 1)] * 2, 1),
    "reverse": lambda v: 1 - v / 2,
    "reciprocal": lambda v: v + 1 / (v * v + 1),
    "property": lambda v: v.mT.transpose(-2, -1),
    "baddbmm": lambda v: torch.baddbmm(v, v @ v.mT, v, alpha=0.1),
    "weight of the signal": lambda v: F.linear(
        v, v.mean((0, 1)).expand(20, 20)
    ),
    "integers": lambda v: v + torch.arange(20),
    "constant by detach": lambda v: v + v.detach(),
    "constant by no_grad": lambda v: v + without_gradient(v),
}


@torch.no_grad()
def without_gradient(v):
    return v.mean(-1, keepdim=True)


@pytest.mark.parametrize("name", STRUCTURE)
def test_operations_that_move_select_or_join(x, name):
    model = small(STRUCTURE[name])
    found = explain(model, x[:1], 0)
    torch.testing.assert_close(found.output, model(x[:1])[:, 0])
    assert_closes(found)


def test_pooling_with_a_constant_rival_is_refused(x):
    with pytest.raises(InputError, match="constant operand"):
        explain(
            small(
                lambda v: torch.maximum(v, torch.ones(20, dtype=torch.float64))
            ),
            x,
            0,
        )


def test_batch_statistics_are_refused(x):
    with pytest.raises(InputError, match="mix samples"):
        explain(
            small(lambda v: F.batch_norm(v, None, None, training=True)), x, 0
        )


def test_cutting_the_signal_in_place_is_refused(x):
    def between(v):
        with torch.no_grad():
            v.mul_(2)
        return v

    with pytest.raises(InputError, match="without gradients"):
        explain(small(between), x, 0)


def test_an_output_that_cannot_be_followed_is_refused(x):
    with pytest.raises(InputError, match="does not depend"):
        explain(lambda v: v.sum(2).softmax(1), x, 0, "cp_lrp")
    with pytest.raises(InputError, match="does not depend"):
        explain(lambda v: torch.ones(4, 2), x, 0)


def test_an_output_that_is_not_finite_is_refused(x):
    x[0, 0, 0] = torch.nan
    with pytest.raises(InputError, match="not finite"):
        explain(small(), x, 0)


def test_rule_sets_and_tables(x):
    model = small()
    same = explain(model, x, 0, {"softmax": "constant"})
    torch.testing.assert_close(
        same.relevance, explain(model, x, 0, "cp_lrp").relevance
    )
    damped = explain(model, x, 0, "epsilon")
    assert damped.ledger["epsilon"].abs().min() > 0
    assert_closes(damped)
    for table in (
        "gama",
        {"lineer": "gradient"},
        {"linear": "gamma"},
        {"linear": {"rule": "epsilon"}},
    ):
        with pytest.raises(InputError, match="rules"):
            explain(model, x, 0, table)


# --- samples -------------------------------------------------------------------------------------


class TimeFirst(nn.Module):
    """Linear maps with biases on (times, samples, channels)."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.first, self.second = nn.Linear(3, 5), nn.Linear(5, 2)

    def forward(self, x):
        x = self.second(F.gelu(self.first(x.permute(2, 0, 1))))
        return (x * x).sum(0)


@pytest.mark.parametrize("n_samples", [2, 3, 4])
def test_the_ledger_is_right_where_samples_do_not_come_first(x, n_samples):
    # 20 times: a multiple of 2 and 4 samples, which would be mistaken for samples, but not of 3.
    model, rows = TimeFirst().double().eval(), x[:n_samples]
    found = explain(model, rows, 0)
    assert_closes(found)
    for i in range(n_samples):
        alone = explain(model, rows[i : i + 1], 0)
        for source, value in alone.ledger.items():
            torch.testing.assert_close(found.ledger[source][i : i + 1], value)


def test_a_ledger_that_does_not_close_warns(x, monkeypatch):
    from eeglrp.lrp import rulebook, rules

    leaky = lambda run, function, *args, **kwargs: rules.gradient(
        run, function, *args, **kwargs
    )
    monkeypatch.setitem(rulebook._FUNCTIONS["activation"], "identity", leaky)
    with pytest.warns(UserWarning, match="ledger misses"):
        explain(small(), x, 0)


# --- company -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_threads_do_not_disturb_each_other(labram, named, signal):
    model = labram()
    expected = [
        explain(model, signal, t, forward_kwargs=named(3), layers=True)
        for t in range(4)
    ]
    found = [None] * 4

    def work(target):
        for _ in range(3):
            found[target] = explain(
                model, signal, target, forward_kwargs=named(3), layers=True
            )
            # Plain use of the model beside it.
            with torch.no_grad():
                model(signal, **named(3))

    threads = [threading.Thread(target=work, args=(t,)) for t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.relevance, other.relevance)
        assert all(
            torch.equal(one.ledger[s], other.ledger[s]) for s in other.ledger
        )
        for name, value in other.layer_relevance.items():
            assert torch.equal(one.layer_relevance[name], value)


def test_an_explanation_inside_a_model_is_a_constant_there(x):
    inner = small()
    expected = explain(inner, x, 1, layers=True)
    seen = []

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, v):
            seen.append(explain(self.inner, v, 1, layers=True))
            return self.inner(v) * seen[-1].relevance.sum((1, 2))[:, None]

    found = explain(Outer().eval(), x, 0, layers=["inner.norm"])
    assert torch.equal(seen[0].relevance, expected.relevance)
    torch.testing.assert_close(
        found.relevance,
        explain(inner, x, 0).relevance
        * expected.relevance.sum((1, 2))[:, None, None],
    )
    assert_closes(found)


def test_a_copy_of_the_model_explains_alike(x):
    model = small()
    first = explain(model, x, 0).relevance
    assert torch.equal(explain(copy.deepcopy(model), x, 0).relevance, first)


def test_no_warnings(labram, named, signal):
    model = labram()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = explain(model, signal, 0, forward_kwargs=named(3), layers=True)
    assert_closes(found)


@pytest.mark.parametrize(
    "start",
    [lambda v: v * v.flip(-1), lambda v: F.linear(v, torch.eye(20).double())],
)
def test_the_result_of_a_product_is_changed_in_place(x, start):
    def between(v):
        y = start(v)
        y += v
        return y

    found = explain(small(between), x, 0)
    torch.testing.assert_close(found.output, small(between)(x)[:, 0])
    assert_closes(found)
