# The pretrained backbone: learned in the study, or LaBraM's published weights.


include: "helpers/weights.smk"


for name, tasks, _, folds in batches_of_models("pretrain", MAIN_TASKS):

    rule:
        name:
            name
        input:
            windows=task_windows,
            splits=fold_splits if folds else one_fold_splits,
        output:
            weights=of_models(f"{paths.PRETRAINED}.safetensors", [], folds),
            record=of_models(f"{paths.PRETRAINED}.json", [], folds),
            history=of_models(f"{paths.PRETRAINED}-history.tsv", [], folds),
            spectra=of_models(f"{paths.PRETRAINED}-spectra.tsv", [], folds),
        log:
            log_of(paths.PRETRAINED, folds),
        benchmark:
            benchmark_of(paths.PRETRAINED, folds)
        wildcard_constraints:
            task=one_of(tasks),
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(3000, 1.5),
            runtime=minutes(30, 0.3),
            gpu=1,
        params:
            folds=wildcard_or("fold", folds),
            model=config["model"],
            pretraining=config["weights"]["pretraining"],
            device=config["training"]["device"],
            seed=config["seed"],
            # No output: Snakemake removes those of a job that was interrupted.
            checkpoints=checkpoints_of("weights"),
            threads=config["training"]["threads"],
            code=code("pretrain.py"),
        message:
            "Pretrain LaBraM for {wildcards.task}, folds {params.folds}"
        script:
            "../scripts/pretrain.py"


rule published_weights:
    input:
        [config["weights"]["path"]] if config["weights"]["source"] == "file" else [],
    output:
        weights=results("weights/{name}.safetensors"),
        record=results("weights/{name}.json"),
    log:
        log_of("weights/{name}"),
    benchmark:
        benchmark_of("weights/{name}")
    wildcard_constraints:
        name="hub|file",
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2000, 4),
        runtime=minutes(30, 0),
    params:
        weights=weights_settings("source", "path", "sha256"),
        code=code("weights.py"),
    message:
        "Read LaBraM's published weights ({wildcards.name})"
    script:
        "../scripts/weights.py"
