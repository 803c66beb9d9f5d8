"""Settings that are complete and plausible, and messages that name the one that is not."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.recordings.simulation.settings import (
    DEFAULTS,
    NUMBERS,
    PARADIGMS,
    SOURCES,
    check_settings,
)

# The number of subjects concerns no single recording: `subjects` checks it.
KEYS = [(None, name) for name in NUMBERS if name != "subjects"] + [
    (source, name) for source, numbers in SOURCES.items() for name in numbers
]


def changed(source, name, value):
    dataset = copy.deepcopy(DEFAULTS)
    target = dataset if source is None else dataset["sources"][source]
    target[name] = value
    return dataset


@pytest.mark.parametrize("paradigm", PARADIGMS)
def test_defaults_are_accepted(paradigm):
    check_settings(DEFAULTS | {"paradigm": paradigm})


def test_every_source_of_a_paradigm_has_settings_and_every_source_is_used():
    assert {name for names in PARADIGMS.values() for name in names} == set(
        SOURCES
    )


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(KEYS), st.booleans(), st.floats(1e-3, 1e6))
def test_a_number_out_of_range_is_named(key, above, distance):
    source, name = key
    setting = NUMBERS[name] if source is None else SOURCES[source][name]
    value = setting.high + distance if above else setting.low - distance
    with pytest.raises(InputError) as caught:
        check_settings(changed(source, name, value))
    assert name in caught.value.field
    assert source is None or source in caught.value.field


@pytest.mark.parametrize("value", ["8", None, True, [8]])
def test_what_is_no_number_is_named(value):
    with pytest.raises(InputError, match=r"alpha\.amplitude"):
        check_settings(changed("alpha", "amplitude", value))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("paradigm", "sleep", "sleep"),
        ("sampling_rate", 250.5, "whole number"),
        ("channels", [], "empty"),
        ("channels", ["Cz", "XX1"], "XX1"),
        ("channels", ["Cz", "CZ"], "twice"),
        ("channels", ["T3", "T7"], "twice"),
        ("channels", ["Cz", "ECG"], "ECG"),
    ],
)
def test_other_settings_are_checked(name, value, problem):
    with pytest.raises(InputError, match=problem):
        check_settings(DEFAULTS | {name: value})


def test_mains_must_be_below_half_the_sampling_rate():
    with pytest.raises(InputError, match="mains"):
        check_settings(DEFAULTS | {"sampling_rate": 110, "mains": 60})


def test_missing_and_misspelt_settings_are_named():
    dataset = copy.deepcopy(DEFAULTS)
    del dataset["variation"]
    with pytest.raises(InputError, match="variation missing"):
        check_settings(dataset)
    with pytest.raises(InputError, match=r"sources\.mu: unknown: amplitud"):
        check_settings(changed("mu", "amplitud", 3))
    dataset = copy.deepcopy(DEFAULTS)
    dataset["sources"]["heart"] = {"amplitude": 1}
    with pytest.raises(InputError, match="unknown: heart"):
        check_settings(dataset)
