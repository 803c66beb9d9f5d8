# What the rules of sanity ask of the configuration.


MAP_TABLES = ["complexity", "agreement", "stability"]


def sanity_files(pattern):
    """Files of the models of a task that are tested by randomisation: those of the first fold."""
    return lambda wildcards: [
        results(pattern.format(task=wildcards.task, regime=regime, fold=0, seed=seed))
        for regime, seed in settings.sanity_models(config, wildcards.task)
    ]
