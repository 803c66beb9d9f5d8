# One model a task, regime and seed, with its predictions; and the classical baseline.


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
        code=code("train.py"),
    script:
        "../scripts/train.py"


rule csp_lda:
    input:
        windows=task_windows,
        splits=results("splits/{task}.tsv"),
    output:
        predictions=results("predictions/{task}/csp_lda/seed-0.tsv"),
    log:
        log_of("predictions/{task}/csp_lda"),
    benchmark:
        benchmark_of("predictions/{task}/csp_lda")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2000, 4),
        runtime=minutes(30, 0.1),
    params:
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        seed=config["seed"],
        code=code("csp_lda.py"),
    script:
        "../scripts/csp_lda.py"
