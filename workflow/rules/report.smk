# The whole study in one file that opens offline.


rule report:
    input:
        **{name: results(f"metrics/{name}.tsv") for name in REPORT_TABLES},
        windows=[
            results(f"windows/{task}/{subject}.tsv")
            for task in MAIN_TASKS
            for subject in task_subjects(task)
        ],
        splits=expand(results("splits/{task}.tsv"), task=MAIN_TASKS),
        weights=weights_records(),
        figures=expand(results("figures/{name}.png"), name=FIGURES),
        assets=[str(file) for file in sorted(ASSETS.iterdir()) if file.suffix != ".png"],
    output:
        results("report.html"),
    log:
        log_of("report"),
    benchmark:
        benchmark_of("report")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 1),
        runtime=minutes(10, 0),
    params:
        study=config["study"],
        config=settings.as_written(config),
        tables=[*REPORT_TABLES, "windows", "splits"],
        code=code("report.py"),
    script:
        "../scripts/report.py"
