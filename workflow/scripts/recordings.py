from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.files import write_json
    from eeglrp.recordings.registry import load
    from eeglrp.scripting import files_of

    dataset, seed = snakemake.params.dataset, snakemake.params.seed
    prepare = load(dataset["source"]).prepare
    for place, subject in enumerate(snakemake.params.subjects):
        files = files_of(snakemake.output, place)
        manifest = prepare(
            dataset,
            snakemake.params.data_root,
            subject,
            seed,
            files.get("edf"),
            files.get("truth"),
        )
        write_json(manifest, files["manifest"])
