from pathlib import Path
from tempfile import TemporaryDirectory

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.arms.crossing import write_shared_split
    from eeglrp.attribution.run import attribute
    from eeglrp.scripting import device_of

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
            [snakemake.output.store],
            methods={names.method: params.options},
            attribution=params.attribution,
            ids=ids | {"seed": int(names.seed), "tested": names.tested},
            seed=params.seed,
            device=device_of(snakemake, params.device),
            config_sha256=params.config_sha256,
            costs=[snakemake.output.cost],
        )
