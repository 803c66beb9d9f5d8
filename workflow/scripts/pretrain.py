from pathlib import Path

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.scripting import device_of
    from eeglrp.training.pretraining import pretrain_backbone

    device = device_of(snakemake, snakemake.params.device)
    pretrain_backbone(
        snakemake.input.windows,
        snakemake.input.splits,
        model=snakemake.params.model,
        pretraining=snakemake.params.pretraining,
        device=device,
        seed=snakemake.params.seed,
        outputs=dict(snakemake.output.items()),
        checkpoint=snakemake.params.checkpoint,
    )
    Path(snakemake.params.checkpoint).unlink(missing_ok=True)
