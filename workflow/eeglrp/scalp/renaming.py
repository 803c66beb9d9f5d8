"""Names and types of channels as the configuration says, where a file's own do not serve.

A key is a channel's name or a pattern: `*` stands for any text, in the new name for the same text.
"""

import re
from itertools import product

from eeglrp.errors import InputError

#: Caps whose amplifier numbers the inputs (A1 ... B32), by MNE's name of the montage.
CAPS = {"biosemi32": "A", "biosemi64": "AB"}
_FILE = "config"


def new_names(names, rename, field="rename"):
    """New names of those channels that get one.

    Parameters
    ----------
    names : list of str
    rename : dict or str
        Name or pattern -> new name, such as `{"POL *": "*"}`; or a cap, `biosemi32` or
        `biosemi64`. A whole name comes before patterns, and these in their order.
    field : str
        The configuration's key, named in errors.

    Returns
    -------
    dict
        Old -> new, of channels that are there.

    Raises
    ------
    InputError
        If a pattern has two `*`, or only its new name has one.
    """
    table = cap_names(rename) if isinstance(rename, str) else rename
    for pattern, new in table.items():
        if pattern.count("*") > 1 or new.count("*") > pattern.count("*"):
            problem = f"{pattern} to {new} does not say what * stands for"
            remedy = 'write one * on the left, as in {"POL *": "*"}'
            raise InputError(_FILE, field, problem, remedy)
    renamed = {}
    for name in names:
        pattern = matching(name, table)
        if pattern is not None:
            text = _starred(name, pattern)
            renamed[name] = table[pattern].replace("*", text)
    return renamed


def cap_names(cap):
    """Electrode of each numbered input of a cap: `A1` is `Fp1`."""
    from mne.channels import make_standard_montage

    electrodes = make_standard_montage(cap).ch_names
    inputs = [
        f"{letter}{number}"
        for letter, number in product(CAPS[cap], range(1, 33))
    ]
    return dict(zip(inputs, electrodes, strict=True))


def matching(name, patterns):
    """The pattern that a channel's name fits: itself, or the first; None if there is none."""
    if name in patterns:
        return name
    for pattern in patterns:
        if _regular(pattern).fullmatch(name):
            return pattern
    return None


def _regular(pattern):
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.compile("(.*)".join(parts), re.DOTALL)


def _starred(name, pattern):
    groups = _regular(pattern).fullmatch(name).groups()
    return groups[0] if groups else ""


def rename_channels(raw, file, rename):
    """Rename channels in place.

    Returns
    -------
    tuple of (item, name, count)
        One row for each channel that has another name now.

    Raises
    ------
    InputError
        As `new_names`, and if two channels would have one name.
    """
    renamed = new_names(raw.ch_names, rename)
    after = [renamed.get(name, name) for name in raw.ch_names]
    for name, new in renamed.items():
        if after.count(new) > 1:
            problem = f"becomes {new}, as another channel does or is"
            remedy = "correct `rename`, or leave one of them out (drop)"
            raise InputError(file, name, problem, remedy)
    raw.rename_channels(renamed, verbose="ERROR")
    changed = [f"{old} to {new}" for old, new in renamed.items() if old != new]
    return tuple(("channel_renamed", name, 1) for name in changed)


def set_types(raw, types):
    """Give channels the types that the configuration says, in place, by new name or pattern."""
    patterns = {name: matching(name, types) for name in raw.ch_names}
    wanted = {
        name: types[pattern]
        for name, pattern in patterns.items()
        if pattern is not None
    }
    raw.set_channel_types(wanted, on_unit_change="ignore", verbose="ERROR")
