from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.explorer.write import write_explorer

    write_explorer(
        snakemake.params.study,
        snakemake.params.folder,
        snakemake.input.stores,
        snakemake.input.tables,
        snakemake.output.index,
        **snakemake.params.sample,
    )
