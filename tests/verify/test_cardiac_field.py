"""Topographies from training windows, and relevance against them."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import pearsonr

from eeglrp.attribution.stores import window_events
from eeglrp.baselines.linear import discriminant
from eeglrp.verify.cardiac_field import (
    correlate,
    field_table,
    table,
    two_sided,
)
from eeglrp.verify.fields import (
    Fields,
    activation_pattern,
    averages_at,
    training_fields,
)
from eeglrp.verify.map_locking import lock_maps
from eeglrp.verify.r_topography import lag_samples

from .conftest import CHANNELS, RATE

FIELD = np.array([3.0, -2.0, 0.5, 1.0, -1.0, 0.2, -2.5])
NAMES = {
    "study": "demo",
    "task": "r_peak",
    "regime": "scratch",
    "seed": 0,
    "method": "attn_lrp",
}


def job(settings, events):
    fields = {
        key: settings[key]
        for key in ("task", "classes", "verify", "statistics", "seed")
    }
    return SimpleNamespace(kind="r_peak", events=events, **fields)


def test_correlations_are_those_of_scipy():
    rng = np.random.default_rng(0)
    maps, field = rng.normal(size=(5, 7)), rng.normal(size=7)
    np.testing.assert_allclose(
        correlate(maps, field), [pearsonr(m, field)[0] for m in maps]
    )
    assert correlate(np.ones((2, 7)), field).tolist() == [0, 0]
    assert np.isnan(correlate(np.full((1, 7), np.nan), field)).all()


def test_the_pattern_shows_the_source_where_weights_show_the_noise():
    """Two sensors share noise, one of them the source: Haufe et al. (2014), their first example."""
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, 4000)
    source, shared = (
        label + 0.3 * rng.normal(size=4000),
        3 * rng.normal(size=4000),
    )
    features = np.stack([source + shared, shared], 1)
    weights = discriminant(2).fit(features, label).coef_[0]
    pattern = activation_pattern(features, label)
    assert weights[1] / weights[0] == pytest.approx(-1, abs=0.1)
    assert abs(pattern[1] / pattern[0]) < 0.2
    expected = (
        np.cov(features.T) @ weights / np.var(features @ weights, ddof=1)
    )
    np.testing.assert_allclose(pattern, expected)


def test_averages_at_free_moments_only():
    rng = np.random.default_rng(2)
    maps, free = rng.normal(size=(3, 4, 10)), np.zeros((3, 10), bool)
    assert not averages_at(maps, free, (5, 6), rng).any()
    free[1, 7] = True
    drawn = averages_at(maps, free, (5, 6), rng)
    np.testing.assert_allclose(
        drawn, np.tile(maps[1, :, 7], (5, 1)), rtol=1e-5
    )


@pytest.mark.slow
def test_the_planted_field_is_evoked_in_training_windows(task, settings):
    windows = task.windows(field=FIELD)
    train = (task.subject != "003") | (np.arange(60) < 44)
    fields = training_fields(
        windows, task.splits(train), job(settings, window_events(windows))
    )
    assert fields.channels == tuple(CHANNELS)
    assert (
        set(fields.evoked)
        == set(fields.pattern)
        == {"001", "002", "003", "all"}
    )
    for kind in (fields.evoked, fields.pattern):
        assert pearsonr(kind["all"], FIELD)[0] > 0.95
        assert pearsonr(kind["001"], FIELD)[0] > 0.9
    # A wave of 20 ms seen through an average of 40 ms: in microvolt, 100 to a unit.
    assert np.ptp(fields.evoked["all"]) == pytest.approx(
        100 * 0.85 * np.ptp(FIELD), rel=0.15
    )
    assert fields.random["all"].shape == (199, len(CHANNELS))


@pytest.mark.slow
def test_random_moments_hold_no_heartbeat_and_an_offset_is_no_field(
    task, settings
):
    """A wave a hundred times the noise and a constant leave no trace at random moments."""
    bump = task.bump()
    task.bump = lambda: 10 + bump
    windows = task.windows(field=100 * FIELD)
    fields = training_fields(
        windows, task.splits(), job(settings, window_events(windows))
    )
    evoked, random = fields.evoked["001"], fields.random["001"]
    np.testing.assert_allclose(evoked / evoked[0], FIELD / FIELD[0], atol=0.02)
    assert np.abs(random).max() < 0.005 * np.abs(evoked).max()
    assert np.abs(random.mean(0)).max() < 0.0005 * np.abs(evoked).max()


@pytest.mark.slow
def test_test_windows_are_never_read(task, settings):
    """Test windows of a subject may hold anything: the fields are those of the training windows."""
    train = np.arange(60) < 40
    found = []
    for field in (np.zeros(7), 50 * FIELD):
        task.rng = np.random.default_rng(11)
        bump, planted = task.bump(), np.where(train, 0.0, 1.0)[:, None]
        task.bump = lambda bump=bump, planted=planted: bump * planted
        windows = task.windows(field=field)
        del task.bump
        of_job = job(settings, window_events(windows))
        found.append(training_fields(windows, task.splits(train), of_job))
    assert set(found[0].evoked) == {"001", "002", "all"}
    for name in ("001", "002", "all"):
        np.testing.assert_array_equal(
            found[0].evoked[name], found[1].evoked[name]
        )
        np.testing.assert_array_equal(
            found[0].pattern[name], found[1].pattern[name]
        )


@pytest.mark.slow
def test_no_r_peaks_give_no_fields(task, settings):
    windows = task.windows(events=False)
    assert (
        training_fields(
            windows, task.splits(), job(settings, window_events(windows))
        )
        is None
    )
    assert field_table(None, {}).empty
    assert table({}, None, RATE, NAMES, job(settings, {})).empty


@pytest.mark.slow
def test_one_class_has_no_pattern(task, settings):
    windows = task.windows()
    of_job = job(settings, window_events(windows))
    fields = training_fields(windows, task.splits(task.label == 1), of_job)
    assert fields.pattern == {}
    assert set(fields.evoked) == {"001", "002", "003", "all"}


def locked(rng, shape, static=0.0, n=30):
    """Relevance of a subject, locked to events with the given topography.

    `static` is a topography that the relevance has at all times.
    """
    place = 100 + rng.integers(-24, 25, n)
    maps = rng.normal(size=(n, len(CHANNELS), 200)) + np.reshape(
        static, (-1, 1)
    )
    maps[np.arange(n), :, place] += shape
    settings = np.zeros(n), lag_samples(RATE), 199, rng
    return [lock_maps(maps, np.arange(n), place, *settings)]


def fields_of(rng, subjects=("a", "b", "c")):
    noise = {
        name: rng.normal(size=(199, len(CHANNELS)))
        for name in (*subjects, "all")
    }
    return Fields(tuple(CHANNELS), {"all": FIELD}, {}, noise)


def rows(shape, settings, rng, static=0.0):
    found = {name: locked(rng, shape, static) for name in ("a", "b", "c")}
    frame = table(
        found,
        fields_of(rng),
        RATE,
        NAMES | {"class": "r_peak"},
        job(settings, {}),
    )
    return frame.set_index(["subject", "metric", "lag"]).sort_index()


def test_relevance_at_both_poles_follows_the_magnitude(settings):
    frame = rows(3 * np.abs(FIELD), settings, np.random.default_rng(3))
    row = frame.loc[("all", "correlation evoked", 0.0)]
    assert row["value"] > 0.9
    assert row["ci_low"] < row["value"] < row["ci_high"]
    assert row["p"] == row["p_field"] == 1 / 200
    assert row["n"] == 90
    signed = frame.loc[("all", "correlation evoked signed", 0.0)]
    assert abs(signed["value"] - pearsonr(FIELD, np.abs(FIELD))[0]) < 0.15
    assert (
        frame.loc[("all", "correlation evoked of mean map", 0.0), "value"]
        > 0.9
    )
    assert {"a", "b", "c", "all"} == set(
        frame.index.get_level_values("subject")
    )


def test_a_topography_of_all_times_does_not_count(settings):
    static = 20 * np.eye(len(CHANNELS))[2]
    frame = rows(3 * np.abs(FIELD), settings, np.random.default_rng(3), static)
    row = frame.loc[("a", "correlation evoked", 0.0)]
    assert row["value"] > 0.9
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_relevance_with_the_fields_sign_is_told_apart(settings):
    frame = rows(3 * FIELD, settings, np.random.default_rng(4))
    assert frame.loc[("all", "correlation evoked signed", 0.0), "value"] > 0.9
    assert frame.loc[("all", "correlation evoked", 0.0), "value"] < 0.6


@pytest.mark.slow
def test_both_nulls_are_calibrated_where_nothing_is_locked(settings):
    rng, p, p_field = np.random.default_rng(5), [], []
    settings["statistics"]["bootstrap"] = 20
    for _ in range(100):
        frame = rows(0.0, settings, rng)
        p.append(frame.loc[("all", "correlation evoked", 0.0), "p"])
        p_field.append(
            frame.loc[("all", "correlation evoked", 0.0), "p_field"]
        )
    for found in (p, p_field):
        # Standard error of a rate of 0.05 in 100 runs: 0.022.
        assert np.mean(np.array(found) <= 0.05) <= 0.05 + 3 * 0.022
        assert 0.35 < np.mean(found) < 0.65


def test_p_values_are_two_sided_around_the_nulls_mean():
    null = np.arange(99.0)
    assert two_sided(98.0, null) == two_sided(0.0, null) == 3 / 100
    assert two_sided(200.0, null) == 1 / 100
    assert two_sided(49.0, null) == 1


def test_the_fields_are_rows_of_their_own():
    fields = fields_of(np.random.default_rng(6))
    frame = field_table(fields, {"study": "demo", "task": "r_peak"})
    assert frame["value"].tolist() == FIELD.tolist()
    assert frame["channel"].tolist() == CHANNELS
    assert set(frame["metric"]) == {"evoked"}
