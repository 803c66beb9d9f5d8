"""The check of a model: right where all is right, and not where something is broken."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from eeglrp.errors import InputError
from eeglrp.lrp import rules
from eeglrp.lrp.check import check, main
from eeglrp.lrp.frozen import _RULES
from eeglrp.lrp.rulebook import _FUNCTIONS

#: Rules that are not the gradient of a network with constants.
NO_GRADIENT = {
    ("addition", "z_plus"),
    ("product", "position_aware"),
}


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator)


class Varied(nn.Module):
    """Operations of many kinds."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.batch = nn.Conv1d(3, 8, 3), nn.BatchNorm1d(8)
        self.group, self.instance = nn.GroupNorm(2, 8), nn.InstanceNorm1d(8)
        self.layer, self.rms = nn.LayerNorm(8), nn.RMSNorm(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.lstm, self.gru = (
            kind(8, 8, batch_first=True) for kind in (nn.LSTM, nn.GRU)
        )
        self.cell, self.head = nn.GRUCell(8, 8), nn.Linear(8, 3)
        self.eval()

    def forward(self, x):
        x = self.instance(self.group(F.gelu(self.batch(self.conv(x)))))
        x = F.max_pool1d(x, 2).transpose(1, 2)
        x = self.rms(self.layer(x))
        x = x + self.attention(x, x, x)[0]
        x = x + F.scaled_dot_product_attention(x, x, x)
        x += F.normalize(x, dim=-1) + x / (1 + x.abs())
        x = self.lstm(x)[0] + self.gru(x)[0]
        x = x * F.silu(x) + torch.mul(x, x) + F.glu(torch.cat([x, x], -1), -1)
        x = x * (x.square().mean(-1, keepdim=True) + 0.1).rsqrt()
        x = x + x.std(1, keepdim=True) + x.var(1, keepdim=True)
        x = torch.baddbmm(x, x @ x.mT, x) + x.logsumexp(-1, keepdim=True)
        x = x * (x.detach() > 0) + 0.1 * x.detach()
        return self.head(self.cell(x.mean(1), x[:, 0]).pow(2))


@pytest.mark.parametrize("rule_set", ["attn_lrp", "cp_lrp", "signal_take_all"])
def test_a_model_of_many_operations_is_as_it_should_be(rule_set):
    found = check(Varied(), rand(2, 3, 20), rules=rule_set)
    assert found.untested == ()
    assert found.agreement < 1e-6
    assert found.passed
    kinds = {kind for _, kind, _ in found.operations}
    assert {"attention", "recurrent", "spread", "product"} <= kinds
    assert found.detached["forward"] == 2


def test_every_rule_is_tested_or_known_to_be_no_gradient():
    made = {(kind, name) for kind in _FUNCTIONS for name in _FUNCTIONS[kind]}
    assert made - set(_RULES) == NO_GRADIENT


def test_a_wrong_coefficient_is_noticed(monkeypatch):
    """The ledger cannot see relevance at the wrong place; differences can."""

    def wrong(run, function, *args, **kwargs):
        output = rules.gradient(run, function, *args, **kwargs)
        if function.__name__ == "flip":
            # Conserved, but at the other end.
            x, y = args[0].detach(), output.detach()
            output.register_hook(lambda c: (c * y / x).flip(-1))
        return output

    monkeypatch.setitem(_FUNCTIONS["linear_map"], "gradient", wrong)
    found = check(lambda x: x.flip(-1).square().sum(-1), rand(2, 3, 8))
    assert found.closure < 1e-12
    assert found.agreement > 0.1
    assert not found.passed
    assert "NOT as it should be" in str(found)


def test_rules_that_are_no_gradient_are_named():
    found = check(Varied(), rand(2, 3, 20), rules="gamma")
    assert found.agreement is None
    assert found.untested == ("gamma of convolution", "gamma of linear")
    assert found.passed
    assert "not tested" in str(found)


def test_an_operation_without_a_rule_is_listed():
    model = nn.Sequential(nn.Conv1d(3, 2, 3), nn.Flatten()).double()
    found = check(lambda x: torch.lgamma(model(x).abs() + 1), rand(2, 3, 6), 0)
    assert found.missing == ("torch.lgamma in forward",)
    assert not found.passed
    assert "lgamma" in str(found)


def test_the_model_is_not_changed():
    model = Varied()
    before = {name: t.clone() for name, t in model.state_dict().items()}
    check(model, rand(2, 3, 20))
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert next(model.parameters()).dtype == torch.float32


def test_a_model_that_cannot_be_copied_is_named():
    model = nn.Linear(3, 2).eval()
    model.kept = model.weight * 2
    with pytest.raises(InputError, match="Linear: model: cannot be copied"):
        check(model, rand(2, 3))


def test_all_classes_are_refused():
    with pytest.raises(InputError, match="one class at a time"):
        check(Varied(), rand(2, 3, 20), "all")


def test_the_program_prints_a_page(root, tmp_path):
    np.save(tmp_path / "signal.npy", rand(2, 3, 20).numpy())
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n"
        "def make(width):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(60, width))\n"
    )
    make = subprocess.run(
        [
            *(sys.executable, "-m", "eeglrp.lrp.check", "mine:make"),
            *("--arguments", json.dumps({"width": 2})),
            *("--signal", "signal.npy", "--target", "1"),
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root / "workflow"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert make.returncode == 0, make.stderr
    assert make.stdout.startswith("Explanation of Sequential: as it should be")
    assert "linear: gradient" in make.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no.such:thing", "--shape", "3", "4"], "module:name"),
        (["torch.nn", "--shape", "3", "4"], "module:name"),
        (["torch.nn:Identity"], "--shape"),
        (["torch.nn:Identity", "--arguments", "{"], "give JSON"),
        (["torch.nn:Identity", "--shape", "3", "--rules", "gama"], "rule set"),
        (["torch.nn:Identity", "--shape", "3", "--target", "b"], "a class"),
        (["torch.nn:Identity", "--shape", "3", "--target", "7"], "no class"),
        (["torch.nn:Identity", "--signal", "no.npy"], "no.npy"),
        (["torch.nn:Identity", "--shape", "3", "--weights", "no.pt"], "no.pt"),
        (["torch.nn:Linear", "--shape", "3"], "in_features"),
    ],
)
def test_mistakes_are_named(arguments, words, capsys):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
