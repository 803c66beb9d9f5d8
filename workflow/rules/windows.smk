# Labelled windows in LaBraM's input format, one store a subject.


include: "helpers/windows.smk"


rule windows:
    input:
        recording_files,
    output:
        store=results(paths.WINDOWS),
        counts=results(paths.WINDOW_COUNTS),
    log:
        log_of("windows/{task}/{subject}"),
    benchmark:
        benchmark_of("windows/{task}/{subject}")
    wildcard_constraints:
        task=one_of(MAIN_TASKS),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2000, 10),
        runtime=minutes(20, 0.1),
    params:
        task=lambda wildcards: settings.task_settings(config, wildcards.task),
        windows=lambda wildcards: settings.window_settings(config, wildcards.task),
        seed=config["seed"],
        code=window_code,
    message:
        "Cut windows for {wildcards.task}, {wildcards.subject}"
    script:
        "../scripts/windows.py"
