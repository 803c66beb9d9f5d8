# Relevance of every explained window, one store a model and method.


rule attribute:
    input:
        windows=explained_windows,
        splits=results("splits/{task}.tsv"),
        model=results("models/{task}/{regime}/seed-{seed}.safetensors"),
        record=results("models/{task}/{regime}/seed-{seed}.json"),
    output:
        store=results("attributions/{task}/{regime}/seed-{seed}/{method}.zarr.zip"),
        cost=results("attributions/{task}/{regime}/seed-{seed}/{method}-cost.tsv"),
    log:
        log_of("attributions/{task}/{regime}/seed-{seed}/{method}"),
    benchmark:
        benchmark_of("attributions/{task}/{regime}/seed-{seed}/{method}")
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 0.5),
        runtime=minutes(30, 0.5),
        gpu=1,
    params:
        attribution={k: v for k, v in config["attribution"].items() if k != "methods"},
        # Only the method's own: other options rerun other jobs.
        options=lambda wildcards: config["attribution"]["methods"][wildcards.method],
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
