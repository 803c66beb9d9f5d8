# Raw recordings: written (simulated), found in a folder, or downloaded.


include: "helpers/recordings.smk"


for name, datasets, subjects in simulated_batches():

    rule:
        name:
            name
        output:
            manifest=of_subjects(f"{paths.RECORDING}.json", subjects),
            edf=of_subjects(f"{paths.RECORDING}.edf", subjects),
            truth=of_subjects(f"{paths.RECORDING}-truth.zarr.zip", subjects),
        log:
            log_of(paths.RECORDING, subjects),
        benchmark:
            benchmark_of(paths.RECORDING, subjects)
        wildcard_constraints:
            dataset=one_of(datasets),
        conda:
            "../../envs/eeglrp.yaml"
        resources:
            mem_mb=memory(1500, 0),
            runtime=minutes(10, 0),
        params:
            subjects=wildcard_or("subject", subjects),
            dataset=lambda wildcards: settings.dataset_settings(config, wildcards.dataset),
            data_root=None,
            seed=config["seed"],
            code=lambda wildcards: code("recordings.py", source_module(wildcards.dataset)),
        message:
            "Simulate {wildcards.dataset}, {params.subjects}"
        script:
            "../scripts/recordings.py"


rule find_recording:
    input:
        raw=raw_files,
    output:
        manifest=[results(f"{paths.RECORDING}.json")],
    log:
        log_of(paths.RECORDING),
    benchmark:
        benchmark_of(paths.RECORDING)
    wildcard_constraints:
        dataset=one_of(name for name in config["datasets"] if source(name) != "simulated"),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1000, 0),
        runtime=minutes(60, 0),
    params:
        subjects=wildcard_or("subject", []),
        dataset=lambda wildcards: settings.dataset_settings(
            config, wildcards.dataset, wildcards.subject
        ),
        data_root=config["data_root"],
        seed=config["seed"],
        code=lambda wildcards: code("recordings.py", source_module(wildcards.dataset)),
    message:
        "Find the recordings of {wildcards.dataset}, {wildcards.subject}"
    script:
        "../scripts/recordings.py"
