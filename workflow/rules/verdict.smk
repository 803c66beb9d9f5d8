# What of the models' decisions is supported, and how often such verdicts err where the truth is known.

from eeglrp.verdict.levels import levels

# Eyes or motor cortex?
JUDGED = judged_tasks(config)
# What the verdict is made of.
_GAZE_AND_ARMS = [task for task in GAZE_TASKS if task in ARMED]
VERDICT_TASKS = {
    **dict.fromkeys(("arms", "shares"), JUDGED),
    **dict.fromkeys(("trials", "strategies"), _GAZE_AND_ARMS),
}


rule verdict:
    input:
        **{
            table: expand(part_of(table), task=tasks)
            for table, tasks in VERDICT_TASKS.items()
            if tasks
        },
    output:
        table_of("verdict"),
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
        statistics=config["statistics"],
        study=config["study"],
        code=code("verdict.py"),
    message:
        "Reach the verdict"
    script:
        "../scripts/verdict.py"


rule dial:
    input:
        table_of("verdict"),
    output:
        table_of("dial"),
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
