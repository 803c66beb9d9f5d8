# Which windows train, validate and test: by subject or by time block, never at random.


rule split:
    input:
        windows=task_windows,
    output:
        results(paths.SPLITS),
    log:
        log_of("splits/{task}"),
    benchmark:
        benchmark_of("splits/{task}")
    wildcard_constraints:
        task=one_of(MAIN_TASKS),
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
