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
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 1.5),
        runtime=minutes(60, 0.3),
        gpu=1,
    params:
        labels="own",
        model=config["model"],
        training=lambda wildcards: settings.training_settings(config, wildcards.task),
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        seed=config["seed"],
        # No output: Snakemake removes those of a job that was interrupted.
        checkpoint=beside("model", ".seed-{seed}.checkpoint"),
        threads=config["training"]["threads"],
        code=code("train.py"),
    message:
        "Train {wildcards.regime} LaBraM for {wildcards.task}, seed {wildcards.seed}"
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
    wildcard_constraints:
        # The others have jobs that do more, in arm_scores.smk.
        task=one_of(set(MAIN_TASKS) - set(ARMED)),
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(2000, 4),
        runtime=minutes(30, 0.1),
        gpu=lambda wildcards: int(wildcards.baseline in NETWORKS),
    params:
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        seed=config["seed"],
        device=config["training"]["device"],
        layer=lambda wildcards: settings.subject_layer(config, wildcards.task),
        target=lambda wildcards: TASKS[wildcards.task]["target"],
        threads=config["training"]["threads"],
        code=lambda wildcards: code("baseline.py", BASELINES[wildcards.baseline]),
    message:
        "Fit {wildcards.baseline} for {wildcards.task}, seed {wildcards.seed}"
    script:
        "../scripts/baseline.py"


rule learning_curve:
    input:
        windows=task_windows,
        splits=results("splits/{task}.tsv"),
        weights=start_weights,
    output:
        predictions=results("learning_curves/{task}/{regime}/seed-{seed}/windows-{size}.tsv"),
    log:
        log_of("learning_curves/{task}/{regime}/seed-{seed}/windows-{size}"),
    benchmark:
        benchmark_of("learning_curves/{task}/{regime}/seed-{seed}/windows-{size}")
    wildcard_constraints:
        size=r"\d+",
    conda:
        "../../envs/eeglrp.yaml"
    threads: config["training"]["threads"]
    resources:
        mem_mb=memory(3000, 1.5),
        runtime=minutes(60, 0.3),
        gpu=1,
    params:
        model=config["model"],
        training=lambda wildcards: settings.training_settings(config, wildcards.task),
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        seed=config["seed"],
        threads=config["training"]["threads"],
        code=code("learning_curve.py"),
    message:
        "Train {wildcards.regime} LaBraM for {wildcards.task}, "
        "seed {wildcards.seed}, on {wildcards.size} windows"
    script:
        "../scripts/learning_curve.py"


rule learning_curve_scores:
    input:
        [path for _, path in learning_curve_points()],
    output:
        results("metrics/learning_curve.tsv"),
    log:
        log_of("metrics/learning_curve"),
    benchmark:
        benchmark_of("metrics/learning_curve")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 2),
        runtime=minutes(20, 1),
    params:
        points=[model for model, _ in learning_curve_points()],
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("learning_curve_scores.py"),
    message:
        "Score learning curves"
    script:
        "../scripts/learning_curve_scores.py"
