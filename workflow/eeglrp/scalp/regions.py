"""Which part of the scalp an electrode belongs to.

The cut follows the question of this project, eyes or brain, and uses the name of the 10-10 row:

- `ocular_frontal`: FP and AF rows, F7 to F10: the rows nearest the eyes, where blinks (FP, AF) and
  horizontal saccades (AF7, AF8, F7, F8) are largest.
- `frontal`: what remains of the F row.
- `central`: FC, C and CP rows between the temporal electrodes: over sensorimotor cortex.
- `temporal`: FT, T and TP rows.
- `parietal`: the P row, with T5 and T6, which are older names of P7 and P8.
- `occipital`: PO and O rows, the inion and the cerebellar CB1, CB2.
- `other`: mastoids and earlobes, which are reference sites, and bipolar derivations.

With the 19 electrodes of the 10-20 system the regions hold 4, 3, 3, 2, 5 and 2 of them. With the
14 of DASPS (Emotiv EPOC: AF3 F7 F3 FC5 T7 P7 O1 and their mirror images) they hold 4, 2, 2, 2, 2
and 2; there, `central` is FC5 and FC6 alone.
"""

import numpy as np

from eeglrp.errors import InputError

_ELECTRODES = {
    "ocular_frontal": """FP1 FPZ FP2 AF9 AF7 AF5 AF3 AF1 AFZ AF2 AF4 AF6 AF8 AF10 F9 F7 F8 F10""",
    "frontal": "F5 F3 F1 FZ F2 F4 F6",
    "central": """
        FC5 FC3 FC1 FCZ FC2 FC4 FC6 CFC7 CFC5 CFC3 CFC1 CFC2 CFC4 CFC6 CFC8
        C5 C3 C1 CZ C2 C4 C6 CCP7 CCP5 CCP3 CCP1 CCP2 CCP4 CCP6 CCP8
        CP5 CP3 CP1 CPZ CP2 CP4 CP6""",
    "temporal": """
        FT9 FT7 FT8 FT10 T9 T7 T8 T10 TP9 TP7 TP8 TP10 T1 T2 T3 T4
        FTT9H FTT10H TTP7H TPP9H TPP8H TPP10H""",
    "parietal": "P9 P7 P5 P3 P1 PZ P2 P4 P6 P8 P10 T5 T6",
    "occipital": "PO9 PO7 PO5 PO3 PO1 POZ PO2 PO4 PO6 PO8 PO10 O9 O1 OZ O2 O10 IZ CB1 CB2",
    "other": "M1 M2 A1 A2 FP1-F7 F7-T7 T7-P7 P7-O1 FP2-F8 F8-T8 T8-P8 P8-O2",
}
#: Where relevance for arousal is reported to lie, as far as a montage has these electrodes; named
#: before any of this project's results.
CENTRAL_CLUSTER = ("C3", "CZ", "C4", "CP1", "CP2", "FC1", "FC2")
#: Upper-case electrode name -> region, for every electrode that LaBraM has an embedding for.
REGIONS = {
    name: region
    for region, names in _ELECTRODES.items()
    for name in names.split()
}


def region_of(channel):
    """Region of one electrode, whatever the case of its name."""
    try:
        return REGIONS[channel.upper()]
    except KeyError:
        raise InputError(
            "channels",
            channel,
            "is not an electrode that LaBraM knows",
            "rename or drop it",
        ) from None


def membership(channels):
    """Regions present among the channels, and which channel is in which.

    Parameters
    ----------
    channels : sequence of str

    Returns
    -------
    regions : list of str
        In the order of `REGIONS`, from front to back.
    matrix : array of float, shape (n_regions, n_channels)
        1 where the channel lies in the region.
    """
    of_channel = [region_of(channel) for channel in channels]
    regions = [region for region in _ELECTRODES if region in of_channel]
    rows = []
    for region in regions:
        rows.append([float(name == region) for name in of_channel])
    return regions, np.array(rows)
