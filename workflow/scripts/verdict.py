from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.verdict.run import write_verdict

    write_verdict(
        {
            name: [paths] if isinstance(paths, str) else paths
            for name, paths in snakemake.input.items()
        },
        snakemake.params.statistics,
        snakemake.params.study,
        snakemake.output[0],
    )
