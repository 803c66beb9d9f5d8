# How well do the models decode, which decodes better, and do explanations find the planted truth?


include: "helpers/evaluate.smk"


rule decoding:
    input:
        predictions=task_predictions,
    output:
        decoding=part_of("decoding"),
        confusion=part_of("confusion"),
    log:
        log_of("decoding/{task}"),
    benchmark:
        benchmark_of("decoding/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 2),
        runtime=minutes(20, 1),
    params:
        models=lambda wildcards: scored_models(wildcards.task),
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("decoding.py"),
    message:
        "Score decoding for {wildcards.task}"
    script:
        "../scripts/decoding.py"


DECODING_TABLES = ["decoding", "confusion"]


use rule join_verify as join_decoding with:
    input:
        **parts_of(DECODING_TABLES),
    output:
        **{name: table_of(name) for name in DECODING_TABLES},
    log:
        log_of("metrics/decoding-tables"),
    benchmark:
        benchmark_of("metrics/decoding-tables")
    # Not taken over from the rule that is used.
    localrule: True
    message:
        "Join the tables of decoding over tasks"


rule localisation:
    input:
        windows=task_windows,
        stores=task_stores,
    output:
        part_of("localisation"),
    log:
        log_of("localisation/{task}"),
    benchmark:
        benchmark_of("localisation/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 0.5),
        runtime=minutes(20, 0.05),
    params:
        kind=lambda wildcards: settings.task_kind(config, wildcards.task),
        verify=config["verify"],
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("localisation.py"),
    message:
        "Hold relevance against the planted truth for {wildcards.task}"
    script:
        "../scripts/localisation.py"


rule comparisons:
    input:
        table_of("decoding"),
    output:
        table_of("comparisons"),
    log:
        log_of("metrics/comparisons"),
    benchmark:
        benchmark_of("metrics/comparisons")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 1),
        runtime=minutes(10, 0),
    params:
        statistics=config["statistics"],
        code=code("comparisons.py"),
    message:
        "Compare the accuracy of models"
    script:
        "../scripts/comparisons.py"


rule cost:
    input:
        task_costs,
    output:
        part_of("cost"),
    log:
        log_of("cost/{task}"),
    benchmark:
        benchmark_of("cost/{task}")
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        study=config["study"],
        code=code("cost.py"),
    message:
        "Sum up the cost of explanations for {wildcards.task}"
    script:
        "../scripts/cost.py"


rule psychometric:
    input:
        decoding=table_of("decoding"),
        localisation=table_of("localisation"),
    output:
        table_of("psychometric"),
    log:
        log_of("metrics/psychometric"),
    benchmark:
        benchmark_of("metrics/psychometric")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 1),
        runtime=minutes(10, 0),
    params:
        curves=settings.planted_curves(config),
        statistics=config["statistics"],
        seed=config["seed"],
        study=config["study"],
        code=code("psychometric.py"),
    message:
        "Fit psychometric curves"
    script:
        "../scripts/psychometric.py"


rule guide:
    input:
        **{name: table_of(name) for name in GUIDE_TABLES},
    output:
        table_of("guide"),
    log:
        log_of("metrics/guide"),
    benchmark:
        benchmark_of("metrics/guide")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 1),
        runtime=minutes(10, 0),
    params:
        rule_sets=settings.rule_sets(config),
        statistics=config["statistics"],
        seed=config["seed"],
        study=config["study"],
        code=code("guide.py"),
    message:
        "Sum up the scores of attribution methods"
    script:
        "../scripts/guide.py"
