"""The script that writes the explorer."""

import pytest

from ..explorer.made_up import MadeUp


@pytest.fixture
def job(tmp_path):
    """What Snakemake hands over for a small study."""
    study = MadeUp(tmp_path / "results" / "made-up")
    return {
        "input": {
            "stores": list(map(str, study.stores)),
            "tables": list(map(str, study.tables)),
        },
        "output": {"index": str(study.folder / "explorer" / "index.html")},
        "params": {
            "study": "made-up",
            "sample": {"max_windows": 2},
        },
    }


def test_a_page_is_written_with_the_sample_that_was_asked_for(
    job, run_script, tmp_path
):
    assert "done" in run_script("explorer", **job)
    folder = tmp_path / "results/made-up/explorer"
    assert sorted(path.name for path in folder.iterdir()) == [
        "data",
        "index.html",
        "page",
    ]
    assert '"n_shown":2' in (folder / "data/study.js").read_text()


def test_a_damaged_store_is_named_in_the_log(job, run_script, tmp_path):
    with open(job["input"]["stores"][0], "r+b") as store:
        store.truncate(100)
    with pytest.raises(SystemExit):
        run_script("explorer", **job)
    assert "gamma.zarr.zip" in (tmp_path / "job.log").read_text()
    assert not (tmp_path / "results/made-up/explorer/index.html").exists()
