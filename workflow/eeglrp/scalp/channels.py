"""Electrode names as LaBraM knows them, whatever the recording calls them."""

import re

from eeglrp.errors import InputError
from eeglrp.scalp.renaming import matching, rename_channels, set_types

#: LaBraM's electrodes in the order of its spatial embedding (arXiv:2405.18765; the list is
#: braindecode's `LABRAM_CHANNEL_ORDER`, repeated because importing braindecode takes seconds).
_TABLE = """
    FP1 FPZ FP2 AF9 AF7 AF5 AF3 AF1 AFZ AF2 AF4 AF6 AF8 AF10
    F9 F7 F5 F3 F1 FZ F2 F4 F6 F8 F10
    FT9 FT7 FC5 FC3 FC1 FCZ FC2 FC4 FC6 FT8 FT10
    T9 T7 C5 C3 C1 CZ C2 C4 C6 T8 T10
    TP9 TP7 CP5 CP3 CP1 CPZ CP2 CP4 CP6 TP8 TP10
    P9 P7 P5 P3 P1 PZ P2 P4 P6 P8 P10
    PO9 PO7 PO5 PO3 PO1 POZ PO2 PO4 PO6 PO8 PO10
    O1 OZ O2 O9 CB1 CB2 IZ O10
    T3 T5 T4 T6 M1 M2 A1 A2
    CFC1 CFC2 CFC3 CFC4 CFC5 CFC6 CFC7 CFC8
    CCP1 CCP2 CCP3 CCP4 CCP5 CCP6 CCP7 CCP8
    T1 T2 FTT9h TTP7h TPP9h FTT10h TPP8h TPP10h
    FP1-F7 F7-T7 T7-P7 P7-O1 FP2-F8 F8-T8 T8-P8 P8-O2
"""
LABRAM_NAMES = tuple(_TABLE.split())
#: The 10-20 system's older names (Jasper 1958) and their places in the 10-10 system.
OLD_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
#: MNE's positions of 343 electrodes; those of LaBraM's that it lacks stay without one.
MONTAGE = "colin27_1005"
_SPELLING = {name.upper(): name for name in LABRAM_NAMES}
_KIND = re.compile(
    r"^(EEG|ECG|EKG|EOG|HEOG|VEOG|EMG)(?:[\s_:-]+|(?=\d)|$)", re.IGNORECASE
)
_TYPES = {"EKG": "ecg", "HEOG": "eog", "VEOG": "eog"}
_REFERENCE = re.compile(r"-(REF|LE|AR|AVG|CAR)$", re.IGNORECASE)
_BETWEEN_REFERENCES = re.compile(r"^[AM][12]-[AM][12]$", re.IGNORECASE)


def electrode_name(name):
    """Canonical name of an electrode, or None if there is no such electrode.

    `Fc5.` is `FC5`, `EEG Fp1-Ref` is `FP1`, `T3` is `T7`.
    """
    bare = re.sub(r"^EEG\s+", "", name.strip(), flags=re.IGNORECASE)
    bare = _REFERENCE.sub("", bare)
    bare = bare.strip(" .").upper()
    return OLD_NAMES.get(bare) or _SPELLING.get(bare)


def channel_kind(name):
    """Guess MNE's channel type from a name: eeg, ecg, eog, emg or misc.

    The derivation between two reference electrodes (`EEG A2-A1`) is `misc`, no electrode.
    """
    name = name.strip()
    prefix = _KIND.match(name)
    kind, rest = "EEG", name
    if prefix:
        kind = prefix.group(1).upper()
        rest = name[prefix.end() :]
    if kind == "EEG" and _BETWEEN_REFERENCES.match(rest):
        return "misc"
    return _TYPES.get(kind, kind.lower())


def eeg_channels(raw):
    """Names of a recording's EEG channels, in its order."""
    kinds = raw.get_channel_types()
    return [
        name
        for name, kind in zip(raw.ch_names, kinds, strict=True)
        if kind == "eeg"
    ]


def standardise(raw, file, drop=(), rename=None, types=None):
    """Give a recording LaBraM's electrode names, channel types and a standard montage, in place.

    Only channels that the file calls EEG are looked at: EDF calls everything EEG.

    Parameters
    ----------
    raw : mne.io.BaseRaw
    file : Path
        Named in errors.
    drop : sequence of str
        Channels to leave out, in the file's spelling.
    rename : dict or str, optional
        New names, as `eeglrp.scalp.renaming.new_names` takes them.
    types : dict, optional
        MNE's types by new name or pattern, in place of the file's.

    Returns
    -------
    raw : mne.io.BaseRaw
    counts : tuple of (item, name, count)
        One row for each channel left out or renamed.

    Raises
    ------
    InputError
        If an electrode is unknown, two channels are the same electrode, or none is left.
    """
    dropped = [name for name in raw.ch_names if name in drop]
    raw.drop_channels(dropped)
    counts = tuple(("channel_dropped", name, 1) for name in dropped)
    counts += rename_channels(raw, file, rename or {})
    set_types(raw, types or {})
    kinds = _guessed_kinds(raw, types or {})
    eeg = [name for name, kind in kinds.items() if kind == "eeg"]
    others = {name: kind for name, kind in kinds.items() if kind != "eeg"}
    electrodes = _electrodes(eeg, file)
    raw.set_channel_types(others, on_unit_change="ignore", verbose="ERROR")
    raw.rename_channels(_free_names(electrodes, raw.ch_names), verbose="ERROR")
    raw.set_montage(
        MONTAGE, match_case=False, on_missing="ignore", verbose="ERROR"
    )
    return raw, counts


def _guessed_kinds(raw, types):
    """Types, guessed from names, of channels that the file and not the study calls EEG."""
    typed = zip(raw.ch_names, raw.get_channel_types(), strict=True)
    eeg = [name for name, kind in typed if kind == "eeg"]
    named = {name for name in eeg if matching(name, types) is not None}
    return {
        name: "eeg" if name in named else channel_kind(name) for name in eeg
    }


def _electrodes(names, file):
    """Canonical names of EEG channels, each once."""
    electrodes = {name: electrode_name(name) for name in names}
    unknown = [name for name in names if electrodes[name] is None]
    if unknown:
        remedy = "rename it, give it another type than eeg (types), or leave it out (drop)"
        raise InputError(file, ", ".join(unknown), "unknown electrode", remedy)
    if not electrodes:
        raise InputError(
            file, "channels", "no EEG channel", "check the channel types"
        )
    seen = {}
    for name, electrode in electrodes.items():
        if electrode in seen:
            problem = f"the same electrode as {seen[electrode]} ({electrode})"
            raise InputError(file, name, problem, "leave one of them out")
        seen[electrode] = name
    return electrodes


def _free_names(electrodes, names):
    """Renaming that moves any other channel out of an electrode's way."""
    taken = set(electrodes.values())
    others = {
        name: f"{name}-other"
        for name in names
        if name not in electrodes and name in taken
    }
    return electrodes | others
