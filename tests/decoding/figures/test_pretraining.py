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


def test_curves_and_points_are_the_numbers_of_the_tables(smallest_study):
    history, spectra = smallest_study.tables("pretraining")
    (axes,), _ = plotted(pretraining.select([history, spectra]))
    losses, table = (
        read_table(history),
        read_table(spectra).set_index(["predictor", "channel"]),
    )
    found = [line.get_ydata() for line in axes[0].lines[:2]]
    np.testing.assert_allclose(
        found, losses[["train_loss", "validation_loss"]].T
    )
    for line, name in zip(
        axes[1].lines, ("network", "linear", "electrode_average"), strict=False
    ):
        rows = table.loc[(name, "all")]
        rows = rows[rows["frequency"] != "all"]
        np.testing.assert_allclose(line.get_xdata(), np.arange(5, 80, 5))
        np.testing.assert_allclose(line.get_ydata(), rows["r_squared"])
    electrodes = {tuple(point) for point in axes[2].lines[0].get_xydata()}
    of_all = table[table["frequency"] == "all"]["r_squared"].unstack("channel")
    pairs = of_all.drop(columns="all").loc[["linear", "network"]].T
    assert electrodes == {tuple(pair) for pair in pairs.to_numpy()}
    (pooled,) = axes[2].lines[1].get_xydata()
    np.testing.assert_allclose(
        pooled, of_all.loc[["linear", "network"], "all"]
    )
    assert axes[1].get_title() == "n = 5,700 hidden patches"


def test_a_table_without_r_squared_is_named(smallest_study):
    tables = smallest_study.tables("pretraining")
    write_table(read_table(tables[1]).drop(columns="r_squared"), tables[1])
    with pytest.raises(
        InputError, match=f"{tables[1].name}: r_squared: column missing"
    ):
        pretraining.select(tables)


def test_weights_from_elsewhere_give_a_figure_that_says_so(tmp_path):
    shown = pretraining.select([])
    assert shown.empty
    assert tuple(shown.columns) == pretraining.COLUMNS
    assert "hub" in pretraining.MISSING
    assert "file" in pretraining.MISSING
