from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.files import write_json
    from eeglrp.recordings.registry import load

    dataset = snakemake.params.dataset
    manifest = load(dataset["source"]).prepare(
        dataset,
        snakemake.params.data_root,
        snakemake.wildcards.subject,
        snakemake.params.seed,
        snakemake.output.get("edf"),
        snakemake.output.get("truth"),
    )
    write_json(manifest, snakemake.output.manifest)
