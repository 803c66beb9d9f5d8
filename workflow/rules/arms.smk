# The same task with another input, and models tested on windows of another task.


include: "helpers/arms.smk"


for name, tasks, subjects in batches_of_subjects("arm_windows", ARM_TASKS):

    rule:
        name:
            name
        input:
            stores=base_stores(subjects),
        output:
            store=of_subjects(paths.WINDOWS, subjects),
            counts=of_subjects(paths.WINDOW_COUNTS, subjects),
            components=of_subjects("windows/{task}/{subject}-components.tsv", subjects),
        log:
            log_of("windows/{task}/{subject}", subjects),
        benchmark:
            benchmark_of("windows/{task}/{subject}", subjects)
        wildcard_constraints:
            task=one_of(tasks),
        conda:
            "../../envs/eeglrp.yaml"
        threads: 1
        resources:
            mem_mb=memory(2000, 20),
            runtime=minutes(20, 0.5),
        params:
            subjects=wildcard_or("subject", subjects),
            ids=lambda wildcards: {
                "study": config["study"],
                "task": wildcards.task,
                "arm_of": TASKS[wildcards.task]["arm_of"],
                "arm": TASKS[wildcards.task]["arm"],
            },
            options=lambda wildcards: TASKS[wildcards.task]["input"],
            seed=config["seed"],
            code=code("arm_windows.py"),
        message:
            "Change the input for {wildcards.task}, {params.subjects}"
        script:
            "../scripts/arm_windows.py"


rule arm_components:
    input:
        lambda wildcards: expand(
            results("windows/{task}/{subject}-components.tsv"),
            task=f"{wildcards.task}_{wildcards.arm}",
            subject=task_subjects(wildcards.task),
        ),
    output:
        results("metrics/parts/{task}/{arm}-components.tsv"),
    log:
        log_of("components/{task}/{arm}"),
    benchmark:
        benchmark_of("components/{task}/{arm}")
    wildcard_constraints:
        task=one_of(MAIN_TASKS),
        arm="[a-z][a-z0-9_]*",
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        code=code("join.py"),
    message:
        "Join components for {wildcards.task}, {wildcards.arm}"
    script:
        "../scripts/join.py"


rule components:
    input:
        [table for task in MAIN_TASKS for table in arm_components(task)],
    output:
        table_of("components"),
    log:
        log_of("metrics/components"),
    benchmark:
        benchmark_of("metrics/components")
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        code=code("join.py"),
    message:
        "Join components over tasks"
    script:
        "../scripts/join.py"


rule predict_on:
    input:
        windows=tested_windows,
        splits=fold_splits,
        models=of_folds(f"{paths.MODEL}.safetensors"),
        records=of_folds(f"{paths.MODEL}.json"),
    output:
        predictions=results(paths.PREDICTIONS_ON),
    log:
        log_of("predictions/{task}/{regime}/seed-{seed}-on-{tested}"),
    benchmark:
        benchmark_of("predictions/{task}/{regime}/seed-{seed}-on-{tested}")
    wildcard_constraints:
        tested=one_of(TESTED_SINGLY),
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 0.5),
        runtime=minutes(20, 0.05),
        gpu=1,
    params:
        device=config["training"]["device"],
        threads=config["training"]["threads"],
        code=code("predict_on.py"),
    message:
        "Test {wildcards.regime} LaBraM for {wildcards.task}, "
        "seed {wildcards.seed}, on {wildcards.tested}"
    script:
        "../scripts/predict_on.py"


rule attribute_on:
    input:
        windows=explained_windows,
        splits=fold_splits,
        models=of_folds(f"{paths.MODEL}.safetensors"),
        records=of_folds(f"{paths.MODEL}.json"),
    output:
        store=results(f"{paths.ATTRIBUTION_ON}.zarr.zip"),
        cost=results(f"{paths.ATTRIBUTION_ON}-cost.tsv"),
    log:
        log_of(paths.ATTRIBUTION_ON),
    benchmark:
        benchmark_of(paths.ATTRIBUTION_ON)
    wildcard_constraints:
        tested=one_of(TESTED_SINGLY),
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 0.5),
        runtime=minutes(30, 0.5),
        gpu=1,
    params:
        attribution=attribution_settings(),
        methods=lambda wildcards: method_settings([wildcards.method]),
        study=config["study"],
        config_sha256=lambda wildcards: settings.settings_hash(config, wildcards.task),
        device=config["training"]["device"],
        seed=config["seed"],
        threads=config["training"]["threads"],
        code=lambda wildcards: code("attribute_on.py", *method_modules(wildcards.method)),
    message:
        "Explain {wildcards.regime} LaBraM for {wildcards.task}, "
        "seed {wildcards.seed}, on {wildcards.tested}: {wildcards.method}"
    script:
        "../scripts/attribute_on.py"


for task in ARMED if TOGETHER else []:

    rule:
        name:
            f"test_{task}_on_arms"
        input:
            # Those of one arm after those of another.
            tested=stores_of_arms(task, "test"),
            explained=stores_of_arms(task, config["attribution"]["split"]),
            splits=fold_splits,
            models=of_folds(f"{paths.MODEL}.safetensors"),
            records=of_folds(f"{paths.MODEL}.json"),
        output:
            predictions=files_on_arms(task, paths.PREDICTIONS_ON),
            store=files_on_arms(task, f"{paths.ATTRIBUTION_ON}.zarr.zip"),
            cost=files_on_arms(task, f"{paths.ATTRIBUTION_ON}-cost.tsv"),
        log:
            log_of("attributions/{task}/{regime}/seed-{seed}-on-arms"),
        benchmark:
            benchmark_of("attributions/{task}/{regime}/seed-{seed}-on-arms/together")
        wildcard_constraints:
            task=task,
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(3000, 0.5),
            runtime=minutes(30, 0.5),
            gpu=1,
        params:
            arms=list(settings.arms(config, task).values()),
            attribution=attribution_settings(),
            methods=method_settings([settings.arm_method(config, task)]),
            study=config["study"],
            config_sha256=settings.settings_hash(config, task),
            device=config["training"]["device"],
            seed=config["seed"],
            threads=config["training"]["threads"],
            code=code("test_on_arms.py", *method_modules(settings.arm_method(config, task))),
        message:
            "Test and explain {wildcards.regime} LaBraM for {wildcards.task}, "
            "seed {wildcards.seed}, on its arms"
        script:
            "../scripts/test_on_arms.py"
