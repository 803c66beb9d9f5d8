import mne
import numpy as np
import pytest

#: As a clinical system and a sleep laboratory write them.
NAMES = (
    "POL Fp1",
    "POL T3",
    "C3-M2",
    "C3-M1",
    "Cz",
    "EEG EKG-REF",
    "POL DC01",
)
ONSETS = np.arange(1.0, 31, 2.5)


@pytest.fixture
def write_subject(tmp_path):
    """Function that writes a recording and its events below `set`, without MNE-BIDS."""

    def write(
        subject, names=NAMES, labels=("S  1", "S  2"), task="odd", rate=100
    ):
        folder = tmp_path / "set" / f"sub-{subject}" / "eeg"
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"sub-{subject}_task-{task}"
        rng = np.random.default_rng(len(subject))
        signal = rng.normal(0, 1e-5, (len(names), 35 * rate))
        info = mne.create_info(list(names), rate, "eeg")
        raw = mne.io.RawArray(signal, info, verbose="ERROR")
        path = folder / f"{stem}_eeg.edf"
        mne.export.export_raw(path, raw, overwrite=True, verbose="ERROR")
        rows = ["onset\tduration\ttrial_type"]
        for number, onset in enumerate(ONSETS):
            label = labels[number % len(labels)]
            rows.append(f"{onset}\t0.2\t{label}")
        events = folder / f"{stem}_events.tsv"
        events.write_text("\n".join(rows) + "\n")
        about = '{"TaskName": "odd", "PowerLineFrequency": 60}'
        (folder / f"{stem}_eeg.json").write_text(about)
        return path

    (tmp_path / "set").mkdir()
    about = '{"Name": "set", "BIDSVersion": "1.10.0"}'
    (tmp_path / "set" / "dataset_description.json").write_text(about)
    return write
