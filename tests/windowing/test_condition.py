import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.recordings.registry import Recording
from eeglrp.windowing.condition import condition
from eeglrp.windowing.counts import CannotUse


def mixture(raw, planted):
    """Recording of `raw` plus a planted contribution, which its truth returns."""
    both = mne.io.RawArray(
        raw.get_data() + planted.get_data(), raw.info.copy(), verbose="ERROR"
    )
    return Recording("a", both, truth=lambda sources: planted.copy())


@pytest.mark.slow
@pytest.mark.parametrize("reference", [None, "average"])
@pytest.mark.parametrize("bad", [None, "C4"])
def test_truth_takes_the_signals_way_through_the_chain(
    make_raw, settings, reference, bad
):
    """The chain of (rest + planted) less the chain of planted is the chain of the rest."""
    settings["reference"] = reference
    rest, planted = make_raw(seed=1), make_raw(seed=2, scale=4)
    if bad:
        rest.apply_function(lambda x: 50 * x, picks=[bad], verbose="ERROR")
    channels = rest.ch_names
    signal, truth, counts = condition(
        mixture(rest, planted), channels, ["heartbeat"], settings
    )[:3]
    alone, nothing, _ = condition(
        Recording("a", rest), channels, [], settings
    )[:3]
    assert nothing is None
    assert counts == ([("noisy_channel", bad, 1)] if bad else [])
    np.testing.assert_allclose(signal - truth, alone, atol=1e-9)
    assert truth.std() > 1


def test_truth_is_matched_by_channel_name(make_raw, settings):
    rest, planted = make_raw(seed=1), make_raw(seed=2)
    recording = mixture(rest, planted)
    mixed = planted.copy().pick(planted.ch_names[::-1])
    wanted = ["O1", "CZ"]
    _, truth, _ = condition(recording, wanted, ["mu"], settings)[:3]
    shuffled = recording._replace(truth=lambda sources: mixed)
    _, again, _ = condition(shuffled, wanted, ["mu"], settings)[:3]
    np.testing.assert_allclose(again, truth, atol=1e-12)


def test_channels_come_in_the_order_asked_for(make_raw, settings):
    raw = make_raw()
    forward, _, _ = condition(Recording("a", raw), ["CZ", "O1"], [], settings)[
        :3
    ]
    backward, _, _ = condition(
        Recording("a", raw), ["O1", "CZ"], [], settings
    )[:3]
    np.testing.assert_allclose(backward, forward[::-1], atol=1e-12)


def test_the_recording_itself_stays_as_it_was(make_raw, settings):
    raw = make_raw()
    raw.info["bads"] = ["CZ"]
    before = raw.get_data()
    _, _, counts = condition(Recording("a", raw), raw.ch_names, [], settings)[
        :3
    ]
    assert counts == [("marked_channel", "CZ", 1)]
    assert raw.info["bads"] == ["CZ"]
    assert raw.info["sfreq"] == 250
    np.testing.assert_array_equal(raw.get_data(), before)


def test_skipped_filters_are_counted(make_raw, settings):
    raw = make_raw(sampling_rate=128)
    _, _, counts = condition(Recording("a", raw), raw.ch_names, [], settings)[
        :3
    ]
    assert counts == [("filter_skipped", "low_pass", 1)]


def test_a_channel_with_nan_is_interpolated_and_counted(make_raw, settings):
    raw = make_raw()
    raw.apply_function(
        lambda x: np.where(x > 2e-5, np.nan, x), picks=["PZ"], verbose="ERROR"
    )
    signal, _, counts = condition(
        Recording("a", raw), raw.ch_names, [], settings
    )[:3]
    assert counts == [("nan_channel", "PZ", 1)]
    assert np.isfinite(signal).all()


def test_nan_in_every_channel_refuses_the_recording(make_raw, settings):
    raw = make_raw()
    raw.apply_function(
        lambda x: np.where(np.arange(len(x)) == 9, np.nan, x), verbose="ERROR"
    )
    with pytest.raises(CannotUse, match="10 of 10 channels bad .*FP1 nan"):
        condition(Recording("a", raw), raw.ch_names, [], settings)


def test_truth_of_a_recording_that_has_none(make_raw, settings):
    with pytest.raises(
        InputError, match="run-2: truth: no planted truth.*`truth` empty"
    ):
        condition(
            Recording("run-2", make_raw()), ["CZ", "O1"], ["mu"], settings
        )
