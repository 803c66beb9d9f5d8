# What the rules of strategies ask of the configuration.


def strategy_stores(task):
    """Arm and attribution store of every model whose single-trial maps are clustered."""
    method = settings.arm_method(config, task)
    return [
        (arm, attribution_store(name, regime, seed, method))
        for arm, name in ({"all": task} | settings.arms(config, task)).items()
        for regime, seed in task_models(name)
    ]
