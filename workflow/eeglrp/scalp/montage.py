"""Where electrodes lie, and which are neighbours."""

from functools import cache

#: Positions: idealised, so that equal sites lie equally on every map.
MONTAGE = "spherical_1005"
#: Names of the older 10-20 system.
OLDER = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}


@cache
def montage_names():
    """Upper-case name -> the montage's own spelling."""
    from mne.channels import make_standard_montage

    names = {
        name.upper(): name for name in make_standard_montage(MONTAGE).ch_names
    }
    return names | OLDER


@cache
def positions(channels):
    """MNE's description of these electrodes, with their places (m)."""
    from mne import create_info
    from mne.channels import make_standard_montage

    spelling = montage_names()
    info = create_info(
        [spelling[name.upper()] for name in channels], 200.0, "eeg"
    )
    return info.set_montage(make_standard_montage(MONTAGE), verbose="error")


@cache
def neighbours(channels):
    """Which electrodes are neighbours: triangulated, since few montages come with a table.

    Parameters
    ----------
    channels : tuple of str
        Names that the montage knows; three at least.

    Returns
    -------
    scipy.sparse.csr_array, shape (n_channels, n_channels)
    """
    from mne import use_log_level
    from mne.channels import find_ch_adjacency

    with use_log_level("error"):
        return find_ch_adjacency(positions(channels), "eeg")[0]
