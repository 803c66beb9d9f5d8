import pandas as pd
import pytest

from eeglrp.errors import InputError
from eeglrp.evaluate.cost import summarise_cost
from eeglrp.files import read_table, write_table


def cost(folder, method, windows, seconds, device="cpu", regime="scratch"):
    path = (
        folder
        / "attributions"
        / "r_peak"
        / regime
        / "seed-1"
        / f"{method}-cost.tsv"
    )
    row = {
        "windows": windows,
        "seconds": seconds,
        "device": device,
        "threads": 1,
    }
    write_table(pd.DataFrame([row]), path)
    return path


def test_time_is_told_by_window_and_in_gradients_of_the_same_model(tmp_path):
    paths = [
        cost(tmp_path, "input_x_gradient", 20, 4.0),
        cost(tmp_path, "attn_lrp", 10, 3.0),
        cost(tmp_path, "attn_lrp", 10, 7.0, regime="frozen"),
    ]
    summarise_cost(paths, "mine", tmp_path / "cost.tsv")
    table = read_table(tmp_path / "cost.tsv").set_index(
        ["regime", "method", "metric"]
    )
    assert set(table["study"]) == {"mine"}
    assert set(table["seed"]) == {1}
    assert table.loc[
        ("scratch", "attn_lrp", "seconds_per_window"), "value"
    ] == pytest.approx(0.3)
    assert table.loc[
        ("scratch", "attn_lrp", "gradients"), "value"
    ] == pytest.approx(1.5)
    assert (
        table.loc[("scratch", "input_x_gradient", "gradients"), "value"] == 1.0
    )
    assert ("frozen", "attn_lrp", "gradients") not in table.index


def test_times_on_other_devices_are_not_compared(tmp_path):
    paths = [
        cost(tmp_path, "input_x_gradient", 20, 4.0, "cuda"),
        cost(tmp_path, "attn_lrp", 10, 3.0, "cpu"),
    ]
    summarise_cost(paths, "mine", tmp_path / "cost.tsv")
    table = read_table(tmp_path / "cost.tsv")
    own = table[table["metric"] == "gradients"]
    assert list(own["method"]) == ["input_x_gradient"]


def test_a_table_of_something_else_is_refused_by_name(tmp_path):
    path = cost(tmp_path, "attn_lrp", 10, 3.0)
    write_table(pd.DataFrame({"windows": [1]}), path)
    with pytest.raises(InputError, match=r"attn_lrp-cost\.tsv.*seconds"):
        summarise_cost([path], "mine", tmp_path / "cost.tsv")
    assert not (tmp_path / "cost.tsv").exists()
