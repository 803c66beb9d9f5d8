# Relevance of every explained window, one store a model and method.


include: "helpers/attribute.smk"


if QUICK_METHODS:

    rule attribute:
        input:
            windows=lambda wildcards: split_stores(
                wildcards.task, wildcards.task, config["attribution"]["split"]
            ),
            splits=results(paths.SPLITS),
            model=results(f"{paths.MODEL}.safetensors"),
            record=results(f"{paths.MODEL}.json"),
        output:
            stores=quick_files(".zarr.zip"),
            costs=quick_files("-cost.tsv"),
        log:
            log_of("attributions/{task}/{regime}/seed-{seed}"),
        benchmark:
            benchmark_of("attributions/{task}/{regime}/seed-{seed}/quick")
        wildcard_constraints:
            # An arm is explained by one method alone.
            task=one_of(MAIN_TASKS),
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(3000, 0.5),
            runtime=minutes(30, 1.5),
            gpu=1,
        params:
            attribution=attribution_settings(),
            methods={name: config["attribution"]["methods"][name] for name in QUICK_METHODS},
            study=config["study"],
            config_sha256=lambda wildcards: settings.settings_hash(config, wildcards.task),
            device=config["training"]["device"],
            seed=config["seed"],
            threads=config["training"]["threads"],
            code=code(
                "attribute.py",
                *(module for name in QUICK_METHODS for module in method_modules(name)),
            ),
        message:
            "Explain {wildcards.regime} LaBraM for {wildcards.task}, seed {wildcards.seed}"
        script:
            "../scripts/attribute.py"

    # Where both could write a store, the job of all methods does.
    ruleorder: attribute > attribute_method


rule attribute_method:
    input:
        windows=explained_windows,
        splits=results(paths.SPLITS),
        model=results(f"{paths.MODEL}.safetensors"),
        record=results(f"{paths.MODEL}.json"),
    output:
        stores=[results(f"{paths.ATTRIBUTION}.zarr.zip")],
        costs=[results(f"{paths.ATTRIBUTION}-cost.tsv")],
    log:
        log_of(paths.ATTRIBUTION),
    benchmark:
        benchmark_of(paths.ATTRIBUTION)
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
        methods=lambda wildcards: {
            wildcards.method: config["attribution"]["methods"][wildcards.method]
        },
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
