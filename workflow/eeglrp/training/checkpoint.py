"""A file from which an interrupted training goes on, as if it had never stopped.

It holds all that the next epoch depends on: weights, optimiser, random states, the best epoch so
far, the history. It is used only by a job that would compute the same: a fingerprint of settings,
data, code and versions says so. Anything else is left aside with a line in the log.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from eeglrp.files import unwritable_named
from eeglrp.jobs import logger
from eeglrp.models.trained import versions

_BLOCK = 256


class Checkpoint(NamedTuple):
    """Where the file lies, and the fingerprint of the job that may use it."""

    path: Path
    fingerprint: str


def checkpoint_for(path, settings, windows, device):
    """The checkpoint at `path`, marked with all that decides about a result, bit for bit.

    Parameters
    ----------
    path : Path or None
        None: nothing is to be written, and None is returned.
    settings : dict
        JSON-ready: settings, inputs that are no windows, and code.
    windows : sequence of Windows
    device : torch.device
    """
    if path is None:
        return None
    machine = {
        "versions": versions(),
        "threads": torch.get_num_threads(),
        "gpu": device.type == "cuda" and torch.cuda.get_device_name(device),
    }
    return Checkpoint(Path(path), fingerprint(settings | machine, windows))


def fingerprint(settings, windows):
    """SHA-256 of settings and of the windows themselves.

    Parameters
    ----------
    settings : dict
        JSON-ready: all that a job's result depends on besides its windows.
    windows : sequence of Windows
        Signal, names, labels and electrodes count; where they are stored does not.
    """
    text = json.dumps(settings, sort_keys=True)
    digest = hashlib.sha256(text.encode())
    for data in windows:
        described = [data.signal.shape, data.channels, data.sampling_rate]
        digest.update(json.dumps(described).encode())
        table = data.frame.to_csv(index=False)
        digest.update(table.encode())
        for start in range(0, len(data.signal), _BLOCK):
            block = data.signal[start : start + _BLOCK]
            digest.update(np.ascontiguousarray(block))
    return digest.hexdigest()


def save_checkpoint(checkpoint, state, rng, device):
    """Write a state and the random states with it; the file appears complete or not at all.

    Parameters
    ----------
    checkpoint : Checkpoint
    state : dict
        Tensors, numbers, text, and lists and dicts of them.
    rng : numpy.random.Generator
        What orders the batches.
    device : torch.device
    """
    random = {
        "torch": torch.get_rng_state(),
        "numpy": json.dumps(rng.bit_generator.state),
    }
    if device.type == "cuda":
        random["cuda"] = torch.cuda.get_rng_state(device)
    content = {
        "fingerprint": checkpoint.fingerprint,
        "state": state,
        "random": random,
    }
    path = Path(checkpoint.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Always the same name: what a killed job leaves half written, the next one writes over.
    unfinished = path.with_name(f"{path.name}.unfinished")
    # By name, PyTorch refuses files that begin with a dot.
    with unwritable_named(path), unfinished.open("wb") as stream:
        torch.save(content, stream)
    unfinished.replace(path)


def load_checkpoint(checkpoint, rng, device):
    """Read the state and set the random states to what they were.

    Returns
    -------
    dict or None
        The state, on the CPU; None if there is no file, it is damaged, or it is another job's.
    """
    path = Path(checkpoint.path)
    if not path.is_file():
        return None
    try:
        content = _read(path)
        fits = content["fingerprint"] == checkpoint.fingerprint
        state = content["state"]
        random = content["random"]
    # Damaged bytes can make the reader fail in any way.
    except Exception as error:
        reason = " ".join(str(error).split())
        logger.warning("%s: cannot be read and is ignored (%s)", path, reason)
        return None
    if not fits:
        logger.info(
            "%s: is of other settings, data or code and is ignored", path
        )
        return None
    rng.bit_generator.state = json.loads(random["numpy"])
    torch.set_rng_state(random["torch"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(random["cuda"], device)
    return state


def _read(path):
    # PyTorch reads a tensor whose bytes have changed without a word; the archive's sums tell.
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    if broken:
        raise zipfile.BadZipFile(f"{broken} is damaged")
    return torch.load(path, map_location="cpu", weights_only=True)
