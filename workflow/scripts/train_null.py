from tempfile import TemporaryDirectory

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.affect.permuted import in_blocks
    from eeglrp.seeds import integer_seed
    from eeglrp.training.loop import train_model
    from eeglrp.training.permuted_labels import permuted_windows

    inputs, outputs, params = (
        snakemake.input,
        snakemake.output,
        snakemake.params,
    )
    number = int(snakemake.wildcards.number)
    # Other labels and other first weights for every number, whatever the seeds of the models.
    seed = integer_seed(params.seed, "null", number)
    # `--resources gpu=0` takes a job's graphics card away.
    device = (
        params.training["device"]
        if snakemake.resources.get("gpu", 1)
        else "cpu"
    )
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        train_model(
            permuted_windows(
                inputs.windows, inputs.splits, seed, folder, in_blocks
            ),
            inputs.splits,
            inputs.get("weights") or None,
            task=snakemake.wildcards.task,
            classes=params.classes,
            regime=snakemake.wildcards.regime,
            seed=number,
            study_seed=seed,
            model=params.model,
            training=params.training | {"device": device},
            out_model=outputs.model,
            out_record=outputs.record,
            out_history=outputs.history,
        )
