"""Pretrained weights of LaBraM, read strictly: every tensor is accounted for, or it is an error."""

import re
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.files import atomic, read_json, sha256, write_json

#: LaBraM-base as braindecode publishes it (https://huggingface.co/braindecode/labram-pretrained).
HUB_URL = "https://huggingface.co/braindecode/labram-pretrained/resolve/main/model.safetensors"
#: The authors' names (https://github.com/935963004/LaBraM) and braindecode's.
_RENAMED = (
    (re.compile(r"^pos_embed$"), "position_embedding"),
    (re.compile(r"^time_embed$"), "temporal_embedding"),
    (
        re.compile(r"^patch_embed\.(?!temporal_conv\.)"),
        "patch_embed.temporal_conv.",
    ),
    (re.compile(r"^(blocks\.\d+\.mlp)\.fc1\."), r"\1.0."),
    (re.compile(r"^(blocks\.\d+\.mlp)\.fc2\."), r"\1.2."),
)
#: Layout of a file -> embeddings that only this one names so.
_EMBEDDINGS = {
    "authors": ("pos_embed", "time_embed"),
    "braindecode": ("position_embedding", "temporal_embedding"),
}
#: Heads of other tasks, and parts of pretraining only.
_IGNORED = re.compile(
    r"^(lm_head|projection_head|head|final_layer)\.|^(mask_token|logit_scale)$"
)
_SHOWN = 20


def read_tensors(path):
    """Tensors of a `.safetensors` file, or of a PyTorch file read without running its pickles.

    Raises
    ------
    InputError
        If the file is missing or holds no tensors.
    """
    remedy = "name a LaBraM state dict (.safetensors, .pt, .pth)"
    if not Path(path).is_file():
        raise InputError(path, "weights", "the file does not exist", remedy)
    is_safetensors = Path(path).suffix == ".safetensors"
    read = _read_safetensors if is_safetensors else _read_pickle
    content = read(path)
    if not isinstance(content, dict):
        content = {}
    # The authors' checkpoints hold the state dict under `model`, beside an optimiser's.
    state = content.get("model", content)
    tensors = {}
    for name, value in state.items():
        if hasattr(value, "shape"):
            tensors[name] = value
    if not tensors:
        raise InputError(path, "weights", "holds no named tensors", remedy)
    return tensors


def _read_safetensors(path):
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        problem = f"is damaged or no safetensors file ({error})"
        remedy = "delete it and make it again"
        raise InputError(path, "weights", problem, remedy) from error


def _read_pickle(path):
    import pickle

    import torch

    failures = (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        KeyError,
        ValueError,
    )
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except failures as error:
        first_line = str(error).splitlines()[0]
        problem = f"is no PyTorch file of plain tensors ({first_line})"
        remedy = "save the state dict alone with torch.save, or as safetensors"
        raise InputError(path, "weights", problem, remedy) from error


def braindecode_names(tensors, path):
    """Give tensors braindecode's names, from braindecode's own or the authors' layout.

    Parameters
    ----------
    tensors : dict of str to Tensor
    path : Path
        For messages.

    Returns
    -------
    tensors : dict of str to Tensor
        The backbone with the norm of its readout: `fc_norm` after the mean over patches, `norm`
        before the class token's.
    record : dict
        `layout` (`braindecode` or `authors`) and `ignored` names.

    Raises
    ------
    InputError
        If neither layout fits.
    """
    kept = {}
    ignored = []
    for name, value in tensors.items():
        bare_name = name.removeprefix("student.")
        if _IGNORED.match(bare_name):
            ignored.append(name)
        else:
            kept[bare_name] = value
    layout = _layout(kept)
    if layout is None:
        problem = f"is not LaBraM: it holds {_listed(sorted(tensors))}"
        remedy = "name braindecode's or the authors' LaBraM checkpoint"
        raise InputError(path, "weights", problem, remedy)
    if layout == "authors":
        kept = {_renamed(name): value for name, value in kept.items()}
        # braindecode keeps one row more than it reads.
        rows = kept["temporal_embedding"]
        _, n_rows, width = rows.shape
        longer = rows.new_zeros(1, n_rows + 1, width)
        longer[:, :-1] = rows
        kept["temporal_embedding"] = longer
    return kept, {"layout": layout, "ignored": sorted(ignored)}


def _layout(names):
    """Whose names these are: `authors` or `braindecode`; None if they are not LaBraM's."""
    if "cls_token" not in names:
        return None
    for layout, embeddings in _EMBEDDINGS.items():
        if all(name in names for name in embeddings):
            return layout
    return None


def _renamed(name):
    for pattern, replacement in _RENAMED:
        name = pattern.sub(replacement, name)
    return name


def load_backbone(model, path, expected_sha256=None):
    """Load pretrained weights into a model; all of them, or none.

    The head stays new, and so does `fc_norm` where the file has the class-token `norm` of
    pretraining instead. A temporal embedding for longer windows is cropped, which the record says.

    Parameters
    ----------
    model : braindecode.models.Labram
        Changed in place.
    path : Path
    expected_sha256 : str, optional

    Returns
    -------
    record : dict
        `file`, `sha256`, `layout`, and names: `loaded`, `new`, `ignored`, `cropped`; the
        origin's record where a `.json` lies beside the file.

    Raises
    ------
    InputError
        If the file is not LaBraM, fits only in part, or is not the expected one.
    """
    digest = check_sha256(path, expected_sha256)
    tensors, record = braindecode_names(read_tensors(path), path)
    state = model.state_dict()
    cropped = _crop_temporal(tensors, state, path)
    norms = [name for name in tensors if name.startswith("norm.")]
    new = _new_weights(state, tensors, norms)
    for name in norms:
        del tensors[name]
    needed = {name: state[name] for name in state if name not in new}
    _check_complete(tensors, needed, path)
    _check_finite(tensors, path)
    model.load_state_dict(tensors, strict=False)
    record = {
        "file": Path(path).name,
        "sha256": digest,
        "layout": record["layout"],
        "ignored": sorted([*record["ignored"], *norms]),
        "loaded": sorted(tensors),
        "new": sorted(new),
        "cropped": cropped,
    }
    beside = Path(path).with_suffix(".json")
    if beside.is_file():
        record["origin"] = read_json(beside)
    return record


def _new_weights(state, tensors, norms):
    """Names of weights that stay new: the head, and a norm that the file has elsewhere."""
    new = {name for name in state if name.startswith("final_layer.")}
    if norms:
        for name in state:
            if name.startswith("fc_norm.") and name not in tensors:
                new.add(name)
    return new


def check_sha256(path, expected=None):
    """SHA-256 of a file, compared with the expected one.

    Raises
    ------
    InputError
        If the file is missing or another one.
    """
    if not Path(path).is_file():
        problem = "the file does not exist"
        raise InputError(path, "weights", problem, "check weights.path")
    digest = sha256(path)
    if expected and digest != expected:
        problem = f"is {digest}, not {expected}"
        remedy = "fetch the file again, or correct weights.sha256"
        raise InputError(path, "sha256", problem, remedy)
    return digest


def _crop_temporal(tensors, state, path):
    """Keep the rows that the model's windows need; its last row is never read."""
    name = "temporal_embedding"
    rows = tensors[name]
    _, n_needed, width = state[name].shape
    # Other shapes are refused later, with all that does not fit.
    if rows.ndim != 3 or rows.shape[2] != width:
        return {}
    n_rows = rows.shape[1]
    if n_rows == n_needed:
        return {}
    if n_rows < n_needed:
        problem = (
            f"serves {n_rows - 1} patches, the windows have {n_needed - 1}"
        )
        remedy = "use shorter windows or other weights"
        raise InputError(path, name, problem, remedy)
    tensors[name] = rows[:, :n_needed].clone()
    return {name: [n_rows, n_needed]}


def _check_complete(tensors, state, path):
    missing = []
    for name, needed in state.items():
        if name not in tensors:
            missing.append(f"{name} {_shape(needed)}")
    extra = []
    other = []
    for name, value in tensors.items():
        if name not in state:
            extra.append(f"{name} {_shape(value)}")
        elif value.shape != state[name].shape:
            needed = _shape(state[name])
            other.append(f"{name} {_shape(value)}, not {needed}")
    misfits = {
        "missing": missing,
        "not in the model": extra,
        "of another shape": other,
    }
    problems = []
    for words, names in misfits.items():
        if names:
            problems.append(f"{len(names)} {words}: {_listed(names)}")
    if problems:
        problem = f"fit only in part ({'; '.join(problems)})"
        remedy = "match model.layers to the weights, or use weights of this architecture"
        raise InputError(path, "weights", problem, remedy)


def _check_finite(tensors, path):
    broken = []
    for name, value in tensors.items():
        if not bool(value.isfinite().all()):
            broken.append(name)
    if broken:
        problem = f"values that are not finite in {_listed(broken)}"
        raise InputError(path, "weights", problem, "use an undamaged file")


def _shape(tensor):
    return tuple(tensor.shape)


def _listed(names):
    shown = ", ".join(names[:_SHOWN])
    n_more = len(names) - _SHOWN
    if n_more <= 0:
        return shown
    return f"{shown} and {n_more} more"


def fetch_hub(target, url=HUB_URL, expected_sha256=None):
    """Download published weights.

    Raises
    ------
    InputError
        Without network, or if the file is not the expected one.
    """
    import pooch

    known = f"sha256:{expected_sha256}" if expected_sha256 else None
    target = Path(target)
    try:
        pooch.retrieve(url, known, target.name, target.parent)
    # requests' errors are OSErrors; pooch raises ValueError for another hash.
    except (OSError, ValueError) as error:
        problem = f"cannot be downloaded ({error})"
        remedy = "download it elsewhere, then set weights.source: file and weights.path"
        raise InputError(url, "weights", problem, remedy) from error


def provide_weights(weights, out_weights, out_record):
    """Bring published weights into the study in braindecode's layout, with a record of origin.

    Parameters
    ----------
    weights : dict
        Settings `source` (`hub` or `file`), `path`, `sha256`.
    out_weights, out_record : Path
        `.safetensors` and `.json`.

    Raises
    ------
    InputError
        If they cannot be had, are not LaBraM, or not the expected file.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        if weights["source"] == "hub":
            path = Path(folder) / "hub.safetensors"
            fetch_hub(path, HUB_URL, weights["sha256"])
            name = HUB_URL
        else:
            path = weights["path"]
            name = Path(path).name
        digest = check_sha256(path, weights["sha256"])
        tensors, record = braindecode_names(read_tensors(path), path)
    save_tensors(tensors, out_weights)
    origin = {
        "source": weights["source"],
        "file": name,
        "file_sha256": digest,
        "sha256": sha256(out_weights),
    }
    write_json(origin | record, out_record)


def save_tensors(tensors, path):
    """Write tensors as safetensors, atomically."""
    from safetensors.torch import save_file

    plain = {
        name: value.detach().cpu().contiguous()
        for name, value in tensors.items()
    }
    with atomic(path) as temporary:
        save_file(plain, temporary)
