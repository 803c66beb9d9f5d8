"""The job that explains what no label explains, on small models."""

import numpy as np
import pytest

from eeglrp.affect.maps import write_maps
from eeglrp.affect.maps_table import EXTRA
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table
from eeglrp.store import open_windows, window_array

from ..evaluate.conftest import small_study as small_study

ATTRIBUTION = {
    "score": "contrast",
    "split": "test",
    "batch_size": 8,
    "max_windows": None,
}
AFFECT = {"max_windows": 3, "untrained_models": 2}


def write(
    study, out, models=("first", "second"), permuted=("filters",), **changes
):
    settings = {
        "study": "x",
        "task": "arousal",
        "method": "gamma",
        "options": {},
        "seed": 3,
    }
    settings |= {"attribution": ATTRIBUTION, "affect": AFFECT, "device": "cpu"}
    write_maps(
        [study / f"{name}.safetensors" for name in models],
        [study / f"{name}.safetensors" for name in permuted],
        [study / "s1.zarr.zip", study / "s2.zarr.zip"],
        study / "splits.tsv",
        out,
        **settings | changes,
    )
    return read_table(out, (*METRIC_COLUMNS, *EXTRA))


@pytest.fixture(scope="module")
def table(small_study, tmp_path_factory):
    return write(
        small_study, tmp_path_factory.mktemp("maps") / "affect_maps.tsv"
    )


def test_every_source_has_every_subject_and_electrode(table):
    names = ["source", "regime", "seed"]
    models = (
        table[names]
        .astype(object)
        .fillna("")
        .drop_duplicates()
        .to_numpy()
        .tolist()
    )
    assert models == [
        ["signal", "", ""],
        ["embedding", "scratch", 0.0],
        ["embedding", "finetuned", 1.0],
        ["permuted", "scratch", 0.0],
        ["untrained", "untrained", 0.0],
        ["untrained", "untrained", 1.0],
    ]
    for _, part in table.groupby([*names, "subject"], dropna=False):
        assert part["channel"].tolist() == ["FP1", "CZ", "O2"]
        assert part["value"].sum() == pytest.approx(1)
        np.testing.assert_allclose(part["chance"], 1 / 3, rtol=1e-6)
    assert set(table["subject"]) == {"s1", "s2"}
    assert set(table.loc[table["source"] != "signal", "n"]) == {3}
    draws = table[table["source"] == "untrained"].pivot(
        index=["subject", "channel"], columns="seed", values="value"
    )
    assert np.abs(draws[0] - draws[1]).max() > 1e-3


def test_signal_is_that_of_all_windows_of_the_split(small_study, table):
    for subject, n in (("s1", 12), ("s2", 10)):
        signal = np.abs(
            window_array(open_windows(small_study / f"{subject}.zarr.zip"))[4:]
        ).sum(2)
        own = table[
            (table["source"] == "signal") & (table["subject"] == subject)
        ]
        expected = (signal / signal.sum(1, keepdims=True)).mean(0)
        np.testing.assert_allclose(own["value"], expected, rtol=1e-5)
        assert (own["n"] == n).all()


def test_a_study_may_have_neither_untrained_nor_permuted_models(
    small_study, tmp_path
):
    few = AFFECT | {"untrained_models": 0}
    table = write(small_study, tmp_path / "t.tsv", ("first",), (), affect=few)
    assert set(table["source"]) == {"signal", "embedding"}


def test_a_model_that_is_not_there_is_named(small_study, tmp_path):
    with pytest.raises(InputError, match="third"):
        write(small_study, tmp_path / "t.tsv", ("third",))
    assert not (tmp_path / "t.tsv").exists()
