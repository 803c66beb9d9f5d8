"""Networks of braindecode that the study trains from random weights, each by a row of a table.

A row says only what differs: the class, what it calls the number of blocks and of heads, where its
blocks are, whether it wants positions of electrodes. LaBraM, whose tokens and published weights
the study knows too, has an adapter of its own.
"""

import math
import re
import sys
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from eeglrp.errors import InputError
from eeglrp.models.braindecode_module import braindecode_module

#: Hertz of the windows that a network is built for.
SAMPLING_RATE = 200.0
#: Samples that stand for one token where memory is estimated.
TOKEN_SAMPLES = 200
_HEAD = re.compile(r"^inner\.(final_layer|fc)\.")


class Network(NamedTuple):
    """One row of the table.

    Attributes
    ----------
    module, class_name : str
        Of braindecode, or of anybody's package (`is_own`).
    layers, heads : str or None
        Its arguments for the number of blocks and of attention heads.
    blocks : str or None
        Beginning of the names of a block's weights, up to its number.
    positions : bool
        Whether it reads where electrodes are.
    least : int
        Fewest samples of a window that it takes.
    scale : float
        What the signal, in 0.1 millivolt, is multiplied by: batch norms of small convolutional
        networks expect values near 1.
    is_own : bool
        Whether `module` is a module of the user's, imported by its name.
    """

    module: str
    class_name: str
    layers: str | None = None
    heads: str | None = None
    blocks: str | None = None
    positions: bool = False
    least: int = 200
    scale: float = 1.0
    is_own: bool = False


NETWORKS = {
    "cbramod": Network(
        "cbramod", "CBraMod", "n_layer", "nhead", "encoder.layers"
    ),
    "biot": Network(
        "biot",
        "BIOT",
        "num_layers",
        "num_heads",
        "encoder.transformer.layers.layers",
    ),
    "eegpt": Network(
        "eegpt",
        "EEGPT",
        "depth",
        "num_heads",
        "target_encoder.blocks",
        positions=True,
    ),
    "bendr": Network(
        "bendr",
        "BENDR",
        "transformer_layers",
        "transformer_heads",
        "contextualizer.transformer_layers",
    ),
    "signal_jepa": Network(
        "signal_jepa", "SignalJEPA_PreLocal", positions=True
    ),
    "luna": Network(
        "luna", "LUNA", "depth", "num_heads", "blocks", positions=True
    ),
    "steegformer": Network(
        "steegformer", "STEEGFormer", "depth", "num_heads", "encoder"
    ),
    "eegdino": Network(
        "eegdino", "EEGDINO", "n_layer", "nhead", "encoder_layers"
    ),
    "codebrain": Network(
        "codebrain",
        "CodeBrain",
        "num_res_layers",
        None,
        "residual_layer.residual_blocks",
    ),
    "eegnet": Network("eegnet", "EEGNet", scale=10.0),
    "shallow": Network("shallow_fbcsp", "ShallowFBCSPNet", scale=10.0),
    "deep4": Network("deep4", "Deep4Net", least=441, scale=10.0),
    "eegconformer": Network(
        "eegconformer",
        "EEGConformer",
        "num_layers",
        "num_heads",
        "transformer",
        scale=10.0,
    ),
}


class Adapter(NamedTuple):
    """What `eeglrp.models.registry` asks of the adapter of a network of the table."""

    CLASS: str
    PATCH_SAMPLES: int
    build: object
    check_settings: object
    check_channels: object
    forward_kwargs: object
    n_tokens: object
    by_electrode: object
    n_blocks: object
    depth: object
    unit: object
    units: object
    GIVES_LAYERS: bool = False
    OTHER_SOURCES: bool = True


def adapter_for(name, network):
    """The adapter of a row of `NETWORKS`, or of `own_network`."""
    return Adapter(
        CLASS=network.class_name,
        PATCH_SAMPLES=network.least,
        build=partial(build, name, network),
        check_settings=partial(check_settings, name, network),
        check_channels=check_channels,
        forward_kwargs=forward_kwargs,
        n_tokens=n_tokens,
        by_electrode=partial(by_electrode, name),
        n_blocks=partial(n_blocks, network),
        depth=partial(depth, network),
        unit=partial(unit, network),
        units=units,
    )


def own_network(name, path):
    """The row of a class that `models.<name>.class` names: `package.module:Class`.

    Raises
    ------
    InputError
        If the path is none.
    """
    module, colon, class_name = path.partition(":")
    if not (colon and module and class_name.isidentifier()):
        problem = f"{path} is no class"
        remedy = "write it as package.module:Class"
        raise InputError("config", f"models.{name}.class", problem, remedy)
    return Network(module, class_name, least=1, is_own=True)


def source_of(name, path):
    """File in which a class of the user's is written.

    Raises
    ------
    InputError
        If its module cannot be found.
    """
    row = own_network(name, path)
    with _working_directory():
        try:
            spec = find_spec(row.module)
        except ModuleNotFoundError:
            spec = None
    if spec is None or spec.origin is None:
        problem = f"there is no module {row.module}"
        remedy = "put it into the working directory or on PYTHONPATH"
        raise InputError("config", f"models.{name}.class", problem, remedy)
    return Path(spec.origin)


@contextmanager
def _working_directory():
    """Let modules of the working directory be imported while the context lasts."""
    here = str(Path.cwd())
    sys.path.append(here)
    try:
        yield
    finally:
        sys.path.remove(here)


def build(name, network, model, channels, n_times, n_classes, drop_path=None):
    """A network with random weights that is told its electrodes by name.

    Parameters
    ----------
    name : str
    network : Network
    model : dict
        `layers`, `heads` (the network's own where left out) and `options`, further arguments of
        its class.
    channels : sequence of str
    n_times, n_classes : int
    drop_path : float, optional
        Not used: these networks have no such setting in common.

    Returns
    -------
    eeglrp.models.named.NamedElectrodes

    Raises
    ------
    InputError
        If the network cannot be built so.
    """
    from eeglrp.models.named import NamedElectrodes

    check_channels(channels)
    if n_times < network.least:
        problem = f"{n_times} samples are fewer than {name} takes"
        remedy = f"make windows of at least {network.least} samples"
        raise InputError("config", "tasks.length", problem, remedy)
    network_class = _class_of(name, network)
    sizes = {
        "n_chans": len(channels),
        "n_times": n_times,
        "n_outputs": n_classes,
        "sfreq": SAMPLING_RATE,
    }
    sizes |= _arguments(network, model)
    if network.positions:
        sizes["chs_info"] = _positions(channels)
    try:
        inner = network_class(**sizes)
    except (TypeError, ValueError, RuntimeError, AssertionError) as error:
        reason = " ".join(str(error).split())
        problem = f"{name} cannot be built ({reason})"
        remedy = (
            f"change models.{name}, the electrodes or the length of windows"
        )
        raise InputError(
            "config", f"models.{name}", problem, remedy
        ) from error
    of_network = adapter_for(name, network)
    return NamedElectrodes(of_network, inner, channels, network.scale)


def _class_of(name, network):
    if not network.is_own:
        module = braindecode_module(network.module)
        return getattr(module, network.class_name)
    with _working_directory():
        module = import_module(network.module)
    try:
        return getattr(module, network.class_name)
    except AttributeError:
        problem = f"{module.__file__} has no {network.class_name}"
        remedy = "name a class of this module"
        raise InputError(
            "config", f"models.{name}.class", problem, remedy
        ) from None


def _arguments(row, model):
    """Arguments of the class that stand for settings of `models`."""
    arguments = dict(model.get("options", {}))
    for setting in ("layers", "heads"):
        argument = getattr(row, setting)
        if argument and setting in model:
            arguments[argument] = model[setting]
    return arguments


def _positions(channels):
    """Channels as MNE describes them, at the places of its template of a head."""
    import mne

    info = mne.create_info(list(channels), SAMPLING_RATE, "eeg")
    info.set_montage(
        "standard_1005",
        match_case=False,
        on_missing="ignore",
        verbose="ERROR",
    )
    return info["chs"]


def check_settings(name, row, settings):
    """Refuse sizes that the network does not have.

    Raises
    ------
    InputError
    """
    for setting in ("layers", "heads"):
        if setting in settings and getattr(row, setting) is None:
            problem = f"{name} has no such setting"
            remedy = (
                "leave it out, or name an argument of its class in options"
            )
            raise InputError(
                "config", f"models.{name}.{setting}", problem, remedy
            )


def check_channels(channels):
    """Refuse electrodes that are named twice.

    Raises
    ------
    InputError
    """
    names = [name.upper() for name in channels]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        problem = f"{', '.join(repeated)}: repeated"
        remedy = "rename or leave out these channels"
        raise InputError("windows", "channels", problem, remedy)


def forward_kwargs(channels):
    """Keyword arguments of the forward pass that bind the electrodes."""
    return {"ch_names": list(channels)}


def n_tokens(n_channels, n_times):
    """Roughly how many tokens a window has, to estimate memory by."""
    return 1 + n_channels * math.ceil(n_times / TOKEN_SAMPLES)


def by_electrode(name, tokens, n_channels, n_times):
    """Refuse: which tokens are an electrode's is not known of these networks.

    Raises
    ------
    InputError
    """
    problem = f"{name} has no adapter that knows its tokens"
    remedy = (
        "give `tokens`, a function that returns (n_samples, n_channels, ...)"
    )
    raise InputError("model", "tokens", problem, remedy)


def n_blocks(network, module):
    """Number of blocks whose weights are told apart."""
    names = dict(module.named_parameters())
    numbers = {_block(network, name) for name in names} - {None}
    return len(numbers)


def depth(network, name, n_blocks):
    """Depth of a weight: stem 0, block i is i + 1, head last."""
    part = unit(network, name)
    if part == "head":
        return n_blocks + 1
    return 0 if part == "stem" else int(part.removeprefix("block "))


def unit(network, name):
    """The unit that a weight belongs to: `head`, `block <n>` (counted from 1) or `stem`."""
    if _HEAD.match(name):
        return "head"
    number = _block(network, name)
    return "stem" if number is None else f"block {number + 1}"


def units(n_blocks):
    """Names of all units, from the head downwards."""
    blocks = [f"block {number}" for number in range(n_blocks, 0, -1)]
    return ["head", *blocks, "stem"]


def _block(network, name):
    """Number of the block that a weight belongs to, from 0; None of all others."""
    if network.blocks is None:
        return None
    beginning = re.escape(f"inner.{network.blocks}.")
    match = re.match(rf"{beginning}(\d+)\.", name)
    return int(match[1]) if match else None
