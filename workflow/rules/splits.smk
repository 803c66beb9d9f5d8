# Which windows train, validate and test in each fold: by subject or by block, never at random.


# As many tables as there are folds: a rule a number of folds.
for n_folds in sorted({len(settings.folds(config, task)) for task in MAIN_TASKS}):

    rule:
        name:
            f"split_in_{n_folds}"
        input:
            windows=task_windows,
        output:
            folds=expand(results(paths.FOLD_SPLITS), fold=range(n_folds), allow_missing=True),
            all=results(paths.SPLITS),
        log:
            log_of("splits/{task}"),
        benchmark:
            benchmark_of("splits/{task}")
        wildcard_constraints:
            task=one_of(task for task in MAIN_TASKS if len(settings.folds(config, task)) == n_folds),
        conda:
            "../../envs/eeglrp.yaml"
        resources:
            mem_mb=memory(1500, 0),
            runtime=minutes(20, 0),
        params:
            split=lambda wildcards: TASKS[wildcards.task]["split"],
            classes=lambda wildcards: TASKS[wildcards.task]["classes"],
            seed=config["seed"],
            code=code("splits.py"),
        message:
            "Split the windows for {wildcards.task}"
        script:
            "../scripts/splits.py"
