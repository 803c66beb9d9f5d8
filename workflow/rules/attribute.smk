# Relevance of every explained window, one store a model and method.


include: "helpers/attribute.smk"


for name, tasks, methods, regimes in attribute_batches():

    rule:
        name:
            name
        input:
            windows=lambda wildcards: split_stores(
                wildcards.task, wildcards.task, config["attribution"]["split"]
            ),
            splits=fold_splits,
            models=models_of_folds(".safetensors", regimes),
            records=models_of_folds(".json", regimes),
        output:
            stores=attribution_files(".zarr.zip", methods, regimes),
            costs=attribution_files("-cost.tsv", methods, regimes),
        log:
            log_of("attributions/{task}/{regime}/seed-{seed}", regimes),
        benchmark:
            benchmark_of("attributions/{task}/{regime}/seed-{seed}/quick", regimes)
        wildcard_constraints:
            task=one_of(tasks),
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(3000, 0.5),
            runtime=minutes(30, 1.5),
            gpu=1,
        params:
            regimes=wildcard_or("regime", regimes),
            attribution=attribution_settings(),
            methods=method_settings(methods),
            study=config["study"],
            config_sha256=lambda wildcards: settings.settings_hash(config, wildcards.task),
            device=config["training"]["device"],
            seed=config["seed"],
            threads=config["training"]["threads"],
            code=code(
                "attribute.py",
                *(module for method in methods for module in method_modules(method)),
            ),
        message:
            "Explain LaBraM for {wildcards.task}, seed {wildcards.seed}: {params.regimes}"
        script:
            "../scripts/attribute.py"


rule attribute_method:
    input:
        windows=explained_windows,
        splits=fold_splits,
        models=of_folds(f"{paths.MODEL}.safetensors"),
        records=of_folds(f"{paths.MODEL}.json"),
    output:
        stores=[results(f"{paths.ATTRIBUTION}.zarr.zip")],
        costs=[results(f"{paths.ATTRIBUTION}-cost.tsv")],
    log:
        log_of(paths.ATTRIBUTION),
    benchmark:
        benchmark_of(paths.ATTRIBUTION)
    wildcard_constraints:
        method=one_of(set(config["attribution"]["methods"]) - set(QUICK_METHODS)),
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 0.5),
        runtime=minutes(30, 0.5),
        gpu=1,
    params:
        attribution=attribution_settings(),
        # Only the method's own: other options rerun other jobs.
        methods=lambda wildcards: method_settings([wildcards.method]),
        regimes=wildcard_or("regime", []),
        study=config["study"],
        config_sha256=lambda wildcards: settings.settings_hash(config, wildcards.task),
        device=config["training"]["device"],
        seed=config["seed"],
        threads=config["training"]["threads"],
        code=lambda wildcards: code("attribute.py", *method_modules(wildcards.method)),
    message:
        "Explain {wildcards.regime} LaBraM for {wildcards.task}, "
        "seed {wildcards.seed}: {wildcards.method}"
    script:
        "../scripts/attribute.py"
