from pathlib import Path
from tempfile import TemporaryDirectory

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.arms.crossing import write_shared_split
    from eeglrp.attribution.run import attribute

    inputs, params, names = (
        snakemake.input,
        snakemake.params,
        snakemake.wildcards,
    )
    ids = {"study": params.study, "task": names.task, "regime": names.regime}
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        splits = Path(folder) / "splits.tsv"
        write_shared_split(
            inputs.splits, inputs.windows, params.attribution["split"], splits
        )
        attribute(
            inputs.model,
            inputs.windows,
            splits,
            snakemake.output.store,
            method=names.method,
            attribution=params.attribution,
            ids=ids | {"seed": int(names.seed), "tested": names.tested},
            seed=params.seed,
            options=params.options,
            # `--resources gpu=0` takes a job's graphics card away.
            device=params.device
            if snakemake.resources.get("gpu", 1)
            else "cpu",
            config_sha256=params.config_sha256,
            out_cost=snakemake.output.cost,
        )
