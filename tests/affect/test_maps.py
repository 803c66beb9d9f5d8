"""The job that explains what no label explains, on small models."""

import numpy as np
import pytest

from eeglrp.affect.maps import write_maps
from eeglrp.affect.maps_table import EXTRA
from eeglrp.errors import InputError
from eeglrp.files import METRIC_COLUMNS, read_table, write_table
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
    splits = changes.pop("splits", [study / "splits.tsv"])
    # Names of models are those of one fold, or a list of them a fold.
    models, permuted = (
        names if any(isinstance(one, list) for one in names) else [names]
        for names in (models, permuted)
    )
    write_maps(
        [[study / f"{name}.safetensors" for name in of] for of in models],
        [[study / f"{name}.safetensors" for name in of] for of in permuted],
        [study / "s1.zarr.zip", study / "s2.zarr.zip"],
        splits,
        out,
        **settings | changes,
    )
    return read_table(out, (*METRIC_COLUMNS, *EXTRA))


@pytest.fixture(scope="module")
def table(small_study, tmp_path_factory):
    return write(
        small_study, tmp_path_factory.mktemp("maps") / "affect_maps.tsv"
    )


@pytest.mark.slow
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


def two_folds(study, folder, by):
    """Splits of two folds: of half of the subjects each, or of half of each one's windows."""
    paths = []
    table = read_table(study / "splits.tsv")
    number = table["sample"].str[-1].astype(int) % 2
    group = (table["subject"] == "s2") * 1 if by == "subject" else number
    for fold in range(2):
        split = np.where(group == fold, "test", "train")
        paths.append(folder / f"{by}-{fold}.tsv")
        write_table(table.assign(split=split, fold=fold), paths[-1])
    return paths


def shares_of(table, source, **names):
    """Shares of one source by subject and electrode."""
    own = table[table["source"] == source]
    for name, value in names.items():
        own = own[own[name] == value]
    return own.set_index(["subject", "channel"])["value"]


@pytest.mark.slow
def test_each_subject_is_explained_by_the_models_of_its_own_fold(
    small_study, tmp_path
):
    folds = two_folds(small_study, tmp_path, "subject")
    # The same names: what tells models of one regime and seed apart is the fold.
    names = [["first"], ["filters"]]
    found = write(small_study, tmp_path / "t.tsv", names, names, splits=folds)
    for fold, subject in enumerate(("s1", "s2")):
        alone = write(
            small_study,
            tmp_path / f"{fold}.tsv",
            names[fold],
            names[fold],
            splits=[folds[fold]],
        )
        assert set(alone["subject"]) == {subject}
        for source in ("signal", "embedding", "permuted", "untrained"):
            np.testing.assert_allclose(
                shares_of(found[found["subject"] == subject], source),
                shares_of(alone, source),
                rtol=1e-6,
            )


@pytest.mark.slow
def test_of_a_subject_that_every_fold_tests_there_is_one_row_an_electrode(
    small_study, tmp_path
):
    """What the table of maps reads; the mean over the windows of both folds."""
    folds = two_folds(small_study, tmp_path, "block")
    every = AFFECT | {"max_windows": None}
    names = [["first"], ["filters"]]
    found = write(
        small_study,
        tmp_path / "t.tsv",
        names,
        names,
        splits=folds,
        affect=every,
    )
    keys = ["source", "regime", "seed", "subject", "channel"]
    assert not found.duplicated(keys).any()
    assert set(found.loc[found["subject"] == "s1", "n"]) == {16}
    parts = [
        write(
            small_study,
            tmp_path / f"{fold}.tsv",
            names[fold],
            names[fold],
            splits=[folds[fold]],
            affect=every,
        )
        for fold in range(2)
    ]
    # Halves of equal size.
    assert {frozenset(part["n"]) for part in parts} == {frozenset({7, 8})}
    for source, more in (("embedding", {}), ("untrained", {"seed": 1})):
        halves = [shares_of(part, source, **more) for part in parts]
        assert np.abs(halves[0] - halves[1]).max() > 1e-4
        np.testing.assert_allclose(
            shares_of(found, source, **more),
            (halves[0] + halves[1]) / 2,
            rtol=1e-5,
        )


def test_a_model_that_is_not_there_is_named(small_study, tmp_path):
    with pytest.raises(InputError, match="third"):
        write(small_study, tmp_path / "t.tsv", ("third",))
    assert not (tmp_path / "t.tsv").exists()
