# What the rules of recordings ask of the configuration.


def raw_files(wildcards):
    """Published files of a subject that should lie in the data folder already."""
    dataset = config["datasets"][wildcards.dataset]
    files = registry.load(dataset["source"]).files
    try:
        return list(map(str, files(dataset, config["data_root"], wildcards.subject)))
    except InputError as error:
        raise WorkflowError(str(error))
