# What the rules of figures ask of the configuration.


def study_files(pattern):
    """Every file of this study that a pattern of tasks, regimes, seeds or weights names."""
    if "{seed}" in pattern:
        return [
            path
            for task in MAIN_TASKS
            for regime, seed in task_models(task)
            for path in fold_files(pattern, task, regime=regime, seed=seed)
        ]
    if "{weights}" in pattern:
        trained = config["weights"]["source"] == "pretrain"
        return expand(results(pattern), weights=weights_names()) if trained else []
    return [results(pattern)]


def figure_tables(name):
    """The tables that a figure's module says it reads."""
    patterns = questions.figure_module(name).TABLES
    absent = [paths.TABLE.format(table=table) for table in ABSENT_TABLES]
    patterns = [pattern for pattern in patterns if pattern not in absent]
    return [file for pattern in patterns for file in study_files(pattern)]
