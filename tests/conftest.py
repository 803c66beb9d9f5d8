"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Small arrays: several threads would only wait for each other. Set before numpy and torch load.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

ROOT = Path(__file__).resolve().parents[1]
# Programs that tests start import the package from this checkout, whatever is installed.
PLACES = (str(ROOT / "workflow"), os.environ.get("PYTHONPATH", ""))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, PLACES))
# The same examples in every run, however slow the machine is.
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same")
#: What takes long begins first, so that workers end together.
FIRST = ("snakemake", "benchmark", "slow")


def pytest_collection_modifyitems(items):
    def place(item):
        marks = [mark.name for mark in item.iter_markers()]
        return min((FIRST.index(m) for m in marks if m in FIRST), default=9)

    whole = {}
    for item in items:
        own = whole.setdefault(item.path, place(item))
        whole[item.path] = min(own, place(item))
    # Tests of a file stay together, in their order.
    items.sort(key=lambda item: whole[item.path])


@pytest.fixture(scope="session")
def root():
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data():
    """Real recordings beside the checkout or where EEGLRP_DATA points; skipped when absent."""
    folder = Path(
        os.environ.get("EEGLRP_DATA", ROOT.parent / "shared" / "data")
    )
    if not (folder / "MANIFEST.tsv").is_file():
        pytest.skip(
            f"no real recordings in {folder} (set EEGLRP_DATA to their folder)"
        )
    return folder


@pytest.fixture(scope="session")
def labram():
    """The function that builds a small LaBraM."""
    from .small_labram import build_labram

    return build_labram


@pytest.fixture(scope="session")
def named():
    """The function that names electrodes."""
    from .small_labram import electrodes

    return electrodes


@pytest.fixture
def signal():
    """Two windows of three electrodes and two patches, in 0.1 millivolt."""
    import torch

    torch.manual_seed(1)
    return torch.randn(2, 3, 400, dtype=torch.float64) * 0.3
