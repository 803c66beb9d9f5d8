# Labelled windows in LaBraM's input format, one store a subject.


include: "helpers/windows.smk"


for name, tasks, subjects in batches_of_subjects("windows", MAIN_TASKS):

    rule:
        name:
            name
        input:
            manifests=manifests(subjects),
            simulated=simulated_files(subjects),
            first=first_manifest,
        output:
            store=of_subjects(paths.WINDOWS, subjects),
            counts=of_subjects(paths.WINDOW_COUNTS, subjects),
        log:
            log_of("windows/{task}/{subject}", subjects),
        benchmark:
            benchmark_of("windows/{task}/{subject}", subjects)
        wildcard_constraints:
            task=one_of(tasks),
        conda:
            "../../envs/eeglrp.yaml"
        resources:
            mem_mb=memory(2000, 10),
            runtime=minutes(20, 0.1),
        params:
            subjects=wildcard_or("subject", subjects),
            task=lambda wildcards: settings.task_settings(config, wildcards.task),
            windows=lambda wildcards: settings.window_settings(config, wildcards.task),
            seed=config["seed"],
            code=window_code,
        message:
            "Cut windows for {wildcards.task}, {params.subjects}"
        script:
            "../scripts/windows.py"


rule excluded:
    output:
        results(paths.EXCLUDED_COUNTS),
    log:
        log_of("excluded/{task}"),
    benchmark:
        benchmark_of("excluded/{task}")
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        excluded=lambda wildcards: settings.excluded_rows(config, wildcards.task),
        code=code("excluded.py"),
    message:
        "Count the subjects that {wildcards.task} excludes"
    script:
        "../scripts/excluded.py"
