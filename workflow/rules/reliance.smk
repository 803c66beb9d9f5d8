# Does relevance measure reliance? Models of known reliance on a planted confound, and what each
# method says of them.


include: "helpers/reliance.smk"


rule reliance_models:
    input:
        unpack(reliance_files),
        stores=task_stores,
        windows=task_windows,
    output:
        part_of("reliance"),
    log:
        log_of("reliance/{task}"),
    benchmark:
        benchmark_of("reliance/{task}")
    wildcard_constraints:
        task=one_of(RELIANCE),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 0.5),
        runtime=minutes(20, 0.05),
    params:
        models=lambda wildcards: task_models(wildcards.task),
        methods=list(config["attribution"]["methods"]),
        names=lambda wildcards: {
            "study": config["study"],
            "confound": RELIANCE[wildcards.task].confound,
            "probability": RELIANCE[wildcards.task].probability,
        },
        statistics=config["statistics"],
        seed=config["seed"],
        code=code("reliance_models.py"),
    message:
        "Measure what models for {wildcards.task} rely on"
    script:
        "../scripts/reliance_models.py"


rule reliance:
    input:
        expand(part_of("reliance"), task=RELIANCE),
    output:
        table_of("reliance"),
    log:
        log_of("metrics/reliance"),
    benchmark:
        benchmark_of("metrics/reliance")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 1),
        runtime=minutes(20, 0),
    params:
        statistics=config["statistics"],
        seed=config["seed"],
        code=code("reliance.py"),
    message:
        "Hold relevance against reliance"
    script:
        "../scripts/reliance.py"
