"""What the report shows of the tables on relevance and the heart."""

#: Correlations with the magnitude of a field, and the name of their p against random moments.
_CORRELATIONS = {
    "correlation evoked": "p, evoked",
    "correlation pattern": "p, pattern",
}


def at_the_r_peak(frame):
    """Correlations at the R-peak itself, each followed by its p, which becomes a metric.

    Parameters
    ----------
    frame : DataFrame
        The table `cardiac_field`.
    """
    import pandas as pd

    shown = frame[(frame["lag"] == 0) & frame["metric"].isin(_CORRELATIONS)]
    p = shown.assign(value=shown["p_field"], metric=shown["metric"].map(_CORRELATIONS))
    p = p.assign(ci_low=float("nan"), ci_high=float("nan"), chance=float("nan"))
    return pd.concat([shown, p], ignore_index=True)
