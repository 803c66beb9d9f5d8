# The whole study in one file that opens offline.


include: "helpers/report.smk"


rule provenance:
    input:
        # When any result is new, so is the record of how it came about.
        tables=list(map(table_of, REPORT_TABLES)),
        lock=LOCK,
    output:
        results(paths.PROVENANCE),
    log:
        log_of("provenance"),
    benchmark:
        benchmark_of("provenance")
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        study=config["study"],
        config=settings.as_written(config),
        code=code("provenance.py"),
    message:
        "Record code, packages and machines"
    script:
        "../scripts/provenance.py"


rule report:
    input:
        **{name: list(map(results, paths)) for name, paths in report_files().items()},
        assets=[str(file) for file in sorted(ASSETS.iterdir()) if file.suffix != ".png"],
    output:
        results(paths.REPORT),
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
        files=report_files(),
        code=code("report.py", *questions.manifest_modules()),
    message:
        "Write the report"
    script:
        "../scripts/report.py"


# The same of what there is, for a study that runs or failed: snakemake --cores 1 -f FILE
use rule report as report_so_far with:
    input:
        assets=[str(file) for file in sorted(ASSETS.iterdir()) if file.suffix != ".png"],
    output:
        results("report-so-far.html"),
    log:
        log_of("report-so-far"),
    benchmark:
        benchmark_of("report-so-far")
