"""A stand-in for what Snakemake hands over to a script."""

import runpy
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import (
    InputFiles,
    OutputFiles,
    Params,
    Wildcards,
)

KINDS = {
    "input": InputFiles,
    "output": OutputFiles,
    "params": Params,
    "wildcards": Wildcards,
}


@pytest.fixture
def run_script(root, tmp_path, monkeypatch):
    """Run a script by its name; inputs and the like are dicts or lists. Gives its log."""
    # Its settings are those of a process of its own.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "MKL_DYNAMIC"):
        monkeypatch.setenv(name, "1")
    for name in ("OMP_DYNAMIC", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")

    def run(name, **given):
        log = tmp_path / "job.log"
        job = {"log": [str(log)], "resources": {"gpu": 0}}
        for key, values in given.items():
            is_named = isinstance(values, dict)
            kind = KINDS[key]
            job[key] = kind(fromdict=values) if is_named else kind(values)
        script = root / "workflow" / "scripts" / f"{name}.py"
        runpy.run_path(str(script), {"snakemake": SimpleNamespace(**job)})
        return log.read_text()

    return run
