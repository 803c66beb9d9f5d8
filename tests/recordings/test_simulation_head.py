"""Every source shows where physiology puts it."""

import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.simulation.head import RHYTHMS, fit_sphere, lead_fields
from eeglrp.recordings.simulation.settings import DEFAULTS

CHANNELS = DEFAULTS["channels"]


def fields_of(
    channels=CHANNELS, variation=0.0, seed=0, montage="colin27_1020"
):
    sphere = fit_sphere(channels, montage)
    return lead_fields(sphere, 20, variation, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def average_head():
    return fields_of()


@pytest.fixture(scope="module")
def person():
    return fields_of(variation=0.2, seed=1)


def by_channel(field):
    return dict(zip(CHANNELS, field, strict=True))


def power(field):
    return by_channel((field**2).sum(axis=1))


def strongest(values, n=2):
    return set(sorted(values, key=lambda name: -abs(values[name]))[:n])


@pytest.mark.parametrize("head", ["average_head", "person"])
def test_blinks_are_frontal_and_positive(head, request):
    topography = by_channel(request.getfixturevalue(head)["blink"].sum(axis=1))
    assert strongest(topography) == {"Fp1", "Fp2"}
    assert topography["Fp1"] > 0
    assert topography["Fp1"] == pytest.approx(topography["Fp2"], rel=0.15)
    assert abs(topography["O1"]) < 0.15 * topography["Fp1"]


@pytest.mark.parametrize("head", ["average_head", "person"])
def test_gaze_to_the_left_is_positive_on_the_left(head, request):
    topography = by_channel(
        request.getfixturevalue(head)["saccade"].sum(axis=1)
    )
    assert strongest(topography) == {"F7", "F8"}
    assert topography["F7"] > 0 > topography["F8"]
    assert topography["T7"] > 0 > topography["T8"]


@pytest.mark.parametrize("head", ["average_head", "person"])
def test_heart_s_field_is_a_smooth_gradient_from_left_to_right(head, request):
    topography = by_channel(
        request.getfixturevalue(head)["heartbeat"].sum(axis=1)
    )
    assert (
        topography["T7"]
        > topography["C3"]
        > topography["C4"]
        > topography["T8"]
    )
    assert topography["T7"] > 0 > topography["T8"]


@pytest.mark.parametrize("head", ["average_head", "person"])
@pytest.mark.parametrize(
    ("rhythm", "places"),
    [
        ("alpha", {"O1", "O2"}),
        ("mu_left", {"C3"}),
        ("mu_right", {"C4"}),
        ("arousal", {"C3", "Cz", "C4"}),
        ("valence_left", {"F3"}),
        ("valence_right", {"F4"}),
    ],
)
def test_rhythms_are_strongest_over_their_cortex(
    head, rhythm, places, request
):
    assert (
        strongest(power(request.getfixturevalue(head)[rhythm]), len(places))
        == places
    )


def test_reference_is_the_mean_of_both_ears():
    fields = fields_of(["A1", "A2", "Cz"])
    for field in fields.values():
        assert np.abs(field[0] + field[1]).max() < 2e-2 * np.abs(field).max()


def test_a_channel_s_potential_does_not_depend_on_the_others(average_head):
    alone = fields_of(["C3"])
    for name, field in alone.items():
        assert np.allclose(field[0], average_head[name][CHANNELS.index("C3")])


def test_people_differ_with_variation_only(average_head, person):
    nobody = fields_of(seed=5)
    assert np.allclose(nobody["heartbeat"], average_head["heartbeat"])
    for name in ("heartbeat", "blink", *RHYTHMS):
        correlation = np.corrcoef(
            person[name].sum(axis=1), average_head[name].sum(axis=1)
        )[0, 1]
        assert 0.6 < correlation < 0.9999


@pytest.mark.parametrize("seed", range(5))
def test_no_dipole_leaves_the_head_at_the_largest_variation(seed):
    fields = fields_of(variation=0.5, seed=seed)
    assert [field.shape[1] for field in fields.values()] == [
        2,
        2,
        1,
        24,
        8,
        8,
        24,
        8,
        8,
        20,
    ]
    assert all(np.isfinite(field).all() for field in fields.values())


def test_another_montage():
    assert fields_of(["Fz", "Oz"], montage="biosemi64")["alpha"].shape[0] == 2


def test_unknown_montage_and_electrode_are_named():
    with pytest.raises(InputError, match="no_such_cap"):
        fit_sphere(["Cz"], "no_such_cap")
    with pytest.raises(InputError, match="AF7"):
        fit_sphere(["Cz", "AF7"], "biosemi32")
