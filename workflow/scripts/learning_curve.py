from eeglrp.jobs import job
from eeglrp.optional import without_compiler

with job(snakemake.log[0], snakemake.params.threads), without_compiler():
    from eeglrp.decoding.learning_curve import train_on_part
    from eeglrp.scripting import device_of

    inputs, names, params = (
        snakemake.input,
        snakemake.wildcards,
        snakemake.params,
    )
    device = device_of(snakemake, params.training["device"])
    run = {
        "task": names.task,
        "classes": params.classes,
        "regime": names.regime,
        "seed": int(names.seed),
        "study_seed": params.seed,
    }
    train_on_part(
        inputs.windows,
        inputs.splits,
        inputs.get("weights", []),
        size=int(names.size),
        out=snakemake.output.predictions,
        run=run,
        model=params.models[names.regime],
        training=params.training | {"device": device},
    )
