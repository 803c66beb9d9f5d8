"""The model is left as it was, and others may work beside or around an explanation."""

import multiprocessing
import operator
import threading
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils.checkpoint import checkpoint

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

WIDTH = 6


class Holder(nn.Module):
    """A linear layer, then `step(self, values)`, which may use and change the tensors held."""

    def __init__(self, step, **held):
        super().__init__()
        torch.manual_seed(0)
        self.linear = nn.Linear(20, WIDTH)
        self.step = step
        for name, value in held.items():
            if isinstance(value, nn.Module):
                setattr(self, name, value)
            elif isinstance(value, nn.Parameter):
                self.register_parameter(name, value)
            else:
                self.register_buffer(name, value)

    def forward(self, x):
        return self.step(self, self.linear(x)).flatten(1)


def holder(step, **held):
    return Holder(step, **held).double().eval()


def sequence():
    """A model as a spawned process can build it."""
    torch.manual_seed(0)
    layers = (
        nn.Linear(20, WIDTH),
        nn.GELU(),
        nn.LayerNorm(WIDTH),
        nn.Flatten(),
        nn.Linear(18, 4),
    )
    return nn.Sequential(*layers).double().eval()


@pytest.fixture
def x():
    torch.manual_seed(3)
    return torch.randn(2, 3, 20, dtype=torch.float64)


def state_of(model):
    """Identity, memory and values of all that a model holds, and the state of the process."""
    held = {
        name: (id(t), t.data_ptr(), t.requires_grad, t.grad, t.tolist())
        for name, t in (*model.named_parameters(), *model.named_buffers())
    }
    modules = {
        name: (
            m.training,
            *(len(getattr(m, hooks)) for hooks in _HOOKS),
            sorted(m.__dict__),
        )
        for name, m in model.named_modules()
    }
    process = tuple(
        len(getattr(nn.modules.module, f"_global{hooks}")) for hooks in _HOOKS
    )
    cuda = (
        torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    )
    random = [state.tolist() for state in (torch.get_rng_state(), *cuda)]
    return held, modules, process, random, torch.is_grad_enabled()


_HOOKS = (
    "_forward_hooks",
    "_forward_pre_hooks",
    "_backward_hooks",
    "_backward_pre_hooks",
)


def ones():
    return torch.ones(WIDTH, dtype=torch.float64)


def numbers():
    torch.manual_seed(5)
    return nn.Parameter(torch.randn(WIDTH, WIDTH, dtype=torch.float64))


# --- the model is left as it was -----------------------------------------------------------------


def fail(model, v):
    raise RuntimeError("broken")


ENDINGS = {
    "success": (lambda model, v: F.gelu(v), None),
    "an error in the model": (fail, RuntimeError),
    "a refused operation": (lambda model, v: torch.erfinv(v), InputError),
}


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_everything_about_the_model_stays(x, ending, frozen):
    step, error = ENDINGS[ending]
    model = holder(step, norm=nn.BatchNorm1d(3), n=ones()).requires_grad_(
        not frozen
    )
    model.linear.weight.grad = torch.ones_like(model.linear.weight)
    model.register_forward_hook(lambda module, inputs, output: None)
    before = state_of(model)
    if error:
        with pytest.raises(error):
            explain(model, x, 1, layers=["linear"])
    else:
        explain(model, x, 1, layers=["linear"])
    assert state_of(model) == before


def test_nothing_listens_after_an_error(x):
    with pytest.raises(RuntimeError, match="broken"):
        explain(holder(fail), x, 1)
    leaf = torch.zeros(1, requires_grad=True)
    assert not hasattr(leaf + 1, "_relevance_mark")
    assert torch.erfinv(leaf).grad_fn is not None


def augmented(operation):
    """`n` changed by an augmented assignment."""

    def step(model, v):
        model.n = operation(model.n, 1)
        return v * model.n

    return step


def out(model, v):
    torch.add(model.n, 1, out=model.n)
    return v + model.n


def together(model, v):
    torch._foreach_add_([model.n, model.m], 1)
    return v * model.n * model.m


def rebound(model, v):
    model.n = model.n + 1
    return v + model.n


def renormed(model, v):
    model.w.data = torch.renorm(model.w.data, 2, 0, 0.5)
    return v @ model.w


def clamped(model, v):
    with torch.no_grad():
        model.w.clamp_(-0.1, 0.1)
    return v @ model.w


def clamped_data(model, v):
    model.w.data.clamp_(-0.1, 0.1)
    return v @ model.w


def averaged(model, v):
    with torch.no_grad():
        model.n.mul_(0.9).add_(v.mean((0, 1)), alpha=0.1)
    return v - model.n


def copied(model, v):
    model.n.copy_(v.detach().mean((0, 1)))
    return v - model.n


def item(model, v):
    model.n[0] = 5
    model.n[2:].fill_(7)
    return v + model.n


def looked_up(model, v):
    return v + model.table(torch.arange(3))


CHANGES = {
    "n += 1": (augmented(operator.iadd), {"n": ones()}),
    "n *= 1": (augmented(operator.imul), {"n": ones()}),
    "n //= 1": (augmented(operator.ifloordiv), {"n": ones() + 0.5}),
    "n **= 1": (augmented(operator.ipow), {"n": ones()}),
    "n |= 1": (
        augmented(operator.ior),
        {"n": torch.zeros(WIDTH, dtype=torch.int64)},
    ),
    "n <<= 1": (
        augmented(operator.ilshift),
        {"n": torch.ones(WIDTH, dtype=torch.int64)},
    ),
    "out=": (out, {"n": ones()}),
    "foreach": (together, {"n": ones(), "m": ones()}),
    "another tensor": (rebound, {"n": ones()}),
    "renorm": (renormed, {"w": numbers()}),
    "clamp_": (clamped, {"w": numbers()}),
    "data.clamp_": (clamped_data, {"w": numbers()}),
    "running mean": (averaged, {"n": ones()}),
    "copy_": (copied, {"n": ones()}),
    "item": (item, {"n": ones()}),
    "max_norm": (
        looked_up,
        {"table": nn.Embedding(WIDTH, WIDTH, max_norm=0.1)},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_model_changes_when_it_runs_is_put_back(x, name):
    step, held = CHANGES[name]
    model = holder(step, **held)
    before = state_of(model)
    found = explain(model, x, 1)
    assert state_of(model) == before
    torch.testing.assert_close(found.output, model(x)[:, 1])
    assert closure_error(found) < 1e-10


def test_what_a_model_changes_is_put_back_after_an_error(x):
    model = holder(lambda model, v: torch.erfinv(item(model, v)), n=ones())
    before = state_of(model)
    with pytest.raises(InputError):
        explain(model, x, 1)
    assert state_of(model) == before


def attend(model, v):
    return F.scaled_dot_product_attention(v, v, v, dropout_p=0.5)


DRAWS = {
    "dropout": lambda model, v: F.dropout(v),
    "dropout1d": lambda model, v: F.dropout1d(v),
    "alpha_dropout": lambda model, v: F.alpha_dropout(v, training=True),
    "attention": attend,
    "rrelu": lambda model, v: F.rrelu(v, training=True),
    "randn_like": lambda model, v: v + torch.randn_like(v),
    "randn": lambda model, v: v + torch.randn(WIDTH),
    "normal_": lambda model, v: v + torch.empty(WIDTH).normal_(),
    "bernoulli": lambda model, v: v * torch.bernoulli(ones() / 2),
    "randperm": lambda model, v: v[..., torch.randperm(WIDTH)],
    "a module": lambda model, v: v + nn.Linear(1, WIDTH).double().bias,
    "a distribution": lambda model, v: (
        v + torch.distributions.Normal(0.0, 1.0).sample((WIDTH,))
    ),
}


@pytest.mark.parametrize("name", DRAWS)
def test_random_numbers_go_on_as_if_nothing_had_been_drawn(x, name):
    model = holder(DRAWS[name])
    torch.manual_seed(7)
    expected = model(x)[:, 1]
    torch.manual_seed(7)
    before = torch.get_rng_state()
    found = explain(model, x, 1)
    assert torch.equal(torch.get_rng_state(), before)
    torch.testing.assert_close(found.output, expected)
    assert closure_error(found) < 1e-10


def test_random_numbers_go_on_after_a_refusal(x):
    model = holder(lambda model, v: F.gumbel_softmax(v))
    before = torch.get_rng_state()
    with pytest.raises(InputError):
        explain(model, x, 1)
    assert torch.equal(torch.get_rng_state(), before)


# --- recomputation, compilation ------------------------------------------------------------------


PARTS = {
    "gelu": lambda: F.gelu,
    "sigmoid": lambda: torch.sigmoid,
    "norm": lambda: nn.LayerNorm(WIDTH).double(),
    "block": lambda: nn.Sequential(
        nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH)
    ).double(),
}


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("name", PARTS)
def test_gradient_checkpointing_is_refused(x, name, reentrant):
    part = PARTS[name]()
    # Once without, so that what is remembered between explanations is there.
    explain(holder(lambda model, v: part(v)), x, 1)
    with pytest.raises(InputError, match=r"[Cc]heckpoint"):
        explain(
            holder(
                lambda model, v: checkpoint(part, v, use_reentrant=reentrant)
            ),
            x,
            1,
        )


def test_hooks_on_what_the_backward_pass_needs_are_refused(x):
    with (
        torch.autograd.graph.save_on_cpu(),
        pytest.raises(InputError, match="hooks"),
    ):
        explain(sequence(), x, 1)
    with pytest.raises(InputError, match="hooks"):
        explain(holder(offloaded), x, 1)
    # Others may use them again.
    with torch.autograd.graph.save_on_cpu():
        assert (torch.ones(1, requires_grad=True) ** 2).grad_fn is not None


def offloaded(model, v):
    with torch.autograd.graph.save_on_cpu():
        return F.gelu(v)


@pytest.mark.slow
@pytest.mark.parametrize("called", [False, True])
def test_a_compiled_model_is_explained_or_refused(x, called):
    model = sequence()
    compiled = torch.compile(model, backend="eager")
    if called:
        compiled(x)
    try:
        found = explain(compiled, x, 1)
    except InputError:
        return
    torch.testing.assert_close(found.relevance, explain(model, x, 1).relevance)


@pytest.mark.parametrize(
    "freeze", [torch.jit.script, lambda model: torch.jit.trace(model, WINDOW)]
)
def test_a_model_whose_operations_are_not_seen_is_refused(x, freeze):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = freeze(sequence())
    with pytest.raises(InputError, match="not a torch function"):
        explain(model, x, 1)


WINDOW = torch.zeros(1, 3, 20, dtype=torch.float64)


# --- around an explanation -----------------------------------------------------------------------


class Counting(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.seen = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.seen += 1
        return function(*args, **(kwargs or {}))


CONTEXTS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "device": lambda: torch.device("cpu"),
    "mode": Counting,
    "anomalies": lambda: torch.autograd.set_detect_anomaly(True),
}


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
@pytest.mark.parametrize("name", CONTEXTS)
def test_an_explanation_is_the_same_inside(x, name):
    model = sequence()
    expected = explain(model, x, 1)
    with CONTEXTS[name]():
        found = explain(model, x.clone(), 1)
    assert torch.equal(found.relevance, expected.relevance)
    assert not found.relevance.is_inference()


@pytest.mark.parametrize("name", ["device", "mode", "anomalies"])
def test_a_model_that_enters_a_context_itself(x, name):
    plain = sequence()

    def model(v):
        with CONTEXTS[name]():
            return plain(v)

    assert torch.equal(
        explain(model, x, 1).relevance, explain(plain, x, 1).relevance
    )


def test_a_model_made_in_inference_mode_is_explained_or_refused(x):
    with torch.inference_mode():
        model = sequence()
    try:
        found = explain(model, x, 1)
    except InputError:
        return
    torch.testing.assert_close(
        found.relevance, explain(sequence(), x, 1).relevance
    )


def test_an_explanation_within_the_target_of_another(x):
    model = sequence()
    expected = explain(model, x, 1)

    def target(logits):
        return logits[:, 1] * explain(model, x, 1).relevance.sum((1, 2))

    scale = expected.relevance.sum((1, 2))
    found = explain(model, x, target)
    torch.testing.assert_close(
        found.relevance, expected.relevance * scale[:, None, None]
    )


# --- beside an explanation -----------------------------------------------------------------------


RULES = ["attn_lrp", "cp_lrp", "epsilon", "gamma", "z_plus", "alpha_beta"]


def test_threads_with_different_rules_do_not_disturb_each_other(x):
    model = sequence()
    expected = {rules: explain(model, x, 1, rules) for rules in RULES}
    found = {rules: [] for rules in RULES}
    start = threading.Barrier(len(RULES))

    def work(rules):
        start.wait()
        for _ in range(5):
            found[rules].append(explain(model, x, 1, rules, layers=["1"]))

    threads = [threading.Thread(target=work, args=(rules,)) for rules in RULES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for rules, want in expected.items():
        assert len(found[rules]) == 5
        for one in found[rules]:
            assert torch.equal(one.relevance, want.relevance)
            assert all(
                torch.equal(one.ledger[s], want.ledger[s]) for s in want.ledger
            )


def in_a_process(values):
    """Relevance as lists, from a fresh process."""
    signal = torch.tensor(values, dtype=torch.float64)
    return explain(sequence(), signal, 1).relevance.tolist()


@pytest.mark.slow
def test_processes_agree(x):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(in_a_process, [x.tolist()] * 2)
    expected = explain(sequence(), x, 1).relevance
    for each in found:
        torch.testing.assert_close(
            torch.tensor(each, dtype=torch.float64), expected
        )
