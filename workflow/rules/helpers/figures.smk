# What the rules of figures ask of the configuration.


def study_files(pattern):
    """Every file of this study that a pattern of tasks, regimes, seeds or weights names."""
    models = [(task, *model) for task in MAIN_TASKS for model in task_models(task)]
    if "{seed}" in pattern:
        return [results(pattern.format(task=t, regime=r, seed=s)) for t, r, s in models]
    if "{weights}" in pattern:
        trained = config["weights"]["source"] == "pretrain"
        tasks = weights_tasks() if trained else []
        return [results(pattern.format(weights=weights_name(task))) for task in tasks]
    return [results(pattern)]


def figure_tables(name):
    """The tables that a figure's module says it reads."""
    patterns = questions.figure_module(name).TABLES
    absent = [paths.TABLE.format(table=table) for table in ABSENT_TABLES]
    patterns = [pattern for pattern in patterns if pattern not in absent]
    return [file for pattern in patterns for file in study_files(pattern)]
