# What the rules of arms ask of the configuration.


def base_stores(subjects):
    """Input function: each subject's windows of the task that an arm belongs to."""
    return lambda wildcards: window_stores(
        settings.base_task(config, wildcards.task), subjects or [wildcards.subject]
    )


def arm_components(base):
    """Table of components of every arm of a task that removes any."""
    named = settings.arms(config, base)
    with_ica = [arm for arm, task in named.items() if "ica" in TASKS[task]["input"]]
    return [results(f"metrics/parts/{base}/{arm}-components.tsv") for arm in with_ica]


def tested_windows(wildcards):
    """Test subjects' window stores of the task that another task's model is tested on."""
    return split_stores(wildcards.task, wildcards.tested, "test")


# Tasks on which each test of a model trained on another has a job of its own.
TESTED_SINGLY = set(TASKS) - (set(ARM_TASKS) if TOGETHER else set())


def stores_of_arms(task, split):
    """Window stores of every arm of a task, of subjects in a split."""
    arms = settings.arms(config, task).values()
    return [store for arm in arms for store in split_stores(task, arm, split)]


def files_on_arms(task, pattern):
    """A file of a model tested on every arm of its task."""
    return expand(
        results(pattern),
        tested=list(settings.arms(config, task).values()),
        method=settings.arm_method(config, task),
        allow_missing=True,
    )
