# Baselines of tasks with arms and of the arms themselves, and the tables of arms.


include: "helpers/arm_scores.smk"


for name, tasks in {**{task: [task] for task in ARMED}, "arms": ARM_TASKS}.items():

    rule:
        name:
            f"baselines_of_{name}"
        input:
            windows=task_windows,
            splits=fold_splits,
            arms=arm_windows,
        output:
            predictions=results(f"{paths.BASELINE}.tsv"),
            electrodes=results(f"{paths.BASELINE}-electrodes.tsv"),
            arms=(
                [
                    results(f"predictions/{{task}}/{{baseline}}/seed-{{seed}}-on-{arm}.tsv")
                    for arm in settings.arms(config, tasks[0]).values()
                ]
                if tasks
                else []
            ),
        log:
            log_of(paths.BASELINE),
        benchmark:
            benchmark_of(paths.BASELINE)
        wildcard_constraints:
            task=one_of(tasks),
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(2500, 4),
            runtime=minutes(40, 0.1),
            gpu=lambda wildcards: int(wildcards.baseline in NETWORKS),
        params:
            classes=lambda wildcards: TASKS[wildcards.task]["classes"],
            seed=config["seed"],
            device=config["training"]["device"],
            layer=lambda wildcards: settings.subject_layer(config, wildcards.task),
            target=lambda wildcards: TASKS[wildcards.task]["target"],
            attribution={
                key: config["attribution"][key] for key in ("split", "max_windows", "score")
            },
            threads=config["training"]["threads"],
            code=lambda wildcards: code("arm_baseline.py", BASELINES[wildcards.baseline]),
        message:
            "Fit {wildcards.baseline} for {wildcards.task}, seed {wildcards.seed}, with its arms"
        script:
            "../scripts/arm_baseline.py"


rule arm_scores:
    input:
        predictions=arm_files("predictions"),
        store=arm_files("store"),
        electrodes=arm_files("electrodes"),
    output:
        arms=part_of("arms"),
        topography=part_of("arm_topography"),
    log:
        log_of("arms/{task}"),
    benchmark:
        benchmark_of("arms/{task}")
    wildcard_constraints:
        task=one_of(ARMED),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 0.1),
        runtime=minutes(30, 0.02),
    params:
        models=lambda wildcards: arm_models(wildcards.task),
        method=lambda wildcards: settings.arm_method(config, wildcards.task),
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("arm_scores.py"),
    message:
        "Compare models on every input for {wildcards.task}"
    script:
        "../scripts/arm_scores.py"


ARM_TABLES = ["arms", "arm_topography"]


use rule join_verify as join_arm_tables with:
    input:
        **parts_of(ARM_TABLES, ARMED),
    output:
        **{name: table_of(name) for name in ARM_TABLES},
    log:
        log_of("metrics/arm-tables"),
    benchmark:
        benchmark_of("metrics/arm-tables")
    # Not taken over from the rule that is used.
    localrule: True
    message:
        "Join the tables of arms over tasks"
