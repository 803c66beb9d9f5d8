"""The explorer among the jobs of a study: no job is run."""

import pytest

from .graph import listed

pytestmark = pytest.mark.snakemake


def test_the_explorer_reads_every_explanation_where_it_is_asked_for(
    root, tmp_path
):
    more = ["--configfile", "config/demo.yaml"]
    jobs = listed(root, tmp_path, "explorer", *more)
    explorer = [job for job in jobs if job["rule"] == "explorer"]
    assert len(explorer) == 1
    explained = {
        path
        for job in jobs
        for path in job["outputs"]
        if path.startswith("results/demo/attributions/")
        and path.endswith(".zarr.zip")
    }
    read = set(explorer[0]["inputs"])
    assert explained
    assert explained <= read
    # Of arms, too.
    assert any("seed-0-on-gaze_frontal_only" in path for path in read)


def test_no_other_target_asks_for_it(root, tmp_path):
    jobs = listed(root, tmp_path, "--configfile", "config/demo.yaml")
    assert "explorer" not in {job["rule"] for job in jobs}
