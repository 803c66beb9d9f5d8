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


def eegnet(data, seed, device="cpu", subject_layer=None, subject_layer_rate=1.0):
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
    from braindecode.models import EEGNet

    options = {"kernel_length": round(data.sampling_rate / 2), "final_layer_with_constraint": True}
    layer = subject_layer, subject_layer_rate
    return _train(EEGNet, data, seed, device, layer, **options)


def shallow(data, seed, device="cpu", subject_layer=None, subject_layer_rate=1.0):
    """ShallowFBCSPNet: a learned filter bank, spatial filters, log power.

    Schirrmeister et al. (2017), doi:10.1002/hbm.23730. Parameters and returned value are those of
    `eegnet`.
    """
    from braindecode.models import ShallowFBCSPNet

    return _train(ShallowFBCSPNet, data, seed, device, (subject_layer, subject_layer_rate))


def _train(network, data, seed, device, layer, **options):
    from eeglrp.models.optimisation import choose_device, reproducible
    from eeglrp.models.subjects import add_subject_layer, network_of, subject_keywords
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
        module = network(**shape, **options)
        if layer[0]:
            chosen = in_training(data)
            own = data._replace(signal=train.array, frame=data.frame[chosen])
            module = add_subject_layer(module, layer[0], own)
        module = module.to(place)
        plan = Plan(_RECIPE, shape["n_outputs"], place, generator(seed, "batches"))
        named = network_of(module).named_parameters()
        groups = [(name, parameter, 1.0) for name, parameter in named]
        if layer[0]:
            groups.append(("filters", module.filters, layer[1]))

        def forward(batch, subject):
            return module(batch / scale, **subject_keywords(module, subject))

        module.load_state_dict(fit(module, forward, groups, _RATE, train, validation, plan).state)
        subject = data.frame["subject"].to_numpy(str)
        return in_batches(forward, module, data.signal, place, subject)


def _examples(data):
    """Training and validation windows."""
    from eeglrp.training.fit import Examples

    masks = in_training(data), (data.frame["split"] == "validation").to_numpy()
    subject = data.frame["subject"].to_numpy(str)
    return [Examples(data.signal[mask], data.label[mask], subject[mask]) for mask in masks]
