# What the rules of ocular ask of the configuration.


def gaze_stores(wildcards):
    """Attribution stores of the method whose ocular share is held against gaze."""
    task = wildcards.task
    method = settings.arm_method(config, task)
    return [attribution_store(task, regime, seed, method) for regime, seed in task_models(task)]
