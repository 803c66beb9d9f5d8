# Which strategies do the maps of single trials show, and do ocular ones vanish in cleaned arms?


include: "helpers/strategies.smk"


rule strategies:
    input:
        windows=task_windows,
        stores=lambda wildcards: [path for _, path in strategy_stores(wildcards.task)],
    output:
        part_of("strategies"),
    log:
        log_of("strategies/{task}"),
    benchmark:
        benchmark_of("strategies/{task}")
    wildcard_constraints:
        task=one_of(GAZE_TASKS),
    conda:
        "../../envs/eeglrp.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000, 0.5),
        runtime=minutes(30, 0.1),
    params:
        arms=lambda wildcards: [arm for arm, _ in strategy_stores(wildcards.task)],
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("strategies.py"),
    message:
        "Cluster single-trial maps for {wildcards.task}"
    script:
        "../scripts/strategies.py"


use rule join_tables as join_strategies with:
    input:
        expand(part_of("{{table}}"), task=GAZE_TASKS),
    wildcard_constraints:
        table="strategies",
    # Not taken over from the rule that is used.
    localrule: True
