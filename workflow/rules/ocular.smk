# Do accuracy and relevance follow the eyes from trial to trial?


include: "helpers/ocular.smk"


rule trials:
    input:
        windows=task_windows,
        predictions=task_predictions,
        stores=gaze_stores,
    output:
        part_of("trials"),
    log:
        log_of("trials/{task}"),
    benchmark:
        benchmark_of("trials/{task}")
    wildcard_constraints:
        task=one_of(GAZE_TASKS),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2000, 0.5),
        runtime=minutes(20, 0.05),
    params:
        models=lambda wildcards: scored_models(wildcards.task),
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("trials.py"),
    message:
        "Hold gaze against ocular relevance for {wildcards.task}"
    script:
        "../scripts/trials.py"


use rule join_tables as join_trials with:
    input:
        expand(part_of("{{table}}"), task=GAZE_TASKS),
    wildcard_constraints:
        table="trials",
    # Not taken over from the rule that is used.
    localrule: True
