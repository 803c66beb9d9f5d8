# Raw recordings: written (simulated), found in a folder, or downloaded.


rule simulate_recording:
    output:
        manifest=results("recordings/{dataset}/{subject}.json"),
        edf=results("recordings/{dataset}/{subject}.edf"),
        truth=results("recordings/{dataset}/{subject}-truth.zarr.zip"),
    log:
        log_of("recordings/{dataset}/{subject}"),
    benchmark:
        benchmark_of("recordings/{dataset}/{subject}")
    wildcard_constraints:
        dataset=one_of(name for name in config["datasets"] if source(name) == "simulated"),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1500, 0),
        runtime=minutes(10, 0),
    params:
        dataset=lambda wildcards: settings.dataset_settings(config, wildcards.dataset),
        data_root=None,
        seed=config["seed"],
        code=lambda wildcards: code("recordings.py", source_module(wildcards.dataset)),
    message:
        "Simulate {wildcards.dataset}, {wildcards.subject}"
    script:
        "../scripts/recordings.py"


rule find_recording:
    input:
        raw=raw_files,
    output:
        manifest=results("recordings/{dataset}/{subject}.json"),
    log:
        log_of("recordings/{dataset}/{subject}"),
    benchmark:
        benchmark_of("recordings/{dataset}/{subject}")
    wildcard_constraints:
        dataset=one_of(name for name in config["datasets"] if source(name) != "simulated"),
    conda:
        "../../envs/eeglrp.yaml"
    resources:
        mem_mb=memory(1000, 0),
        runtime=minutes(60, 0),
    params:
        dataset=lambda wildcards: settings.dataset_settings(config, wildcards.dataset),
        data_root=config["data_root"],
        seed=config["seed"],
        code=lambda wildcards: code("recordings.py", source_module(wildcards.dataset)),
    message:
        "Find the recordings of {wildcards.dataset}, {wildcards.subject}"
    script:
        "../scripts/recordings.py"
