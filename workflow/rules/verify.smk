# Does relevance lie where it should? One pass over the stores of a task.


VERIFY_TABLES = [
    "r_peak",
    "r_locked",
    "r_topography",
    "cardiac_field",
    "sampling_grid",
    "shares",
    "topography",
    "layers",
    "conservation",
]


rule verify:
    input:
        windows=task_windows,
        stores=task_stores,
        splits=task_splits,
    output:
        **{name: part_of(name) for name in VERIFY_TABLES},
    log:
        log_of("verify/{task}"),
    benchmark:
        benchmark_of("verify/{task}")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 0.5),
        runtime=minutes(20, 0.05),
    params:
        kind=lambda wildcards: settings.task_kind(config, wildcards.task),
        classes=lambda wildcards: TASKS[wildcards.task]["classes"],
        early=lambda wildcards: settings.early(config, wildcards.task),
        verify=config["verify"],
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("verify.py"),
    message:
        "Verify relevance for {wildcards.task}"
    script:
        "../scripts/verify.py"


rule join_verify:
    input:
        **parts_of(VERIFY_TABLES),
    output:
        **{name: table_of(name) for name in VERIFY_TABLES},
    log:
        log_of("metrics/verify"),
    benchmark:
        benchmark_of("metrics/verify")
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        code=code("join.py"),
    message:
        "Join the tables of verify over tasks"
    script:
        "../scripts/join.py"


rule join_tables:
    input:
        expand(part_of("{{table}}"), task=MAIN_TASKS),
    output:
        results(paths.TABLE),
    log:
        log_of("metrics/{table}"),
    benchmark:
        benchmark_of("metrics/{table}")
    wildcard_constraints:
        table=one_of(["localisation", "cost", "sanity"]),
    localrule: True
    conda:
        "../../envs/eeglrp.yaml"
    params:
        code=code("join.py"),
    message:
        "Join the tables of {wildcards.table} over tasks"
    script:
        "../scripts/join.py"


rule r_decoding:
    input:
        r_peak=table_of("r_peak"),
        decoding=table_of("decoding"),
    output:
        table_of("r_decoding"),
    log:
        log_of("metrics/r_decoding"),
    benchmark:
        benchmark_of("metrics/r_decoding")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 1),
        runtime=minutes(10, 0),
    params:
        statistics=config["statistics"],
        seed=config["seed"],
        code=code("r_decoding.py"),
    message:
        "Correlate locking to the R-peak with accuracy"
    script:
        "../scripts/r_decoding.py"
