"""Small convolutional networks of the field, trained like the models but with one short recipe.

The training split fits them, the validation split chooses the epoch.
"""

from typing import NamedTuple

from eeglrp.baselines.linear import in_training

#: Learning rate after the warm-up, and the recipe; the same for every task and both networks.
_RATE = 0.001
_RECIPE = {
    "epochs": 40,
    "batch_size": 64,
    "accumulate": 1,
    "warmup_epochs": 1,
    "min_learning_rate": 1e-6,
    "weight_decay": 0.01,
    "label_smoothing": 0.0,
    "patience": 10,
    "precision": "float32",
}


class Trained(NamedTuple):
    """A trained network (torch.nn.Module), what its input is divided by, and where it is."""

    module: object
    scale: float
    device: object


def eegnet(
    data, seed, device="cpu", subject_layer=None, subject_layer_rate=1.0
):
    """EEGNet-8,2 with a first kernel of half a second and the published limits on its weights.

    Lawhern et al. (2018), doi:10.1088/1741-2552/aace8c.

    Parameters
    ----------
    data : Windows
    seed : int
        Of weights, dropout and the order of batches.
    device : str
        `auto`, `cpu` or `cuda`.
    subject_layer : str, optional
        `identity` or `euclidean`: a spatial filter for each subject in front, as the models have
        it (`eeglrp.models.subjects`).
    subject_layer_rate : float
        Factor on the learning rate of these filters.

    Returns
    -------
    array of float32, shape (n, n_classes)

    Raises
    ------
    InputError
        If the loss is not finite, or there is no such device.
    """
    layer = subject_layer, subject_layer_rate
    trained = train_network("eegnet", data, seed, device, *layer)
    return scores_of(trained, data)


def shallow(
    data, seed, device="cpu", subject_layer=None, subject_layer_rate=1.0
):
    """ShallowFBCSPNet: a learned filter bank, spatial filters, log power.

    Schirrmeister et al. (2017), doi:10.1002/hbm.23730. Parameters and returned value are those of
    `eegnet`.
    """
    layer = subject_layer, subject_layer_rate
    trained = train_network("shallow", data, seed, device, *layer)
    return scores_of(trained, data)


def train_network(
    name, data, seed, device="cpu", subject_layer=None, subject_layer_rate=1.0
):
    """Train `eegnet` or `shallow`; parameters as those of `eegnet`.

    Returns
    -------
    Trained
    """
    from eeglrp.models.subjects import add_subject_layer, network_of
    from eeglrp.seeds import generator
    from eeglrp.training.fit import Plan, fit
    from eeglrp.training.optimisation import choose_device, reproducible

    train, validation = _examples(data)
    n_classes = int(train.label.max()) + 1
    shape = {
        "n_chans": len(data.channels),
        "n_times": data.signal.shape[2],
        "n_outputs": n_classes,
        "sfreq": data.sampling_rate,
    }
    # Their batch norms expect values near 1, not 0.1.
    scale = float(train.array.std())
    place = choose_device(device)
    with reproducible(seed):
        module = _network(name, shape)
        if subject_layer:
            frame = data.frame[in_training(data)]
            windows = data._replace(signal=train.array, frame=frame)
            module = add_subject_layer(module, subject_layer, windows)
        trained = Trained(module.to(place), scale, place)
        rng = generator(seed, "batches")
        plan = Plan(_RECIPE, n_classes, place, rng)
        named = network_of(module).named_parameters()
        groups = [(name, parameter, 1.0) for name, parameter in named]
        if subject_layer:
            groups.append(("filters", module.filters, subject_layer_rate))
        forward = _forward(trained)
        result = fit(module, forward, groups, _RATE, train, validation, plan)
        module.load_state_dict(result.state)
    return trained


def _network(name, shape):
    from braindecode.models import EEGNet, ShallowFBCSPNet

    if name == "shallow":
        return ShallowFBCSPNet(**shape)
    kernel = round(shape["sfreq"] / 2)
    return EEGNet(
        **shape, kernel_length=kernel, final_layer_with_constraint=True
    )


def _forward(trained):
    """Function of windows in 0.1 mV, (n, n_channels, n_times), and their subjects (n,)."""
    from eeglrp.models.subjects import subject_keywords

    module = trained.module

    def forward(batch, subject):
        asked = subject_keywords(module, subject)
        return module(batch / trained.scale, **asked)

    return forward


def scores_of(trained, data):
    """Scores of all windows, array of float32, shape (n, n_classes)."""
    from eeglrp.training.predict import in_batches

    forward = _forward(trained)
    subject = data.frame["subject"].to_numpy(str)
    return in_batches(
        forward, trained.module, data.signal, trained.device, subject
    )


def _examples(data):
    """Training and validation windows."""
    from eeglrp.training.fit import Examples

    split = data.frame["split"].to_numpy()
    subject = data.frame["subject"].to_numpy(str)
    examples = []
    for name in ("train", "validation"):
        mask = split == name
        label = data.label[mask]
        examples.append(Examples(data.signal[mask], label, subject[mask]))
    return examples
