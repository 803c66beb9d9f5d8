import numpy as np
import pytest

from eeglrp.baselines.yardsticks import COLUMNS, explained_table
from eeglrp.decoding.figures import pretraining
from eeglrp.drawing import theme
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table
from eeglrp.training.masking import FREQUENCIES


def plotted(shown):
    with theme():
        figure = pretraining.plot(shown)
    return np.reshape(figure.axes, (-1, 3)), figure


def test_the_figure_reads_the_columns_that_pretraining_writes():
    assert pretraining.SPECTRA_COLUMNS == COLUMNS
    import torch

    ones = torch.ones(2, FREQUENCIES)
    table = explained_table(
        "w", dict.fromkeys(pretraining.PREDICTORS, ones), ones, "AB", 3
    )
    assert set(table["predictor"]) == set(pretraining.PREDICTORS)


@pytest.mark.slow
def test_one_row_a_backbone_in_the_order_of_the_tasks(study):
    tables = study.tables("pretraining")
    shown = pretraining.select([*reversed(tables), tables[0], tables[-1]])
    assert tuple(shown.columns) == pretraining.COLUMNS
    # Two losses in five epochs; three predictors at 15 frequencies, 19 electrodes, and pooled.
    assert len(shown) == 4 * (2 * 5 + 3 * (15 + 19 + 1))
    assert "untrained" not in set(shown["series"])
    axes, figure = plotted(shown)
    titles = [axis.get_title(loc="left") for axis in axes[:, 0]]
    assert titles == ["R-peak", "Motor imagery", "Arousal", "Valence"]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(words) == len(set(words)) == 9


def test_curves_and_points_are_means_of_the_tables_over_folds(smallest_study):
    tables = smallest_study.tables("pretraining")
    histories = [path for path in tables if "history" in path.name]
    spectra = [path for path in tables if "spectra" in path.name]
    assert len(histories) == len(spectra) == 2
    (axes,), _ = plotted(pretraining.select(tables))
    losses = sum(read_table(path) for path in histories) / 2
    table, other = (
        read_table(path).set_index(["predictor", "frequency", "channel"])
        for path in spectra
    )
    means = (table["r_squared"] + other["r_squared"]).div(2).reset_index()
    found = [line.get_ydata() for line in axes[0].lines[:2]]
    np.testing.assert_allclose(
        found, losses[["train_loss", "validation_loss"]].T
    )
    for line, name in zip(
        axes[1].lines, ("network", "linear", "electrode_average"), strict=False
    ):
        rows = means[
            (means["predictor"] == name) & (means["channel"] == "all")
        ]
        rows = rows[rows["frequency"] != "all"]
        np.testing.assert_allclose(line.get_xdata(), np.arange(5, 80, 5))
        np.testing.assert_allclose(line.get_ydata(), rows["r_squared"])
    electrodes = {tuple(point) for point in axes[2].lines[0].get_xydata()}
    of_all = means[means["frequency"] == "all"].pivot(
        index="predictor", columns="channel", values="r_squared"
    )
    pairs = of_all.drop(columns="all").loc[["linear", "network"]].T
    np.testing.assert_allclose(
        sorted(electrodes), sorted(map(tuple, pairs.to_numpy()))
    )
    (pooled,) = axes[2].lines[1].get_xydata()
    np.testing.assert_allclose(
        pooled, of_all.loc[["linear", "network"], "all"]
    )
    # Of both folds.
    assert axes[1].get_title() == "n = 11,400 hidden patches"


def test_a_loss_has_no_number_of_patches(smallest_study):
    shown = pretraining.select(smallest_study.tables("pretraining"))
    assert shown.loc[shown["epoch"].notna(), "n"].isna().all()
    assert (shown.loc[shown["epoch"].isna(), "n"] > 0).all()


def test_a_table_without_r_squared_is_named(smallest_study):
    tables = smallest_study.tables("pretraining")
    wrong = tables[-1]
    write_table(read_table(wrong).drop(columns="r_squared"), wrong)
    with pytest.raises(
        InputError, match=f"{wrong.name}: r_squared: column missing"
    ):
        pretraining.select(tables)


def test_weights_from_elsewhere_give_a_figure_that_says_so(tmp_path):
    shown = pretraining.select([])
    assert shown.empty
    assert tuple(shown.columns) == pretraining.COLUMNS
    assert "hub" in pretraining.MISSING
    assert "file" in pretraining.MISSING
