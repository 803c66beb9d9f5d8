# What the rules of arm_scores ask of the configuration.


def arm_windows(wildcards):
    """Test subjects' window stores of every arm of a task, one arm after another."""
    arms = settings.arms(config, wildcards.task).values()
    return [store for arm in arms for store in split_stores(wildcards.task, arm, "test")]


def arm_models(task):
    """Every model of a task with arms on every input, and its files."""
    files = ("predictions", "store", "electrodes")
    return [
        one | {name: results(one[name]) for name in files if one[name]}
        for one in (model._asdict() for model in model_files(config, task))
    ]


def arm_files(kind):
    """Input function: `predictions`, `store` or `electrodes` of every model of `arm_models`."""
    return lambda wildcards: [one[kind] for one in arm_models(wildcards.task) if one[kind]]
