import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.files import METRIC_COLUMNS, write_table
from eeglrp.tables import (
    default_method,
    metric_frame,
    metric_row,
    metric_table,
    over_seeds,
)

finite = st.floats(-1, 1, allow_nan=False)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=6))
def test_over_seeds_averages_value_and_interval(pairs):
    rows = [
        metric_row(
            regime=regime,
            seed=str(seed),
            value=value,
            ci_low=value - 1,
            ci_high=2.0,
            n=seed,
        )
        for seed, values in enumerate(pairs)
        for regime, value in zip(("finetuned", "scratch"), values, strict=True)
    ]
    mean = over_seeds(metric_frame(rows), ["regime"]).set_index("regime")
    for column, regime in enumerate(("finetuned", "scratch")):
        expected = np.mean([values[column] for values in pairs])
        assert np.isclose(mean.loc[regime, "value"], expected)
        assert np.isclose(mean.loc[regime, "ci_low"], expected - 1)
        assert mean.loc[regime, "ci_high"] == 2
        assert mean.loc[regime, "n_seeds"] == len(pairs)
        assert mean.loc[regime, "n"] == len(pairs) - 1


def test_over_seeds_keeps_the_order_of_the_table_and_averages_more_columns():
    frame = pd.DataFrame(
        [
            metric_row(task=task, seed="0", value=1.0) | {"lag": 0.5}
            for task in ("b", "a", "c")
        ]
    )
    mean = over_seeds(frame, ["task"], more=("lag",))
    assert list(mean["task"]) == ["b", "a", "c"]
    assert (mean["lag"] == 0.5).all()


def test_metric_table_reads_seeds_as_names_and_drops_rows_without_a_value(
    tmp_path,
):
    rows = [
        metric_row(subject="001", regime="scratch", seed=3, value=0.5),
        metric_row(subject="001", regime="csp_lda", value=0.6),
        metric_row(subject="002", regime="scratch", seed=3),
    ]
    write_table(metric_frame(rows), tmp_path / "a.tsv")
    frame = metric_table([tmp_path / "a.tsv", tmp_path / "a.tsv"])
    assert list(frame["seed"]) == ["3", "", "3", ""]
    assert set(frame["subject"]) == {"001"}
    assert list(frame.columns) == list(METRIC_COLUMNS)


def test_default_method_is_lrp_gamma_if_it_was_run():
    assert default_method(["random", "cp_lrp", "attn_lrp", "gamma"]) == "gamma"
    assert default_method(["random", "cp_lrp", "attn_lrp"]) == "attn_lrp"
    assert default_method(["mine", "cp_lrp"]) == "cp_lrp"
    assert default_method(["mine"]) == "mine"
    assert default_method([]) is None
