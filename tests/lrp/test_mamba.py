"""MambaLRP (Jafari et al. 2024, arXiv:2406.07592) on a small Mamba in plain torch."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.lrp.check import check
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

CHANNELS, TIMES, BURST = 4, 24, 6


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def as_it_is(value):
    return value


class Mamba(nn.Module):
    """Selective scan (Gu and Dao 2023, arXiv:2312.00752), with the names of its public code.

    `held` is applied to what MambaLRP holds constant, `half` to the gated output, and `line` to the
    activations: the identity, but where a test writes out the detached network.
    """

    held = half = staticmethod(as_it_is)
    line = staticmethod(lambda function, x: function(x))

    def __init__(self, width=8, n_states=4, rank=2, kernel=3):
        super().__init__()
        self.in_proj = nn.Linear(width, 2 * width, bias=False)
        self.conv1d = nn.Conv1d(
            width, width, kernel, groups=width, padding=kernel - 1
        )
        self.x_proj = nn.Linear(width, rank + 2 * n_states, bias=False)
        self.dt_proj = nn.Linear(rank, width)
        states = torch.arange(1.0, n_states + 1)
        self.A_log = nn.Parameter(states.log().repeat(width, 1))
        self.D = nn.Parameter(torch.ones(width))
        self.out_proj = nn.Linear(width, width, bias=False)
        self.sizes = [rank, n_states, n_states]

    def forward(self, x):
        n_times = x.shape[1]
        x, gate = self.in_proj(x).chunk(2, -1)
        x = self.conv1d(x.mT)[..., :n_times].mT
        x = self.line(F.silu, x)
        step, b, c = self.x_proj(x).split(self.sizes, -1)
        step = F.softplus(self.dt_proj(step))[..., None]
        a_bar = self.held((-step * self.A_log.exp()).exp())
        b_bar = self.held(step * b[:, :, None])
        c = self.held(c)
        entering = b_bar * x[..., None]
        state = torch.zeros_like(entering[:, 0])
        outputs = []
        for t in range(n_times):
            state = a_bar[:, t] * state + entering[:, t]
            outputs.append((state * c[:, t, None]).sum(-1))
        y = torch.stack(outputs, 1) + self.D * x
        return self.out_proj(self.half(y * self.line(F.silu, gate)))


class Net(nn.Module):
    """A residual Mamba that reads the state after the last time."""

    def __init__(self, block=Mamba, width=8):
        super().__init__()
        self.embed, self.mixer = nn.Linear(CHANNELS, width), block(width)
        self.norm, self.head = nn.RMSNorm(width), nn.Linear(width, 2)

    def forward(self, x):
        x = self.embed(x.mT)
        x = x + self.mixer(self.norm(x))
        return self.head(x[:, -1])


class Detached(Mamba):
    """The network whose gradient MambaLRP is."""

    held = staticmethod(torch.Tensor.detach)
    half = staticmethod(lambda y: y / 2 + y.detach() / 2)
    line = staticmethod(lambda function, x: x * torch.sigmoid(x).detach())


class DetachedNorm(nn.Module):
    """Root-mean-square norm with a constant scale."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x):
        return x * (self.norm(x) / x).detach()


def test_relevance_is_that_of_the_network_with_its_matrices_detached():
    torch.manual_seed(0)
    model = Net().double().eval()
    twin = Net(Detached).double().eval()
    twin.load_state_dict(model.state_dict())
    twin.norm = DetachedNorm(twin.norm)
    x = rand(3, CHANNELS, TIMES)
    leaf = x.clone().requires_grad_()
    output = twin(leaf)[:, 1]
    (gradient,) = torch.autograd.grad(output.sum(), leaf)
    found = explain(model, x, 1, "mamba_lrp")
    torch.testing.assert_close(
        found.relevance, x * gradient, rtol=1e-12, atol=1e-12
    )
    torch.testing.assert_close(found.output, output.detach())
    assert closure_error(found) < 1e-12
    # Without biases all relevance is the input's: nothing stays in step, input and output matrices.
    assert "detached" not in found.ledger
    assert found.ledger["softmax"].abs().max() == 0


def test_the_check_agrees():
    torch.manual_seed(0)
    found = check(Net().eval(), rand(2, CHANNELS, TIMES), rules="mamba_lrp")
    assert found.passed
    assert found.agreement < 1e-6
    assert ("linear", "linear", "constant") in found.operations


def planted(n, seed):
    """Noise with a burst at a random time, whose sign is the class; and where it is."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, CHANNELS, TIMES, generator=generator)
    y = torch.randint(0, 2, (n,), generator=generator)
    where = torch.zeros_like(x, dtype=torch.bool)
    starts = torch.randint(0, TIMES - BURST, (n,), generator=generator)
    for i, start in enumerate(starts):
        where[i, 1, start : start + BURST] = True
    return x + 3 * where * (2 * y - 1)[:, None, None], y, where


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    model = Net()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    x, y, _ = planted(512, seed=10)
    for _ in range(12):
        for rows in torch.randperm(512).split(64):
            loss = F.cross_entropy(model(x[rows]), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model.eval()


def found_bursts(relevance, where):
    """Probability that a value in the burst has more relevance than one outside (AUC)."""
    areas = []
    for magnitude, inside in zip(relevance.abs(), where, strict=True):
        pairs = magnitude[inside][:, None] > magnitude[~inside]
        areas.append(pairs.float().mean())
    return torch.stack(areas).mean().item()


def test_planted_bursts_are_found_better_than_by_plain_propagation(trained):
    x, y, where = planted(100, seed=100)
    assert (trained(x).argmax(1) == y).float().mean() > 0.9
    area = {}
    for rules in ("attn_lrp", "mamba_lrp"):
        found = explain(trained, x, {1: 1, 0: -1}, rules)
        assert closure_error(found) < 1e-4
        area[rules] = found_bursts(found.relevance, where)
    assert area["mamba_lrp"] > area["attn_lrp"] + 0.1
    assert area["mamba_lrp"] > 0.7
