"""Metadata of a BIDS recording: beside it, or inherited from the folders above.

BIDS, "The Inheritance Principle": a file without a conflicting entity holds for all recordings
below it. The module is imported while the graph of jobs is built, so it imports nothing heavy.
"""

from pathlib import Path

#: What is read of a recording besides its samples, and as what kind of file.
_SIDECARS = {
    "eeg": (".json",),
    "events": (".tsv", ".json"),
    "channels": (".tsv", ".json"),
    "electrodes": (".tsv", ".json"),
    "coordsystem": (".json",),
}


def sidecars(eeg, root):
    """Metadata files that hold for a recording, the farthest first.

    Parameters
    ----------
    eeg : Path
        The recording, below `root`.
    root : Path
        The dataset's folder.

    Returns
    -------
    list of Path
    """
    root = Path(root)
    entities = _entities(eeg.name.rpartition("_")[0])
    holding = []
    for folder in reversed(eeg.parents):
        if folder == root or root in folder.parents:
            files = sorted(folder.iterdir())
            holding += [file for file in files if _holds(file, entities)]
    return holding


def _holds(file, entities):
    """Whether a file is a sidecar without an entity that the recording has otherwise."""
    stem, _, suffix = file.stem.rpartition("_")
    if file.suffix not in _SIDECARS.get(suffix, ()):
        return False
    others = _entities(stem)
    return all(
        entities.get(key, value) == value for key, value in others.items()
    )


def _entities(stem):
    """`sub-1_task-rest` as {sub: 1, task: rest}."""
    pairs = [part.partition("-") for part in stem.split("_") if part]
    return {key: value for key, _, value in pairs}
