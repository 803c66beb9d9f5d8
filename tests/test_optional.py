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
BEFORE = """
import scipy
from eeglrp.optional import without
with without("scipy"):
    import scipy.stats
assert scipy.stats.norm.cdf(0) == 0.5
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", [SEABORN, PYRIEMANN, BEFORE])
def test_a_package_comes_without_what_it_can_do_without(program):
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
