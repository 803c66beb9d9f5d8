# What the rules of attribute ask of the configuration.


# Methods that take less time than reading model and windows share a job.
QUICK_METHODS = [
    name
    for name, options in config["attribution"]["methods"].items()
    if is_quick(method_of(name, options))
]


def attribution_settings():
    """Settings that all methods share."""
    return {key: value for key, value in config["attribution"].items() if key != "methods"}


def method_settings(methods):
    """Options of these methods, by name."""
    return {name: config["attribution"]["methods"][name] for name in methods}


def models_of_folds(ending, regimes):
    """Input function: a file of every fold's model, one regime after another."""
    return lambda wildcards: [
        path
        for regime in regimes or [wildcards.regime]
        for path in fold_files(
            f"{paths.MODEL}{ending}", wildcards.task, regime=regime, seed=wildcards.seed
        )
    ]


def attribution_files(ending, methods, regimes):
    """A file of every method that shares a job, one regime after another."""
    return [
        path
        for of_regime in of_regimes(f"{paths.ATTRIBUTION}{ending}", regimes)
        for path in expand(of_regime, method=methods, allow_missing=True)
    ]


def attribute_batches():
    """Rules that explain by quick methods: name, tasks, methods, regimes that one job does."""
    explained = [("attribute", MAIN_TASKS, QUICK_METHODS)]
    # An arm is explained by one method alone.
    for task in ARMED:
        method = settings.arm_method(config, task)
        quick = [method] if method in QUICK_METHODS else []
        arms = list(settings.arms(config, task).values())
        stem = "attribute" if TOGETHER else f"attribute_arms_of_{task}"
        explained.append((stem, arms, quick))
    return [
        (name, of_batch, methods, regimes)
        for stem, tasks, methods in explained
        if methods
        for name, of_batch, regimes, _ in batches_of_models(stem, tasks)
    ]
