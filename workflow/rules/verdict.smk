# What of the models' decisions is supported, and how often such verdicts err where the truth is known.

from eeglrp.verdict.levels import levels


rule verdict:
    input:
        **{
            table: expand(results(f"metrics/parts/{{task}}/{table}.tsv"), task=tasks)
            for table, tasks in VERDICT_TASKS.items()
            if tasks
        },
    output:
        results("metrics/verdict.tsv"),
    log:
        log_of("metrics/verdict"),
    benchmark:
        benchmark_of("metrics/verdict")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 2),
        runtime=minutes(10, 1),
    params:
        margin=config["verdict"]["margin"],
        statistics=config["statistics"],
        seed=config["seed"],
        study=config["study"],
        code=code("verdict.py"),
    message:
        "Reach the verdict"
    script:
        "../scripts/verdict.py"


rule dial:
    input:
        results("metrics/verdict.tsv"),
    output:
        results("metrics/dial.tsv"),
    log:
        log_of("metrics/dial"),
    benchmark:
        benchmark_of("metrics/dial")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 1),
        runtime=minutes(10, 0),
    params:
        levels=levels(config),
        confidence=config["statistics"]["confidence"],
        code=code("dial.py"),
    message:
        "Hold verdicts against the truth"
    script:
        "../scripts/dial.py"
