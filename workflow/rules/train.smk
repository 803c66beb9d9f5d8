# One model a task, regime and seed, with its predictions; and the baselines' predictions.


rule train:
    input:
        windows=task_windows,
        splits=results("splits/{task}.tsv"),
        weights=start_weights,
    output:
        model=results("models/{task}/{regime}/seed-{seed}.safetensors"),
        record=results("models/{task}/{regime}/seed-{seed}.json"),
        history=results("models/{task}/{regime}/seed-{seed}-history.tsv"),
        predictions=results("predictions/{task}/{regime}/seed-{seed}.tsv"),
    log:
        log_of("models/{task}/{regime}/seed-{seed}"),
    benchmark:
        benchmark_of("models/{task}/{regime}/seed-{seed}")
    conda:
        "../../envs/eeglrp.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000, 1.5),
        runtime=minutes(60, 0.3),
        gpu=1,
    params:
        model=config["model"],
        training=lambda wildcards: settings.training_settings(config, wildcards.task),
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        seed=config["seed"],
        # No output: Snakemake removes those of a job that was interrupted.
        checkpoint=results("models/{task}/{regime}/.seed-{seed}.checkpoint"),
        code=code("train.py"),
    script:
        "../scripts/train.py"


rule baseline:
    input:
        windows=task_windows,
        splits=results("splits/{task}.tsv"),
    output:
        predictions=results("predictions/{task}/{baseline}/seed-{seed}.tsv"),
    log:
        log_of("predictions/{task}/{baseline}/seed-{seed}"),
    benchmark:
        benchmark_of("predictions/{task}/{baseline}/seed-{seed}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2000, 4),
        runtime=minutes(30, 0.1),
        gpu=lambda wildcards: int(wildcards.baseline in NETWORKS),
    params:
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        seed=config["seed"],
        device=config["training"]["device"],
        code=lambda wildcards: code("baseline.py", BASELINES[wildcards.baseline]),
    script:
        "../scripts/baseline.py"
