# What the rules of transfer ask of the configuration.


# Tasks whose models are tested on other recordings, to the tasks that these belong to.
TRANSFERS = transfers(config)


def transfer_models(task):
    """Every model of a task on the windows of each task that it is tested on, and its files."""
    return [
        model._asdict() | {"predictions": results(model.predictions), "store": results(model.store)}
        for model in transfer_files(config, task)
    ]


def files_of_transfer(kind):
    """Input function: `predictions` or `store` of every model of `transfer_models`."""
    return lambda wildcards: [model[kind] for model in transfer_models(wildcards.task)]
