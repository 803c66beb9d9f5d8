# What the rules of windows ask of the configuration.


def recording_files(wildcards):
    """Manifest of the subject's recordings, and what the study itself wrote."""
    dataset = TASKS[wildcards.task]["dataset"]
    base = results(paths.RECORDING.format(dataset=dataset, subject=wildcards.subject))
    simulated = [f"{base}.edf", f"{base}-truth.zarr.zip"] if source(dataset) == "simulated" else []
    return [f"{base}.json", *simulated]


def window_code(wildcards):
    return code("windows.py", source_module(TASKS[wildcards.task]["dataset"]))
