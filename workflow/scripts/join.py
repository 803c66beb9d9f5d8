from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.files import read_table, write_table
    from eeglrp.tables import join_tables

    write_table(
        join_tables([read_table(path) for path in snakemake.input]),
        snakemake.output[0],
    )
