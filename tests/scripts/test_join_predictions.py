"""The script that joins predictions of folds."""

import pandas as pd
import pytest

from eeglrp.files import read_table, write_table


@pytest.fixture
def join(run_script):
    """Run the script on inputs."""

    def run(inputs, out):
        inputs = list(map(str, inputs))
        run_script("join_predictions", input=inputs, output=[str(out)])

    return run


@pytest.fixture
def tables(tmp_path):
    """Predictions of three folds, each of which tests one of three windows."""
    paths = []
    for fold in range(3):
        split = ["train"] * 3
        split[fold] = "test"
        frame = pd.DataFrame(
            {
                "sample": ["001/a", "001/b", "002/c"],
                "subject": ["001", "001", "002"],
                "split": split,
                "label": [0, 1, 0],
                "prediction": [fold % 2] * 3,
                "logit_x": [0.1 + fold / 3] * 3,
            }
        )
        paths.append(tmp_path / f"fold-{fold}" / "seed-0.tsv")
        write_table(frame, paths[-1])
    return paths


def test_tables_are_joined_in_the_order_of_their_folds(join, tables, tmp_path):
    out = tmp_path / "seed-0.tsv"
    join(tables, out)
    found = read_table(out)
    assert found["fold"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    for fold, path in enumerate(tables):
        own = found[found["fold"] == fold].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            own.drop(columns="fold"), read_table(path)
        )
    test = found[found["split"] == "test"]
    assert test["sample"].tolist() == ["001/a", "001/b", "002/c"]
    assert test["subject"].tolist() == ["001", "001", "002"]


def test_a_table_without_a_column_is_named(join, tables, tmp_path):
    write_table(read_table(tables[1]).drop(columns="label"), tables[1])
    with pytest.raises(SystemExit):
        join(tables, tmp_path / "seed-0.tsv")
    log = (tmp_path / "job.log").read_text()
    assert "fold-1/seed-0.tsv: label: column missing" in log
    assert not (tmp_path / "seed-0.tsv").exists()
