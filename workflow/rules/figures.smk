# Figures from stored tables, one rule a figure, so that each reruns alone within seconds.


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


for name in FIGURES:

    rule:
        name:
            f"figure_{name}"
        input:
            figure_tables(name),
        output:
            pdf=results(f"figures/{name}.pdf"),
            png=report(
                results(f"figures/{name}.png"),
                caption="../report/figure.rst",
                category="Figures",
            ),
            tsv=results(f"figures/{name}.tsv"),
        log:
            log_of(f"figures/{name}"),
        benchmark:
            benchmark_of(f"figures/{name}")
        # Seconds each: one submission for many, see `group-components` of the profile.
        group:
            "figures"
        conda:
            "../../envs/eeglrp.yaml"
        resources:
            mem_mb=memory(1500, 0),
            runtime=minutes(10, 0),
        params:
            module=questions.figure_modules()[name],
            caption=questions.figure_module(name).CAPTION,
            code=code("figures.py", questions.figure_modules()[name]),
        message:
            f"Draw {name}"
        script:
            "../scripts/figures.py"
