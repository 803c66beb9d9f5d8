# What the rules of windows ask of the configuration.


def manifests(subjects):
    """Input function: manifest of the recordings of each subject."""
    return lambda wildcards: recording_files(wildcards, subjects, [".json"])


def first_manifest(wildcards):
    """Manifest of the first subject of a user's data set, whose order of electrodes all take."""
    dataset = TASKS[wildcards.task]["dataset"]
    if source(dataset) not in ("bids", "folder"):
        return []
    return recording_files(wildcards, SUBJECTS[dataset][:1], [".json"])


def simulated_files(subjects):
    """Input function: what the study itself wrote of each subject's recordings."""

    def files(wildcards):
        if source(TASKS[wildcards.task]["dataset"]) != "simulated":
            return []
        return recording_files(wildcards, subjects, [".edf", "-truth.zarr.zip"])

    return files


def recording_files(wildcards, subjects, endings):
    dataset = TASKS[wildcards.task]["dataset"]
    return [
        results(paths.RECORDING.format(dataset=dataset, subject=subject)) + ending
        for subject in subjects or [wildcards.subject]
        for ending in endings
    ]


def window_code(wildcards):
    return code("windows.py", source_module(TASKS[wildcards.task]["dataset"]))
