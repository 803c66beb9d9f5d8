"""Sums that nearly cancel, shared among the summands of their sign."""

import pytest
import torch

from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

RULES = {"addition": "z_plus"}


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


W = rand(6, seed=4)
V = rand(6, seed=5)


def in_place(a, b):
    a = a * 1
    a += b
    return a


#: Function of two vectors -> what each adds.
SUMS = {
    "add": (lambda a, b: a + b, 1, 1),
    "sub": (lambda a, b: a - b, 1, -1),
    "scaled": (lambda a, b: torch.add(a, b, alpha=0.3), 1, 0.3),
    "scaled_sub": (lambda a, b: torch.sub(a, b, alpha=0.3), 1, -0.3),
    "rsub": (lambda a, b: torch.rsub(a, b, alpha=0.3), -0.3, 1),
    "in_place": (in_place, 1, 1),
}


@pytest.mark.parametrize("name", SUMS)
def test_summands_of_the_sign_of_the_sum_share_it(name):
    function, one, other = SUMS[name]
    x = rand(3, 2, 6)
    found = explain(
        lambda s: function(s[:, 0], s[:, 1]), x, lambda y: y @ V, RULES
    )
    parts = x * torch.tensor([one, other], dtype=x.dtype)[:, None]
    z = parts.sum(1, keepdim=True)
    same = torch.where(parts.sign() == z.sign(), parts, 0)
    expected = same / same.sum(1, keepdim=True) * (V * z)
    torch.testing.assert_close(found.relevance, expected)
    assert closure_error(found) < 1e-12


def test_a_constant_summand_is_booked():
    x = rand(3, 6)

    class Shifted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = torch.nn.Parameter(W)

        def forward(self, s):
            return 2 - (s + self.shift)

    found = explain(Shifted().eval(), x, lambda y: y @ V, RULES)
    assert closure_error(found) < 1e-12
    assert found.ledger["shift"].abs().min() > 0
    assert found.ledger["constant"].abs().min() > 0


def test_a_residual_sum_does_not_explode():
    x = rand(2, 6)
    residual = lambda s: s - 0.99 * s.roll(0, 1)
    score = lambda y: y.abs().sum(1)
    branches = lambda s: residual(s.tanh()) + 1e-3 * s
    plain = explain(branches, x, score)
    found = explain(branches, x, score, RULES)
    # No summand of a sum receives more than the sum.
    assert found.relevance.abs().sum(1).le(found.output * (1 + 1e-9)).all()
    assert closure_error(found) < 1e-10
    assert closure_error(plain) < 1e-10


def test_other_additions_are_shared_in_proportion():
    x = rand(2, 6)
    padded = lambda s: torch.nn.functional.pad(s, (1, 1), value=2.0)
    score = lambda y: y.sum(1)
    found = explain(padded, x, score, RULES)
    torch.testing.assert_close(found.relevance, x)
    torch.testing.assert_close(
        found.ledger["constant"], torch.full((2,), 4.0).double()
    )
