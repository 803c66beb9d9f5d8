from eeglrp.jobs import job

with job(snakemake.log[0]):
    from eeglrp.files import read_table
    from eeglrp.training.predictions import COLUMNS, join_folds

    tables = [read_table(path, COLUMNS) for path in snakemake.input]
    join_folds(tables, snakemake.output[0])
