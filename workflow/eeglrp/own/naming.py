"""New names and types for channels that are no electrodes by the names in their files."""

import re

from eeglrp.scalp.channels import channel_kind, electrode_name
from eeglrp.scalp.renaming import CAPS, cap_names, new_names

_REFERENCES = r"REF|LE|AR|AV|AVG|CAR|A1|A2|M1|M2|A1A2|M1M2|G1|G2|0|CLE"
#: What vendors write before and after the electrode: `POL Fp1`, `EEG-Fz`, `C3-M2`, `EEG EKG-REF`.
_PARTS = re.compile(
    rf"((?:POL|EEG|REF)[\s_:-]+)?([A-Za-z0-9]+)(\s*[-_/:]\s*(?:{_REFERENCES}))?",
    re.IGNORECASE,
)


def propose_names(channels):
    """New names of channels, and types of those that stay unknown.

    Parameters
    ----------
    channels : dict
        Name in the file -> MNE's type.

    Returns
    -------
    rename : dict or str
    types : dict
        `misc` for channels called EEG whose electrode nobody knows, by new name.
    drop : list of str
        Further derivations of an electrode that another channel has.
    """
    eeg = [name for name, kind in channels.items() if kind == "eeg"]
    rename = _cap(eeg)
    if rename is None:
        rename = {}
        for name in eeg:
            if not _is_known(name):
                rename |= _pattern(name)
    renamed = {name: name for name in eeg} | new_names(eeg, rename)
    types = {new: "misc" for new in renamed.values() if not _is_known(new)}
    return rename, types, _repeated(renamed)


def _repeated(renamed):
    """Channels, but the first, that become an electrode that another is."""
    first, repeated = {}, []
    for name, new in renamed.items():
        electrode = electrode_name(new)
        if electrode and first.setdefault(electrode, name) != name:
            repeated.append(name)
    return repeated


def _cap(names):
    """The cap whose inputs all are there; earlobes A1 and A2 alone are none."""
    for cap in sorted(CAPS, reverse=True):
        if set(cap_names(cap)) <= set(names):
            return cap
    return None


def _is_known(name):
    return electrode_name(name) is not None or channel_kind(name) != "eeg"


def _pattern(name):
    """`{"POL *": "*"}` if what is left without a vendor's additions is known, else empty."""
    parts = _PARTS.fullmatch(name.strip())
    if parts is None:
        return {}
    before, core, after = (part or "" for part in parts.groups())
    if not _is_known(core):
        return {}
    # `EKG` becomes an ECG by name; a pattern serves all that end alike.
    return {f"{before}*{after}": "*"}
