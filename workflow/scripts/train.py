from pathlib import Path

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.training.loop import train_model
    from eeglrp.training.predict import predict_model

    inputs, outputs, params = (
        snakemake.input,
        snakemake.output,
        snakemake.params,
    )
    # `--resources gpu=0` takes a job's graphics card away.
    device = (
        params.training["device"]
        if snakemake.resources.get("gpu", 1)
        else "cpu"
    )
    train_model(
        inputs.windows,
        inputs.splits,
        inputs.get("weights") or None,
        task=snakemake.wildcards.task,
        classes=params.classes,
        regime=snakemake.wildcards.regime,
        seed=int(snakemake.wildcards.seed),
        study_seed=params.seed,
        model=params.model,
        training=params.training | {"device": device},
        out_model=outputs.model,
        out_record=outputs.record,
        out_history=outputs.history,
        checkpoint=params.checkpoint,
    )
    predict_model(
        outputs.model,
        inputs.windows,
        inputs.splits,
        outputs.predictions,
        device,
    )
    Path(params.checkpoint).unlink(missing_ok=True)
