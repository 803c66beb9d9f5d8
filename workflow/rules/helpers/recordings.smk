# What the rules of recordings ask of the configuration.


def raw_files(wildcards):
    """Published files of a subject that should lie in the data folder already."""
    dataset = config["datasets"][wildcards.dataset]
    files = registry.load(dataset["source"]).files
    try:
        return list(map(str, files(dataset, config["data_root"], wildcards.subject)))
    except InputError as error:
        raise WorkflowError(str(error))


def simulated_batches():
    """Rules that simulate: name, data sets, and the subjects whom one job does together."""
    datasets = [name for name in config["datasets"] if source(name) == "simulated"]
    if not SUBJECTS_TOGETHER:
        return [("simulate_recording", datasets, [])]
    return [(f"simulate_{name}", [name], SUBJECTS[name]) for name in datasets]
