# How much of a score or a map belongs to the subject, and how much to the model that was drawn?


rule variance:
    input:
        decoding=table_of("decoding"),
        shares=table_of("shares"),
        topography=table_of("topography"),
    output:
        table_of("variance"),
    log:
        log_of("metrics/variance"),
    benchmark:
        benchmark_of("metrics/variance")
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 2),
        runtime=minutes(10, 1),
    params:
        code=code("variance.py"),
    message:
        "Split the variance over subjects, folds and seeds"
    script:
        "../scripts/variance.py"
