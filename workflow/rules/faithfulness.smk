# Does the score fall when the units that a method calls relevant are hidden from the model?

FAITHFULNESS = settings.faithfulness(config)

FAITHFULNESS_TABLES = ["faithfulness", "faithfulness_curves"]


if FAITHFULNESS:

    rule faithfulness:
        input:
            windows=task_windows,
            splits=fold_splits,
            models=task_model_files(".safetensors"),
            records=task_model_files(".json"),
            stores=task_stores,
        output:
            **{name: part_of(name) for name in FAITHFULNESS_TABLES},
        log:
            log_of("faithfulness/{task}"),
        benchmark:
            benchmark_of("faithfulness/{task}")
        conda:
            "../../envs/eeglrp.yaml"
        threads: config["training"]["threads"]
        resources:
            mem_mb=memory(3000, 0.5),
            runtime=minutes(120, 0.2),
            gpu=1,
        params:
            faithfulness=FAITHFULNESS,
            split=config["attribution"]["split"],
            statistics=config["statistics"],
            study=config["study"],
            seed=config["seed"],
            device=config["training"]["device"],
            threads=config["training"]["threads"],
            code=code("faithfulness.py"),
        message:
            "Score the faithfulness of maps for {wildcards.task}"
        script:
            "../scripts/faithfulness.py"

    use rule join_verify as join_faithfulness with:
        input:
            **parts_of(FAITHFULNESS_TABLES),
        output:
            **{name: table_of(name) for name in FAITHFULNESS_TABLES},
        log:
            log_of("metrics/faithfulness-tables"),
        benchmark:
            benchmark_of("metrics/faithfulness-tables")
        # Not taken over from the rule that is used.
        localrule: True
        message:
            "Join the tables of faithfulness over tasks"
