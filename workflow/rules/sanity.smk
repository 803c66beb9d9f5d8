# Do maps depend on what was learned, and do methods, seeds and regimes agree on them?


include: "helpers/sanity.smk"


rule train_permuted:
    input:
        windows=task_windows,
        splits=one_fold_splits,
        weights=start_weights,
    output:
        model=[results(f"{paths.MODEL_PERMUTED}.safetensors")],
        record=[results(f"{paths.MODEL_PERMUTED}.json")],
        history=[results(f"{paths.MODEL_PERMUTED}-history.tsv")],
    log:
        log_of(paths.MODEL_PERMUTED),
    benchmark:
        benchmark_of(paths.MODEL_PERMUTED)
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 1.5),
        runtime=minutes(60, 0.3),
        gpu=1,
    params:
        labels="permuted",
        regimes=wildcard_or("regime", []),
        folds=wildcard_or("fold", []),
        models=networks,
        training=lambda wildcards: settings.training_settings(config, wildcards.task),
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        seed=config["seed"],
        threads=config["training"]["threads"],
        code=code("train.py"),
    message:
        "Train {wildcards.regime} LaBraM for {wildcards.task}, "
        "fold {wildcards.fold}, seed {wildcards.seed}, on permuted labels"
    script:
        "../scripts/train.py"


rule sanity:
    input:
        windows=task_windows,
        splits=first_fold_splits,
        models=sanity_files(f"{paths.MODEL}.safetensors"),
        records=sanity_files(f"{paths.MODEL}.json"),
        permuted=(
            sanity_files(f"{paths.MODEL_PERMUTED}.safetensors")
            if config["evaluate"]["sanity"]["permuted_labels"]
            else []
        ),
    output:
        part_of("sanity"),
    log:
        log_of("sanity/{task}"),
    benchmark:
        benchmark_of("sanity/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 1),
        runtime=minutes(60, 0.5),
        gpu=1,
    params:
        attribution={k: v for k, v in config["attribution"].items() if k != "methods"},
        methods=settings.sanity_methods(config),
        sanity=config["evaluate"]["sanity"],
        smoothing=config["verify"]["smoothing"],
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        device=config["training"]["device"],
        threads=config["training"]["threads"],
        code=code(
            "sanity.py",
            *[
                module
                for name in settings.sanity_methods(config)
                for module in method_modules(name)
            ],
        ),
    message:
        "Randomise models for {wildcards.task}"
    script:
        "../scripts/sanity.py"


rule agreement:
    input:
        task_stores,
    output:
        **{name: part_of(name) for name in MAP_TABLES},
    log:
        log_of("agreement/{task}"),
    benchmark:
        benchmark_of("agreement/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 0.5),
        runtime=minutes(20, 0.05),
    params:
        max_windows=config["evaluate"]["agreement"]["max_windows"],
        smoothing=config["verify"]["smoothing"],
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("agreement.py"),
    message:
        "Compare maps for {wildcards.task}"
    script:
        "../scripts/agreement.py"


use rule join_verify as join_map_tables with:
    input:
        **parts_of(MAP_TABLES),
    output:
        **{name: table_of(name) for name in MAP_TABLES},
    log:
        log_of("metrics/maps"),
    benchmark:
        benchmark_of("metrics/maps")
    # Not taken over from the rule that is used.
    localrule: True
    message:
        "Join the tables of agreement over tasks"
