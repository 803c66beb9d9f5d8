"""The script that joins tables."""

import pytest

from eeglrp.files import METRIC_COLUMNS, read_table, write_table
from eeglrp.tables import metric_frame

from ..table_rows import row

#: Two tables of two tasks each.
NAMES = ("decoding", "confusion")
TASKS = ("r_peak", "arousal")


@pytest.fixture
def parts(tmp_path):
    """Files of the tables of each task, by the name of the table."""
    files = {name: [] for name in NAMES}
    for value, name in enumerate(NAMES, 1):
        for task in TASKS:
            path = tmp_path / task / f"{name}.tsv"
            path.parent.mkdir(exist_ok=True)
            frame = metric_frame([row(value / 10, task=task, metric=name)])
            write_table(frame, path)
            files[name].append(str(path))
    return files


def test_every_table_is_joined_under_its_own_name(parts, run_script, tmp_path):
    outputs = {name: str(tmp_path / f"{name}.tsv") for name in NAMES}
    # The order of outputs is not that of inputs.
    turned = dict(reversed(outputs.items()))
    log = run_script("join", input=parts, output=turned)
    assert "done" in log
    for value, name in enumerate(NAMES, 1):
        found = read_table(outputs[name], METRIC_COLUMNS)
        assert found["task"].tolist() == list(TASKS)
        assert set(found["metric"]) == {name}
        assert set(found["value"]) == {value / 10}


def test_a_single_table_needs_no_name(parts, run_script, tmp_path):
    out = tmp_path / "all.tsv"
    run_script("join", input=parts["decoding"], output=[str(out)])
    assert read_table(out)["task"].tolist() == list(TASKS)


def test_a_part_that_is_missing_is_named(parts, run_script, tmp_path):
    parts["confusion"].append(str(tmp_path / "absent.tsv"))
    outputs = {name: str(tmp_path / f"{name}.tsv") for name in NAMES}
    with pytest.raises((SystemExit, FileNotFoundError)):
        run_script("join", input=parts, output=outputs)
    assert "absent.tsv" in (tmp_path / "job.log").read_text()
