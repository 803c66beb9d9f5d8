# A page on which trials, groups and methods are looked at; made only where it is asked for.


include: "helpers/explorer.smk"


rule explorer:
    input:
        stores=explored_stores(),
        predictions=explored_predictions(),
        windows=explored_windows_stores(),
        tables=[table_of(name) for name in REPORT_TABLES if name in EXPLORED_TABLES],
    output:
        index=results(EXPLORER),
        data=directory(results("explorer/data")),
        page=directory(results("explorer/page")),
    log:
        log_of("explorer"),
    benchmark:
        benchmark_of("explorer")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2000, 4),
        runtime=minutes(20, 0.1),
    params:
        study=config["study"],
        sample=config.get("explorer", {}),
        files=page_hash(),
        code=code("explorer.py"),
    message:
        "Write the explorer"
    script:
        "../scripts/explorer.py"
