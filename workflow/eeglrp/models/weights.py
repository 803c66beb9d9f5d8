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
    read = (
        _read_safetensors
        if Path(path).suffix == ".safetensors"
        else _read_pickle
    )
    found = read(path)
    # The authors' checkpoints hold the state dict under `model`, beside an optimiser's.
    found = found.get("model", found) if isinstance(found, dict) else {}
    tensors = {k: v for k, v in found.items() if hasattr(v, "shape")}
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
        raise InputError(
            path, "weights", problem, "delete it and make it again"
        ) from error


def _read_pickle(path):
    import pickle

    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        KeyError,
        ValueError,
    ) as error:
        problem = f"is no PyTorch file of plain tensors ({str(error).splitlines()[0]})"
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
    bare = {
        name.removeprefix("student."): value for name, value in tensors.items()
    }
    layout = (
        "authors"
        if {"pos_embed", "time_embed"} <= bare.keys()
        else "braindecode"
    )
    if "cls_token" not in bare or (
        layout == "braindecode"
        and not {"position_embedding", "temporal_embedding"} <= bare.keys()
    ):
        problem = f"is not LaBraM: it holds {_listed(sorted(tensors))}"
        remedy = "name braindecode's or the authors' LaBraM checkpoint"
        raise InputError(path, "weights", problem, remedy)
    ignored = sorted(
        name
        for name in tensors
        if _IGNORED.match(name.removeprefix("student."))
    )
    kept = {
        _renamed(name) if layout == "authors" else name: value
        for name, value in bare.items()
        if not _IGNORED.match(name)
    }
    if layout == "authors":
        # braindecode keeps one row more than it reads.
        rows = kept["temporal_embedding"]
        kept["temporal_embedding"] = rows.new_zeros(
            1, rows.shape[1] + 1, rows.shape[2]
        )
        kept["temporal_embedding"][:, :-1] = rows
    return kept, {"layout": layout, "ignored": ignored}


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
    new = {name for name in state if name.startswith("final_layer.")}
    norms = [name for name in tensors if name.startswith("norm.")]
    if norms:
        new |= {
            name
            for name in state
            if name.startswith("fc_norm.") and name not in tensors
        }
    tensors = {
        name: value for name, value in tensors.items() if name not in norms
    }
    record["ignored"] = sorted([*record["ignored"], *norms])
    _check_complete(
        tensors, {k: v for k, v in state.items() if k not in new}, path
    )
    _check_finite(tensors, path)
    model.load_state_dict(tensors, strict=False)
    names = {"loaded": sorted(tensors), "new": sorted(new), "cropped": cropped}
    beside = Path(path).with_suffix(".json")
    origin = {"origin": read_json(beside)} if beside.is_file() else {}
    return {
        "file": Path(path).name,
        "sha256": digest,
        **record,
        **names,
        **origin,
    }


def check_sha256(path, expected=None):
    """SHA-256 of a file, compared with the expected one.

    Raises
    ------
    InputError
        If the file is missing or another one.
    """
    if not Path(path).is_file():
        raise InputError(
            path, "weights", "the file does not exist", "check weights.path"
        )
    digest = sha256(path)
    if expected and digest != expected:
        problem = f"is {digest}, not {expected}"
        raise InputError(
            path,
            "sha256",
            problem,
            "fetch the file again, or correct weights.sha256",
        )
    return digest


def _crop_temporal(tensors, state, path):
    """Keep the rows that the model's windows need; its last row is never read."""
    found, needed = tensors["temporal_embedding"], state["temporal_embedding"]
    if (
        found.ndim != 3
        or found.shape[2] != needed.shape[2]
        or found.shape[1] == needed.shape[1]
    ):
        return {}
    if found.shape[1] < needed.shape[1]:
        seconds = f"{found.shape[1] - 1} patches, the windows have {needed.shape[1] - 1}"
        remedy = "use shorter windows or other weights"
        raise InputError(
            path, "temporal_embedding", f"serves {seconds}", remedy
        )
    tensors["temporal_embedding"] = found[:, : needed.shape[1]].clone()
    return {"temporal_embedding": [found.shape[1], needed.shape[1]]}


def _check_complete(tensors, state, path):
    missing = [
        f"{name} {_shape(state[name])}"
        for name in state
        if name not in tensors
    ]
    extra = [
        f"{name} {_shape(tensors[name])}"
        for name in tensors
        if name not in state
    ]
    other = [
        f"{name} {_shape(tensors[name])}, not {_shape(state[name])}"
        for name in tensors
        if name in state and tensors[name].shape != state[name].shape
    ]
    parts = {
        "missing": missing,
        "not in the model": extra,
        "of another shape": other,
    }
    problem = "; ".join(
        f"{len(v)} {k}: {_listed(v)}" for k, v in parts.items() if v
    )
    if problem:
        remedy = "match model.layers to the weights, or use weights of this architecture"
        raise InputError(
            path, "weights", f"fit only in part ({problem})", remedy
        )


def _check_finite(tensors, path):
    broken = [
        name
        for name, value in tensors.items()
        if not bool(value.isfinite().all())
    ]
    if broken:
        problem = f"values that are not finite in {_listed(broken)}"
        raise InputError(path, "weights", problem, "use an undamaged file")


def _shape(tensor):
    return tuple(tensor.shape)


def _listed(names):
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def fetch_hub(target, url=HUB_URL, expected_sha256=None):
    """Download published weights.

    Raises
    ------
    InputError
        Without network, or if the file is not the expected one.
    """
    import pooch

    known = f"sha256:{expected_sha256}" if expected_sha256 else None
    try:
        pooch.retrieve(url, known, Path(target).name, Path(target).parent)
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
        path, name = weights["path"], "weights.path"
        if weights["source"] == "hub":
            path = Path(folder) / "hub.safetensors"
            fetch_hub(path, HUB_URL, weights["sha256"])
            name = HUB_URL
        digest = check_sha256(path, weights["sha256"])
        tensors, record = braindecode_names(read_tensors(path), path)
    save_tensors(tensors, out_weights)
    origin = {
        "source": weights["source"],
        "file": name if name == HUB_URL else Path(path).name,
    }
    digests = {"file_sha256": digest, "sha256": sha256(out_weights)}
    write_json({**origin, **digests, **record}, out_record)


def save_tensors(tensors, path):
    """Write tensors as safetensors, atomically."""
    from safetensors.torch import save_file

    plain = {
        name: value.detach().cpu().contiguous()
        for name, value in tensors.items()
    }
    with atomic(path) as temporary:
        save_file(plain, temporary)
