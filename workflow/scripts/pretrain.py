from pathlib import Path

from eeglrp.jobs import job
from eeglrp.optional import without_compiler

with job(snakemake.log[0], snakemake.params.threads), without_compiler():
    from eeglrp.scripting import device_of, files_of
    from eeglrp.training.pretraining import pretrain_backbone

    params = snakemake.params
    device = device_of(snakemake, params.device)
    for place, splits in enumerate(snakemake.input.splits):
        pretrain_backbone(
            snakemake.input.windows,
            splits,
            model=params.model,
            pretraining=params.pretraining,
            device=device,
            seed=params.seed,
            outputs=files_of(snakemake.output, place),
            checkpoint=params.checkpoints[place],
        )
    for checkpoint in params.checkpoints:
        Path(checkpoint).unlink(missing_ok=True)
