"""Small convolutional networks of the field, trained like the models but with one short recipe.

The training split fits them, the validation split chooses the epoch.
"""

from eeglrp.training.baselines.linear import in_training

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


def eegnet(data, seed, device="cpu"):
    """EEGNet-8,2 with a first kernel of half a second and the published limits on its weights.

    Lawhern et al. (2018), doi:10.1088/1741-2552/aace8c.

    Parameters
    ----------
    data : Windows
    seed : int
        Of weights, dropout and the order of batches.
    device : str
        `auto`, `cpu` or `cuda`.

    Returns
    -------
    array of float32, shape (n, n_classes)

    Raises
    ------
    InputError
        If the loss is not finite, or there is no such device.
    """
    from braindecode.models import EEGNet

    options = {"kernel_length": round(data.sampling_rate / 2), "final_layer_with_constraint": True}
    return _train(EEGNet, data, seed, device, **options)


def shallow(data, seed, device="cpu"):
    """ShallowFBCSPNet: a learned filter bank, spatial filters, log power.

    Schirrmeister et al. (2017), doi:10.1002/hbm.23730. Parameters and returned value are those of
    `eegnet`.
    """
    from braindecode.models import ShallowFBCSPNet

    return _train(ShallowFBCSPNet, data, seed, device)


def _train(network, data, seed, device, **options):
    from eeglrp.models.optimisation import choose_device, reproducible
    from eeglrp.seeds import generator
    from eeglrp.training.fit import Plan, fit
    from eeglrp.training.predict import in_batches

    train, validation = _examples(data)
    shape = {"n_chans": len(data.channels), "n_times": data.signal.shape[2]}
    shape |= {"n_outputs": int(train.label.max()) + 1, "sfreq": data.sampling_rate}
    # Their batch norms expect values near 1, not 0.1.
    scale = float(train.array.std())
    place = choose_device(device)
    with reproducible(seed):
        module = network(**shape, **options).to(place)
        plan = Plan(_RECIPE, shape["n_outputs"], place, generator(seed, "batches"))
        groups = [(name, parameter, 1.0) for name, parameter in module.named_parameters()]

        def forward(batch):
            return module(batch / scale)

        module.load_state_dict(fit(module, forward, groups, _RATE, train, validation, plan).state)
        return in_batches(forward, module, data.signal, place)


def _examples(data):
    """Training and validation windows."""
    from eeglrp.training.fit import Examples

    masks = in_training(data), (data.frame["split"] == "validation").to_numpy()
    return [Examples(data.signal[mask], data.label[mask]) for mask in masks]
