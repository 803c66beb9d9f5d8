"""The networks that the study trains and explains, and where their adapters are.

An adapter is a module that offers

- `CLASS`: the name of the network's class; `PATCH_SAMPLES`, `STEP_SAMPLES`: its sampling grid
- `GIVES_LAYERS`: stores can hold relevance of its layers; `OTHER_SOURCES`: its ledger has sources
  that have no row of their own in a store
- `check_settings(settings)`, `check_channels(channels)`: refuse what it cannot be built for
- `build(settings, channels, n_times, n_classes, drop_path=None)`: the network, random weights
- `forward_kwargs(channels)`: arguments of its forward pass that bind the electrodes
- `features(network, signal, channels)`: what the linear head reads; `head(network)`: the head
- `n_patches(n_times)`, `n_tokens(n_channels, n_times)`, `by_electrode(tokens, ...)`: its tokens
- `n_blocks(network)`, `depth(name, n_blocks)`: how deep a weight lies
- `unit(name)`, `units(n_blocks)`: parts that are randomised together
- `token_outputs`, `masked_patches`, `without_tokens`: for pretraining, and to leave patches out
- `load_backbone(network, path, expected_sha256=None)`: pretrained weights, all of them or none

Networks of the table in `eeglrp.models.networks` offer what training from random weights and an
explanation need; they have no tokens of an electrode, no pretraining here, and no layers in stores.

The engine of `eeglrp.lrp` needs none of it. Names of a network's embeddings that are sources of
their own in the ledger stand in `eeglrp.lrp.sources`.
"""

from eeglrp.errors import InputError
from eeglrp.models import labram
from eeglrp.models.networks import NETWORKS, adapter_for, own_network

# Imported, so that a change in an adapter is a change in what uses it; adapters load torch late.
MODELS = {"labram": labram} | {
    name: adapter_for(name, network) for name, network in NETWORKS.items()
}
DEFAULT = "labram"
#: Regimes of models that start from random weights.
RANDOM_STARTS = ("scratch", "untrained")


def model_of(regime):
    """Name of a regime's network: `cbramod` of `cbramod_scratch`, the default of `scratch`."""
    name = regime.rpartition("_")[0]
    return name or DEFAULT


def start_of(regime):
    """How a regime starts: `scratch` of `cbramod_scratch` and of `scratch`."""
    return regime.rpartition("_")[2]


def adapter(settings):
    """The adapter of the network that a study's section `model` or an entry of `models` names.

    Raises
    ------
    InputError
        If there is no such network.
    """
    name = settings.get("name", DEFAULT)
    if "class" in settings:
        return adapter_for(name, own_network(name, settings["class"]))
    if name not in MODELS:
        remedy = f"choose one of {', '.join(MODELS)}"
        raise InputError("config", "model.name", f"{name}: unknown", remedy)
    return MODELS[name]


def adapter_of(model):
    """The adapter of a network, which may stand behind a filter of its subject.

    Raises
    ------
    InputError
        If the network has none.
    """
    network = getattr(model, "network", model)
    if hasattr(network, "adapter"):
        return network.adapter
    class_name = type(network).__name__
    for module in MODELS.values():
        if class_name == module.CLASS:
            return module
    remedy = "choose zero, mean or other as occluder, or write an adapter"
    raise InputError(class_name, "model", "has no adapter", remedy)
