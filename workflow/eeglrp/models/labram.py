"""LaBraM (Jiang, Zhao & Lu, ICLR 2024, arXiv:2405.18765): braindecode's module, left as it is.

The module finds its spatial embeddings by electrode name on every call: `forward_kwargs` binds the
names, `logits` calls it.
"""

import warnings
from importlib.metadata import version
from pathlib import Path

import torch

from eeglrp.errors import InputError
from eeglrp.files import read_json, sha256, write_json
from eeglrp.models.subjects import SubjectLayer, subject_keywords
from eeglrp.models.weights import read_tensors, save_tensors

#: Samples of a patch and width of a token: one second at 200 Hz.
PATCH_SAMPLES = 200
#: Standard deviation of LaBraM's new spatial embedding. Beside tokens of about 0.7 it hides which
#: electrode is which until training has enlarged it, which takes hundreds of steps.
SPATIAL_INIT = 0.02
_RECORD = ("model", "channels", "n_times", "classes", "sha256")


def braindecode_labram():
    """Braindecode's module `labram`, without the warnings that importing its siblings gives."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Montage name", FutureWarning)
        from braindecode.models import labram
    return labram


def build_labram(model, channels, n_times, n_classes, drop_path=None):
    """LaBraM with random weights, read out by the mean over patch tokens.

    Parameters
    ----------
    model : dict
        `layers`, `heads`, `drop_path`, `dropout`, and optionally `spatial_init`.
    channels : sequence of str
        Electrode names of LaBraM's table.
    n_times : int
        Samples of a window; whole patches of 200.
    n_classes : int
    drop_path : float, optional
        In place of the setting.

    Returns
    -------
    braindecode.models.Labram
        Call it as `module(signal, **forward_kwargs(channels))`.

    Raises
    ------
    InputError
        If an electrode is unknown or repeated, or the window is not whole patches.
    """
    check_channels(channels)
    if n_times < PATCH_SAMPLES or n_times % PATCH_SAMPLES:
        problem = f"{n_times} samples are not whole patches of {PATCH_SAMPLES}"
        raise InputError(
            "config",
            "tasks.length",
            problem,
            "make it a multiple of 200 samples",
        )
    module = braindecode_labram().Labram(
        n_chans=len(channels),
        n_times=n_times,
        n_outputs=n_classes,
        num_layers=model["layers"],
        num_heads=model["heads"],
        drop_path_prob=model["drop_path"] if drop_path is None else drop_path,
        drop_prob=model["dropout"],
        use_mean_pooling=True,
    )
    with torch.no_grad():
        module.position_embedding.mul_(
            model.get("spatial_init", SPATIAL_INIT) / SPATIAL_INIT
        )
    return module


def check_channels(channels):
    """Refuse electrodes that LaBraM has no spatial embedding for.

    Raises
    ------
    InputError
        Naming them.
    """
    known = {
        name.upper() for name in braindecode_labram().LABRAM_CHANNEL_ORDER
    }
    unknown = [name for name in channels if name.upper() not in known]
    repeated = sorted(
        {name for name in channels if list(channels).count(name) > 1}
    )
    for names, problem in (
        (unknown, "not in LaBraM's table"),
        (repeated, "repeated"),
    ):
        if names:
            remedy = "rename or leave out these channels"
            raise InputError(
                "windows", "channels", f"{', '.join(names)}: {problem}", remedy
            )


def forward_kwargs(channels):
    """Keyword arguments of the module's forward pass that bind the electrodes."""
    return {"ch_names": list(channels)}


def logits(model, signal, channels, subject=None):
    """Logits of a batch (n, n_channels, n_times) in 0.1 millivolt: (n, n_classes).

    A model with a layer of filters asks for the windows' subjects (n,).
    """
    return model(
        signal, **forward_kwargs(channels), **subject_keywords(model, subject)
    )


def features(model, signal, channels, subject=None):
    """What the linear head reads: normalised mean over patch tokens, (n, 200)."""
    if isinstance(model, SubjectLayer):
        model, signal = model.network, model.filtered(signal, subject)
    order = {
        name.upper(): i
        for i, name in enumerate(
            braindecode_labram().LABRAM_CHANNEL_ORDER, start=1
        )
    }
    rows = torch.tensor(
        [0, *(order[name.upper()] for name in channels)], device=signal.device
    )
    return model.forward_features(signal, input_chans=rows)


def versions():
    """Versions of the packages that define a model."""
    return {name: version(name) for name in ("torch", "braindecode")}


def save_model(model, path, record, record_path=None):
    """Write a model's weights, then its record, which names their SHA-256.

    Parameters
    ----------
    model : torch.nn.Module
    path : Path
        `.safetensors`.
    record : dict
        At least `model` (settings), `channels`, `n_times` and `classes`.
    record_path : Path, optional
        By default `path` with the ending `.json`.
    """
    save_tensors(model.state_dict(), path)
    record = {**record, "sha256": sha256(path), "versions": versions()}
    write_json(record, record_path or Path(path).with_suffix(".json"))


def load_model(path):
    """Load a trained model for inference.

    Parameters
    ----------
    path : Path
        `.safetensors` with its `.json` beside it.

    Returns
    -------
    model : braindecode.models.Labram or SubjectLayer
        In evaluation mode, on the CPU. `eeglrp.models.subjects.for_subject` makes either callable
        with windows of one subject.
    record : dict

    Raises
    ------
    InputError
        If a file is missing or damaged, or the two do not belong together.
    """
    record = _read_record(Path(path).with_suffix(".json"))
    tensors = read_tensors(path)
    if sha256(path) != record["sha256"]:
        problem = "is not the file that its record describes"
        raise InputError(
            path, "sha256", problem, "delete both and train again"
        )
    model = build_labram(
        record["model"],
        record["channels"],
        record["n_times"],
        len(record["classes"]),
    )
    if "subjects" in record:
        model = SubjectLayer(model, record["subjects"], record["channels"])
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        problem = f"does not fit its record ({' '.join(str(error).split())})"
        raise InputError(
            path, "weights", problem, "delete both and train again"
        ) from error
    return model.eval(), record


def _read_record(path):
    if not path.is_file():
        problem = "the model's record is missing"
        raise InputError(
            path,
            "record",
            problem,
            "keep it beside the weights, or train again",
        )
    record = read_json(path)
    missing = [key for key in _RECORD if key not in record]
    if missing:
        raise InputError(
            path, ", ".join(missing), "missing in the record", "train again"
        )
    return record
