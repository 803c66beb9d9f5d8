# One model a task, regime and seed, with its predictions; and the baselines' predictions.


include: "helpers/train.smk"


for name, tasks, regimes, folds in batches_of_models("train", TASKS):

    rule:
        name:
            name
        input:
            windows=task_windows,
            splits=fold_splits if folds else one_fold_splits,
            weights=start_weights,
        output:
            model=of_models(f"{paths.MODEL}.safetensors", regimes, folds),
            record=of_models(f"{paths.MODEL}.json", regimes, folds),
            history=of_models(f"{paths.MODEL}-history.tsv", regimes, folds),
            predictions=of_models(paths.FOLD_PREDICTIONS, regimes, folds),
        log:
            log_of(paths.MODEL, regimes),
        benchmark:
            benchmark_of(paths.MODEL, regimes)
        wildcard_constraints:
            task=one_of(tasks),
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(3000, 1.5),
            runtime=minutes(60, 0.3),
            gpu=1,
        params:
            labels="own",
            regimes=wildcard_or("regime", regimes),
            folds=wildcard_or("fold", folds),
            models=networks,
            training=lambda wildcards: settings.training_settings(config, wildcards.task),
            classes=lambda wildcards: TASKS[wildcards.task]["classes"],
            seed=config["seed"],
            # No output: Snakemake removes those of a job that was interrupted.
            checkpoints=checkpoints_of("model"),
            threads=config["training"]["threads"],
            code=code("train.py"),
        message:
            "Train LaBraM for {wildcards.task}, seed {wildcards.seed}: {params.regimes}, "
            "folds {params.folds}"
        script:
            "../scripts/train.py"


rule join_predictions:
    input:
        of_folds(paths.FOLD_PREDICTIONS),
    output:
        results(paths.PREDICTIONS),
    log:
        log_of("predictions/{task}/{regime}/seed-{seed}"),
    benchmark:
        benchmark_of("join_predictions/{task}/{regime}/seed-{seed}")
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        code=code("join_predictions.py"),
    message:
        "Join the predictions of {wildcards.regime} LaBraM for {wildcards.task} over folds"
    script:
        "../scripts/join_predictions.py"


rule baseline:
    input:
        windows=task_windows,
        splits=fold_splits,
    output:
        predictions=results(f"{paths.BASELINE}.tsv"),
    log:
        log_of(paths.BASELINE),
    benchmark:
        benchmark_of(paths.BASELINE)
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
        splits=fold_splits,
        weights=start_weights,
    output:
        predictions=results(f"{paths.LEARNING_CURVE}.tsv"),
    log:
        log_of(paths.LEARNING_CURVE),
    benchmark:
        benchmark_of(paths.LEARNING_CURVE)
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
        models=networks,
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
        table_of("learning_curve"),
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
