from eeglrp.jobs import job

with job(snakemake.log[0]):
    from pathlib import Path

    from eeglrp.explorer.write import write_explorer

    index = Path(snakemake.output.index)
    write_explorer(
        snakemake.params.study,
        index.parent.parent,
        snakemake.input.stores,
        snakemake.input.tables,
        index,
        **snakemake.params.sample,
    )
