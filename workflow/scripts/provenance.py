from eeglrp.jobs import job

with job(snakemake.log[0]):
    from pathlib import Path

    from eeglrp.provenance import write_provenance

    out = Path(snakemake.output[0])
    params = snakemake.params
    write_provenance(
        params.study,
        params.config,
        snakemake.input.lock,
        out.parent / "logs",
        out,
    )
