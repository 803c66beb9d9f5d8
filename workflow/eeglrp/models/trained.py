"""Models of the study, whichever network they are: called, saved and loaded."""

from importlib.metadata import version
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.files import read_json, sha256, write_json
from eeglrp.models.registry import adapter, adapter_of
from eeglrp.models.subjects import SubjectLayer, subject_keywords
from eeglrp.models.weights import read_tensors, save_tensors

_RECORD = ("model", "channels", "n_times", "classes", "sha256")


def forward_kwargs(model, channels):
    """Keyword arguments of a model's forward pass that bind the electrodes."""
    return adapter_of(model).forward_kwargs(channels)


def logits(model, signal, channels, subject=None):
    """Logits of a batch (n, n_channels, n_times) in 0.1 millivolt: (n, n_classes).

    A model with a layer of filters asks for the windows' subjects (n,).
    """
    electrodes = forward_kwargs(model, channels)
    asked = subject_keywords(model, subject)
    return model(signal, **electrodes, **asked)


def features(model, signal, channels, subject=None):
    """What the linear head reads, (n, width)."""
    if isinstance(model, SubjectLayer):
        signal = model.filtered(signal, subject)
        model = model.network
    return adapter_of(model).features(model, signal, channels)


def build_like(record):
    """An untrained network of the size that a record names.

    Parameters
    ----------
    record : dict
        `model` (settings), `channels`, `n_times`, `classes`.
    """
    settings = record["model"]
    n_classes = len(record["classes"])
    build = adapter(settings).build
    return build(settings, record["channels"], record["n_times"], n_classes)


def versions():
    """Versions of the packages that define a model."""
    return {
        "torch": version("torch"),
        "braindecode": version("braindecode"),
    }


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
    record = {
        **record,
        "sha256": sha256(path),
        "versions": versions(),
    }
    beside = Path(path).with_suffix(".json")
    write_json(record, record_path or beside)


def load_model(path):
    """Load a trained model for inference.

    Parameters
    ----------
    path : Path
        `.safetensors` with its `.json` beside it.

    Returns
    -------
    model : torch.nn.Module or SubjectLayer
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
        remedy = "delete both and train again"
        raise InputError(path, "sha256", problem, remedy)
    model = build_like(record)
    if "subjects" in record:
        model = SubjectLayer(model, record["subjects"], record["channels"])
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        problem = f"does not fit its record ({reason})"
        remedy = "delete both and train again"
        raise InputError(path, "weights", problem, remedy) from error
    return model.eval(), record


def _read_record(path):
    if not path.is_file():
        problem = "the model's record is missing"
        remedy = "keep it beside the weights, or train again"
        raise InputError(path, "record", problem, remedy)
    record = read_json(path)
    missing = [key for key in _RECORD if key not in record]
    if missing:
        place = ", ".join(missing)
        raise InputError(path, place, "missing in the record", "train again")
    return record
