"""LaBraM (Jiang, Zhao & Lu, ICLR 2024, arXiv:2405.18765): braindecode's module, left as it is.

All that the study must know of this model and of no other: how it is built and called, where its
tokens, its head and its embeddings are, how deep a weight lies. `eeglrp.models.registry` says what
an adapter has to offer.
"""

import re
from collections import Counter
from contextlib import contextmanager

from eeglrp.errors import InputError
from eeglrp.models.braindecode_module import braindecode_module
from eeglrp.models.weights import load_backbone as load_backbone

#: Name of the network's class.
CLASS = "Labram"
#: Samples of a patch and width of a token: one second at 200 Hz.
PATCH_SAMPLES = 200
#: Samples from one step of the first convolution to the next.
STEP_SAMPLES = 8
#: Stores can hold relevance of its blocks, by electrode and patch.
GIVES_LAYERS = True
#: Whether parameters are sources of their own that have no row in a store's ledger.
OTHER_SOURCES = False
#: Standard deviation of LaBraM's new spatial embedding. Beside tokens of about 0.7 it hides which
#: electrode is which until training has enlarged it, which takes hundreds of steps.
SPATIAL_INIT = 0.02
#: Units of the network but its blocks -> beginning of their weights' names.
_UNITS = {
    "head": ("final_layer.", "fc_norm.", "norm."),
    "embeddings": ("cls_token", "position_embedding", "temporal_embedding"),
    "patch embedding": ("patch_embed.",),
}
_BLOCK = re.compile(r"^blocks\.(\d+)\.")


def braindecode_labram():
    """Braindecode's module `labram`."""
    return braindecode_module("labram")


def build(model, channels, n_times, n_classes, drop_path=None):
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
    import torch

    check_channels(channels)
    if n_times < PATCH_SAMPLES or n_times % PATCH_SAMPLES:
        problem = f"{n_times} samples are not whole patches of {PATCH_SAMPLES}"
        remedy = "make it a multiple of 200 samples"
        raise InputError("config", "tasks.length", problem, remedy)
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
    spatial_init = model.get("spatial_init", SPATIAL_INIT)
    with torch.no_grad():
        module.position_embedding.mul_(spatial_init / SPATIAL_INIT)
    return module


def check_channels(channels):
    """Refuse electrodes that LaBraM has no spatial embedding for.

    Raises
    ------
    InputError
        Naming them.
    """
    table = braindecode_labram().LABRAM_CHANNEL_ORDER
    known = {name.upper() for name in table}
    unknown = [name for name in channels if name.upper() not in known]
    counts = Counter(channels)
    repeated = [name for name in sorted(counts) if counts[name] > 1]
    problems = {"not in LaBraM's table": unknown, "repeated": repeated}
    for words, names in problems.items():
        if names:
            problem = f"{', '.join(names)}: {words}"
            remedy = "rename or leave out these channels"
            raise InputError("windows", "channels", problem, remedy)


def forward_kwargs(channels):
    """Keyword arguments of the module's forward pass that bind the electrodes."""
    return {"ch_names": list(channels)}


def features(network, signal, channels):
    """What the linear head reads: normalised mean over patch tokens, (n, 200)."""
    import torch

    names = braindecode_labram().LABRAM_CHANNEL_ORDER
    # Row 0 is the class token's.
    rows = {name.upper(): row for row, name in enumerate(names, start=1)}
    chosen = [0, *(rows[name.upper()] for name in channels)]
    inputs = torch.tensor(chosen, device=signal.device)
    return network.forward_features(signal, input_chans=inputs)


def head(network):
    """The linear layer that reads the features."""
    return network.final_layer


def check_settings(settings):
    """Refuse heads that do not divide the width of a token.

    Raises
    ------
    InputError
    """
    heads = settings["heads"]
    if PATCH_SAMPLES % heads:
        problem = f"{heads} does not divide the width {PATCH_SAMPLES}"
        raise InputError("config", "model.heads", problem, "choose 10")


def n_patches(n_times):
    """Number of patches of one electrode in a window of so many samples."""
    return n_times // PATCH_SAMPLES


def n_tokens(n_channels, n_times):
    """Number of tokens of a window: the class token, and one an electrode and patch."""
    n_all_patches = n_channels * n_patches(n_times)
    return 1 + n_all_patches


def by_electrode(tokens, n_channels, n_times):
    """Tokens (n, n_tokens, width) without the class token: (n, n_channels, n_patches, width).

    Raises
    ------
    InputError
        If they are not the tokens of such windows.
    """
    count = n_tokens(n_channels, n_times)
    if tokens.ndim != 3 or tokens.shape[1] != count or count == 1:
        problem = (
            f"{tuple(tokens.shape)} is not LaBraM's class token "
            "and patches of each electrode"
        )
        remedy = "give `tokens`, a function that returns (n_samples, n_channels, ...)"
        raise InputError(CLASS, "tokens", problem, remedy)
    return tokens[:, 1:].unflatten(1, (n_channels, n_patches(n_times)))


def depth(name, n_blocks):
    """Depth of a weight: embeddings and patch embedding 0, block i is i + 1, norm and head last."""
    block = _BLOCK.match(name)
    if block:
        return int(block[1]) + 1
    return n_blocks + 1 if name.startswith(_UNITS["head"]) else 0


def n_blocks(network):
    """Number of transformer blocks."""
    return len(network.blocks)


def unit(name):
    """The unit that a weight belongs to; None if there is no such unit.

    `head`, `block <n>` (counted from 1), `embeddings` or `patch embedding`.
    """
    block = _BLOCK.match(name)
    if block:
        return f"block {int(block[1]) + 1}"
    for unit_name, beginnings in _UNITS.items():
        if name.startswith(beginnings):
            return unit_name
    return None


def units(n_blocks):
    """Names of all units, from the head downwards."""
    numbers = range(n_blocks, 0, -1)
    blocks = [f"block {number}" for number in numbers]
    return ["head", *blocks, "embeddings", "patch embedding"]


def token_outputs(network, signal, channels):
    """What the head says of every patch token, (n, n_channels * n_patches, n_outputs)."""
    names = forward_kwargs(channels)
    return network(signal, return_patch_tokens=True, **names)


@contextmanager
def masked_patches(network, token, mask):
    """Replace the embeddings of masked patches by a token while the context lasts.

    Parameters
    ----------
    network : braindecode.models.Labram
    token : Tensor, shape (width,)
    mask : Tensor of bool, shape (n, n_channels * n_patches)
    """
    import torch

    is_masked = mask[..., None]

    def replace(_, __, embeddings):
        value = token.to(embeddings.dtype)
        return torch.where(is_masked, value, embeddings)

    hook = network.patch_embed.register_forward_hook(replace)
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def without_tokens(network, kept, n_units):
    """Leave all but some tokens out while the context lasts; the network stays as it is.

    Parameters
    ----------
    network : braindecode.models.Labram
    kept : Tensor of int, shape (n, n_kept)
        Numbers of the patches that stay, ascending, electrodes slowest.
    n_units : int
        Number of patches in all.

    Raises
    ------
    InputError
        If a window has another number of patches.
    """
    import torch

    class_token = torch.zeros_like(kept[:, :1])
    place = torch.cat([class_token, 1 + kept], 1)[..., None]

    def keep_patches(_, args):
        (patches,) = args
        patches = patches.flatten(1, 2)
        if patches.shape[1:] != (n_units, PATCH_SAMPLES):
            problem = (
                f"{n_units} units, but LaBraM has {patches.shape[1]} patches"
            )
            remedy = "hide units of one patch"
            raise InputError("faithfulness", "removal", problem, remedy)
        index = kept[..., None].expand(-1, -1, PATCH_SAMPLES)
        chosen = patches.gather(1, index)
        return (chosen[:, :, None],)

    def spread(_, __, tokens):
        # Back to their places, where their embeddings are added; the first block drops the rest.
        n, _, width = tokens.shape
        blank = tokens.new_zeros(n, n_units, width)
        index = kept[..., None].expand_as(tokens)
        return blank.scatter(1, index, tokens)

    def keep_tokens(_, args):
        tokens, *others = args
        index = place.expand(-1, -1, tokens.shape[2])
        chosen = tokens.gather(1, index)
        return (chosen, *others)

    embedding = network.patch_embed[1]
    block = network.blocks[0]
    hooks = [
        embedding.register_forward_pre_hook(keep_patches),
        embedding.register_forward_hook(spread),
        block.register_forward_pre_hook(keep_tokens),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
