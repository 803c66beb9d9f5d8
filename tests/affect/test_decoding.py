"""The evaluation against reordered labels: what it finds, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from eeglrp.affect.decoding import score_affect
from eeglrp.errors import InputError
from eeglrp.files import read_table, write_table

pytestmark = pytest.mark.slow

STATISTICS = {"bootstrap": 200, "confidence": 0.95}
NULLS = {
    "evaluation": 300,
    "kinds": ["shift", "blocks"],
    "nearest": 0.1,
    "blocks": 8,
}


def predictions(cohort, path, right, seed=3):
    """A table whose predictions are right for such a part of the windows."""
    from eeglrp.affect.samples import rated_windows

    rated = rated_windows(cohort.windows)
    table = read_table(cohort.splits).merge(
        rated[["sample", "label", "rating"]], on="sample"
    )
    rng = np.random.default_rng(seed)
    hit = rng.random(len(table)) < right
    prediction = np.where(hit, table["label"], 1 - table["label"])
    noise = rng.normal(size=len(table))
    score = right * table["rating"] + (1 - right) * noise
    columns = ["sample", "subject", "split", "label"]
    table = table[columns].assign(
        prediction=prediction, logit_low=-score / 2, logit_high=score / 2
    )
    write_table(table, path)
    return path


def score(cohort, paths, nulls=NULLS, windows=None):
    out = cohort.folder / "affect.tsv"
    items = [
        {"regime": regime, "seed": 0, "path": path}
        for regime, path in paths.items()
    ]
    settings = {
        "study": "x",
        "task": "arousal",
        "target": "rating",
        "statistics": STATISTICS,
    }
    score_affect(
        windows or cohort.windows,
        items,
        nulls=nulls,
        seed=1,
        out=out,
        **settings,
    )
    return read_table(out)


def test_what_follows_the_ratings_beats_both_nulls_and_guesses_do_not(cohort):
    made = cohort()
    paths = {
        "scratch": predictions(made, made.folder / "a.tsv", 0.9),
        "spoc_ridge": predictions(made, made.folder / "b.tsv", 0.5),
    }
    found = score(made, paths)
    whole = found[(found["subject"] == "all")].set_index(
        ["regime", "null", "metric"]
    )
    for kind in ("shift", "blocks"):
        good, guess = (
            whole.loc[(regime, kind, "balanced_accuracy")]
            for regime in ("scratch", "spoc_ridge")
        )
        assert good["value"] > 0.8
        assert good["p"] == pytest.approx(1 / 301)
        assert guess["p"] > 0.05
        assert good["chance"] == pytest.approx(0.5, abs=0.03)
        bound = whole.loc[
            ("scratch", kind, "balanced_accuracy null 95%"), "value"
        ]
        assert good["chance"] < bound < 0.7
        assert good["orders"] > 1000
        # A regression is judged by the ratings too.
        assert whole.loc[("spoc_ridge", kind, "spearman"), "p"] < 0.05
    assert ("scratch", "shift", "spearman") not in whole.index
    assert set(found["subject"]) == {"s2", "s5", "all"}
    assert set(found["stage"]) == {"evaluation"}


def test_models_meet_the_same_orders_and_the_seed_decides_them(cohort):
    made = cohort()
    path = predictions(made, made.folder / "a.tsv", 0.7)
    found = score(made, {"scratch": path, "frozen": path})
    values = [
        found[found["regime"] == regime]["chance"].to_numpy()
        for regime in ("scratch", "frozen")
    ]
    np.testing.assert_array_equal(*values)
    pd.testing.assert_frame_equal(
        found, score(made, {"scratch": path, "frozen": path})
    )


def test_stores_without_ratings_are_reordered_by_their_labels(cohort):
    made = cohort(with_rating=False)
    found = score(
        made, {"scratch": predictions(made, made.folder / "a.tsv", 0.9)}
    )
    whole = found[
        (found["subject"] == "all") & (found["metric"] == "balanced_accuracy")
    ]
    assert (whole["p"] < 0.05).all()


def test_windows_of_no_store_and_other_test_windows_are_refused(cohort):
    made = cohort()
    path = predictions(made, made.folder / "a.tsv", 0.9)
    with pytest.raises(
        InputError, match="60 of 120 test windows are in no store"
    ):
        score(made, {"scratch": path}, windows=made.windows[:-1])
    fewer = read_table(path)
    write_table(fewer[fewer["subject"] != "s2"], made.folder / "b.tsv")
    with pytest.raises(
        InputError,
        match=r"b.tsv: sample: are not the test windows of the other",
    ):
        score(made, {"scratch": path, "frozen": made.folder / "b.tsv"})
