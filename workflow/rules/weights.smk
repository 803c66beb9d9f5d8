# The pretrained backbone: learned in the study, or LaBraM's published weights.


include: "helpers/weights.smk"


rule pretrain:
    input:
        windows=task_windows,
        splits=results(paths.SPLITS),
    output:
        weights=results(f"{paths.PRETRAINED}.safetensors"),
        record=results(f"{paths.PRETRAINED}.json"),
        history=results(f"{paths.PRETRAINED}-history.tsv"),
        spectra=results(f"{paths.PRETRAINED}-spectra.tsv"),
    log:
        log_of(paths.PRETRAINED),
    benchmark:
        benchmark_of(paths.PRETRAINED)
    wildcard_constraints:
        task=one_of(MAIN_TASKS),
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 1.5),
        runtime=minutes(30, 0.3),
        gpu=1,
    params:
        model=config["model"],
        pretraining=config["weights"]["pretraining"],
        device=config["training"]["device"],
        seed=config["seed"],
        # No output: Snakemake removes those of a job that was interrupted.
        checkpoint=beside("weights", ".pretrained-{task}.checkpoint"),
        threads=config["training"]["threads"],
        code=code("pretrain.py"),
    message:
        "Pretrain LaBraM for {wildcards.task}"
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
