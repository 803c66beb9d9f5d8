import mne
import numpy as np
import pytest

from eeglrp.errors import InputError
from eeglrp.scalp.channels import (
    LABRAM_NAMES,
    OLD_NAMES,
    channel_kind,
    electrode_name,
    standardise,
)


def raw_with(*names, types="eeg"):
    info = mne.create_info(list(names), 100, types)
    return mne.io.RawArray(np.zeros((len(names), 200)), info, verbose="ERROR")


@pytest.mark.slow
def test_the_table_is_braindecodes():
    from braindecode.models.labram import LABRAM_CHANNEL_ORDER

    assert list(LABRAM_NAMES) == list(LABRAM_CHANNEL_ORDER)


@pytest.mark.parametrize(
    ("name", "electrode"),
    [
        ("Fc5.", "FC5"),
        ("C3..", "C3"),
        ("Iz..", "IZ"),
        ("EEG Fp1", "FP1"),
        ("EEG Fp1-Ref", "FP1"),
        ("EEG CZ-LE", "CZ"),
        ("fpz", "FPZ"),
        ("T3", "T7"),
        ("EEG T6", "P8"),
        ("FTT9h", "FTT9h"),
        ("Fp1-F7", "FP1-F7"),
        ("XYZ", None),
        ("", None),
        ("EXG1", None),
    ],
)
def test_electrode_names(name, electrode):
    assert electrode_name(name) == electrode


@pytest.mark.parametrize("name", LABRAM_NAMES)
def test_canonical_names_stay_except_for_the_old_ones(name):
    assert electrode_name(name) == OLD_NAMES.get(name, name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("EEG Fp1", "eeg"),
        ("C3..", "eeg"),
        ("ECG ECG", "ecg"),
        ("EKG", "ecg"),
        ("EOG left", "eog"),
        ("VEOG", "eog"),
        ("EEG A2-A1", "misc"),
        ("EMG1", "emg"),
        ("EKGX", "eeg"),
    ],
)
def test_channel_kinds(name, kind):
    assert channel_kind(name) == kind


def test_a_recording_gets_names_types_and_positions():
    raw, counts = standardise(
        raw_with("EEG Fp1", "EEG T3", "EEG A2-A1", "ECG ECG"), "a.edf"
    )
    assert raw.ch_names == ["FP1", "T7", "EEG A2-A1", "ECG ECG"]
    assert raw.get_channel_types() == ["eeg", "eeg", "misc", "ecg"]
    assert counts == ()
    left, temporal = (raw.info["chs"][i]["loc"][:3] for i in (0, 1))
    assert left[1] > 0.05
    assert temporal[0] < -0.05


def test_channels_of_other_types_keep_their_names():
    raw = raw_with("Cz", "cz2", types=["eeg", "misc"])
    assert standardise(raw, "a.edf")[0].ch_names == ["CZ", "cz2"]
    raw = raw_with("Cz", "CZ", types=["eeg", "eog"])
    assert standardise(raw, "a.edf")[0].ch_names == ["CZ", "CZ-other"]


def test_an_electrode_without_a_known_position_is_kept():
    raw, _ = standardise(raw_with("Cz", "CB1"), "a.edf")
    assert raw.ch_names == ["CZ", "CB1"]
    assert np.isnan(raw.info["chs"][1]["loc"][:3]).all()


def test_unknown_electrodes_are_named():
    with pytest.raises(
        InputError, match="a.edf: GSR, Cx: unknown electrode.*leave it out"
    ):
        standardise(raw_with("Cz", "GSR", "Cx"), "a.edf")


def test_dropped_channels_are_counted():
    raw, counts = standardise(
        raw_with("Cz", "GSR"), "a.edf", drop=["GSR", "absent"]
    )
    assert raw.ch_names == ["CZ"]
    assert counts == (("channel_dropped", "GSR", 1),)


def test_one_electrode_twice_is_refused():
    with pytest.raises(
        InputError, match=r"a.edf: T7: the same electrode as EEG T3 \(T7\)"
    ):
        standardise(raw_with("EEG T3", "T7"), "a.edf")


def test_a_recording_without_eeg_is_refused():
    with pytest.raises(InputError, match="a.edf: channels: no EEG channel"):
        standardise(raw_with("ECG"), "a.edf")
