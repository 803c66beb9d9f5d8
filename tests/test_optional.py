"""In processes of their own: what is imported cannot be unimported."""

import os
import subprocess
import sys

import pytest

SEABORN = """
import sys
from eeglrp.optional import without
with without("scipy"):
    import seaborn
assert not [name for name in sys.modules if name.startswith("scipy")]
import scipy.stats
assert scipy.stats.norm.cdf(0) == 0.5
"""
PYRIEMANN = """
import sys
from eeglrp.optional import without
with without("torch"):
    from pyriemann.estimation import Covariances
    from pyriemann.tangentspace import TangentSpace
assert "torch" not in sys.modules
import numpy as np
signal = np.random.default_rng(0).standard_normal((8, 3, 100))
vectors = TangentSpace("riemann").fit_transform(Covariances("oas").transform(signal))
assert vectors.shape == (8, 6)
import torch
assert torch.ones(2).sum() == 2
"""
COMPILER = """
import sys
from eeglrp.optional import without_compiler

def trained(network):
    import torch
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.1, fused=True)
    for _ in range(3):
        optimiser.zero_grad()
        network(torch.ones(2, 4)).square().sum().backward()
        optimiser.step()
    return network.weight.detach().clone()

def network():
    import torch
    torch.manual_seed(0)
    return torch.nn.Linear(4, 3)

with without_compiler():
    quick = trained(network())
assert not [name for name in sys.modules if name.startswith("torch._dynamo")]
import torch
import torch._dynamo
assert torch.equal(quick, trained(network()))
assert torch.compile(network(), backend="eager")(torch.ones(2, 4)).shape == (2, 3)
with without_compiler():
    assert torch._dynamo.config is not None
"""
BEFORE = """
import scipy
from eeglrp.optional import without
with without("scipy"):
    import scipy.stats
assert scipy.stats.norm.cdf(0) == 0.5
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [SEABORN, PYRIEMANN, COMPILER, BEFORE])
def test_a_package_comes_without_what_it_can_do_without(program):
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
