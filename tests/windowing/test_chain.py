import mne
import numpy as np
import pytest

from eeglrp.windowing.chain import filter_signal, finish_signal, usable_filters


def amplitude(signal, frequency, sampling_rate):
    spectrum = np.abs(np.fft.rfft(signal)) / signal.size * 2
    return spectrum[int(round(frequency * signal.size / sampling_rate))]


def test_the_pass_band_stays_and_mains_and_drift_go(make_raw, settings):
    raw = make_raw(60, scale=0)
    times = raw.times
    wanted = 10 * np.sin(2 * np.pi * 10 * times)
    unwanted = (
        30 * np.sin(2 * np.pi * 50 * times)
        + 100
        + 20 * np.sin(2 * np.pi * 110 * times)
    )
    raw.apply_function(
        lambda x: (wanted + unwanted) * 1e-6, picks=["CZ"], verbose="ERROR"
    )
    filter_signal(raw, settings)
    signal = raw.get_data(picks=["CZ"])[0, 2500:-2500] * 1e6
    assert amplitude(signal, 10, 250) == pytest.approx(10, rel=0.02)
    assert amplitude(signal, 50, 250) < 0.3
    assert amplitude(signal, 110, 250) < 0.3
    assert abs(signal.mean()) < 1


@pytest.mark.parametrize(
    ("rate", "skipped"),
    [(250, []), (128, ["low_pass"]), (100, ["low_pass", "notch"])],
)
def test_filters_beyond_the_recording_are_skipped(rate, skipped, settings):
    filters, found = usable_filters(rate, settings)
    assert found == skipped
    assert all(filters[name] is None for name in skipped)
    assert filters["high_pass"] == 0.1


def test_no_filter_where_none_is_wanted(make_raw, settings):
    raw = make_raw()
    before = raw.get_data()
    filter_signal(
        raw, settings | {"high_pass": 0, "low_pass": None, "notch": None}
    )
    np.testing.assert_array_equal(raw.get_data(), before)


def test_pieces_that_do_not_join_are_filtered_apart(make_raw, settings):
    first, second = make_raw(12, seed=1), make_raw(12, seed=2)
    alone = filter_signal(first.copy(), settings).get_data()
    both = filter_signal(
        mne.concatenate_raws([first, second], verbose="ERROR"), settings
    )
    np.testing.assert_allclose(
        both.get_data()[:, : alone.shape[1]], alone, atol=1e-12
    )


def test_the_result_is_resampled_and_in_microvolt(make_raw, settings):
    raw = make_raw(20)
    signal = finish_signal(raw, [], settings)
    assert signal.shape == (10, 4000)
    assert 5 < signal.std() < 15


def test_the_average_reference_sums_to_zero(make_raw, settings):
    signal = finish_signal(
        make_raw(), ["CZ"], settings | {"reference": "average"}
    )
    np.testing.assert_allclose(signal.mean(axis=0), 0, atol=1e-9)


def test_a_bad_channel_is_made_from_the_others(make_raw, settings):
    raw, other = make_raw(), make_raw()
    other.apply_function(lambda x: 1000 * x, picks=["CZ"], verbose="ERROR")
    expected = finish_signal(raw, ["CZ"], settings)
    np.testing.assert_allclose(
        finish_signal(other, ["CZ"], settings), expected, atol=1e-9
    )
    assert raw.info["bads"] == []
