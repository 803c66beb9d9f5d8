# Arousal and valence: what a finding is worth beside nulls that survive autocorrelation.


include: "helpers/affect.smk"


for name, tasks, regimes, folds in batches_of_models("train_null", AFFECT_TASKS):
    regimes = [regime for regime in regimes if start_of(regime) != "untrained"]

    rule:
        name:
            name
        input:
            windows=task_windows,
            splits=fold_splits if folds else one_fold_splits,
            weights=start_weights,
        output:
            model=of_models(f"{paths.MODEL_NULL}.safetensors", regimes, folds),
            record=of_models(f"{paths.MODEL_NULL}.json", regimes, folds),
            history=of_models(f"{paths.MODEL_NULL}-history.tsv", regimes, folds),
        log:
            log_of(paths.MODEL_NULL, regimes),
        benchmark:
            benchmark_of(paths.MODEL_NULL, regimes)
        wildcard_constraints:
            task=one_of(tasks),
            number=r"\d+",
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(3000, 1.5),
            runtime=minutes(60, 0.3),
            gpu=1,
        params:
            labels="blocks",
            regimes=wildcard_or("regime", regimes),
            folds=wildcard_or("fold", folds),
            models=networks,
            training=lambda wildcards: settings.training_settings(config, wildcards.task),
            classes=lambda wildcards: TASKS[wildcards.task]["classes"],
            seed=config["seed"],
            threads=config["training"]["threads"],
            code=code("train.py"),
        message:
            "Train LaBraM for {wildcards.task}, number {wildcards.number}, on labels in another "
            "order: {params.regimes}, folds {params.folds}"
        script:
            "../scripts/train.py"


rule affect_maps:
    input:
        windows=task_windows,
        splits=fold_splits,
        models=task_model_files(".safetensors"),
        records=task_model_files(".json"),
        permuted=affect_nulls(".safetensors"),
        permuted_records=affect_nulls(".json"),
    output:
        part_of("affect_maps"),
    log:
        log_of("affect_maps/{task}"),
    benchmark:
        benchmark_of("affect_maps/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 1),
        runtime=minutes(30, 0.2),
        gpu=1,
    params:
        method=AFFECT_METHOD,
        options=config["attribution"]["methods"][AFFECT_METHOD],
        attribution={k: v for k, v in config["attribution"].items() if k != "methods"},
        affect=affect_settings("max_windows", "untrained_models"),
        study=config["study"],
        seed=config["seed"],
        device=config["training"]["device"],
        threads=config["training"]["threads"],
        code=code("affect_maps.py", *method_modules(AFFECT_METHOD)),
    message:
        "Explain for {wildcards.task} what no label explains"
    script:
        "../scripts/affect_maps.py"


rule affect_cluster:
    input:
        topography=expand(part_of("topography"), task=AFFECT_TASKS),
        maps=expand(part_of("affect_maps"), task=AFFECT_TASKS),
    output:
        table_of("affect_cluster"),
    log:
        log_of("metrics/affect_cluster"),
    benchmark:
        benchmark_of("metrics/affect_cluster")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 2),
        runtime=minutes(20, 1),
    params:
        tasks=AFFECT_TASKS,
        method=AFFECT_METHOD,
        affect=affect_settings("region", "permutations"),
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("affect_cluster.py"),
    message:
        "Test the central cluster"
    script:
        "../scripts/affect_cluster.py"


rule affect_confounds:
    input:
        windows=lambda wildcards: [
            path for files in affect_inputs(wildcards.task).values() for path in files["windows"]
        ],
        splits=lambda wildcards: [
            files["splits"] for files in affect_inputs(wildcards.task).values()
        ],
        stores=lambda wildcards: [case["store"] for case in affect_cases(wildcards.task)],
    output:
        part_of("affect_confounds"),
    log:
        log_of("affect_confounds/{task}"),
    benchmark:
        benchmark_of("affect_confounds/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 0.5),
        runtime=minutes(20, 0.05),
    params:
        cases=lambda wildcards: affect_cases(wildcards.task),
        files=lambda wildcards: affect_inputs(wildcards.task),
        method=AFFECT_METHOD,
        affect=affect_settings("region"),
        job=lambda wildcards: {
            "kind": settings.task_kind(config, wildcards.task),
            "classes": TASKS[wildcards.task]["classes"],
            "verify": config["verify"],
            "seed": config["seed"],
        },
        statistics=config["statistics"],
        study=config["study"],
        code=code("affect_confounds.py"),
    message:
        "Look for muscle, eyes and heart in {wildcards.task}"
    script:
        "../scripts/affect_confounds.py"


use rule join_tables as join_affect_tables with:
    input:
        expand(part_of("{{table}}"), task=AFFECT_TASKS),
    wildcard_constraints:
        table="affect_maps|affect_confounds",
    # Not taken over from the rule that is used.
    localrule: True


rule affect_evaluation:
    input:
        windows=task_windows,
        predictions=task_predictions,
    output:
        part_of("affect_evaluation"),
    log:
        log_of("affect_evaluation/{task}"),
    benchmark:
        benchmark_of("affect_evaluation/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 0.1),
        runtime=minutes(20, 0.01),
    params:
        models=lambda wildcards: scored_models(wildcards.task),
        target=lambda wildcards: TASKS[wildcards.task]["target"],
        affect=affect_settings("nulls"),
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("affect_evaluation.py"),
    message:
        "Hold accuracy in {wildcards.task} against ratings in another order"
    script:
        "../scripts/affect_evaluation.py"


rule affect_refits:
    input:
        windows=task_windows,
        splits=first_fold_splits,
        folds=task_splits,
    output:
        part_of("affect_refits"),
    log:
        log_of("affect_refits/{task}"),
    benchmark:
        benchmark_of("affect_refits/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 4),
        runtime=minutes(60, 0.5),
    params:
        names=lambda wildcards: affect_refitted(wildcards.task),
        target=lambda wildcards: TASKS[wildcards.task]["target"],
        gap=lambda wildcards: TASKS[wildcards.task]["split"]["gap"],
        affect=affect_settings("nulls", "inflation"),
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("affect_refits.py"),
    message:
        "Fit small decoders of {wildcards.task} anew"
    script:
        "../scripts/affect_refits.py"


use rule join_tables as join_affect_decoding with:
    input:
        affect_decoding_parts(),
    wildcard_constraints:
        table="affect_decoding",
    # Not taken over from the rule that is used.
    localrule: True
