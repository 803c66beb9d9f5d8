# Does a model decode another paradigm, and does its relevance move there?


include: "helpers/transfer.smk"


rule transfer:
    input:
        predictions=files_of_transfer("predictions"),
        store=files_of_transfer("store"),
    output:
        part_of("transfer"),
    log:
        log_of("transfer/{task}"),
    benchmark:
        benchmark_of("transfer/{task}")
    wildcard_constraints:
        task=one_of(TRANSFERS),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(2500, 0.1),
        runtime=minutes(30, 0.02),
    params:
        models=lambda wildcards: transfer_models(wildcards.task),
        method=lambda wildcards: settings.arm_method(config, wildcards.task),
        statistics=config["statistics"],
        study=config["study"],
        seed=config["seed"],
        code=code("transfer.py"),
    message:
        "Test models for {wildcards.task} on other recordings"
    script:
        "../scripts/transfer.py"


use rule join_verify as join_transfer with:
    input:
        **parts_of(["transfer"], TRANSFERS),
    output:
        transfer=table_of("transfer"),
    log:
        log_of("metrics/transfer"),
    benchmark:
        benchmark_of("metrics/transfer")
    # Not taken over from the rule that is used.
    localrule: True
    message:
        "Join the table of transfer over tasks"
