from pathlib import Path
from tempfile import TemporaryDirectory

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.arms.crossing import write_shared_split
    from eeglrp.training.predict import predict_model

    inputs = snakemake.input
    # `--resources gpu=0` takes a job's graphics card away.
    device = (
        snakemake.params.device if snakemake.resources.get("gpu", 1) else "cpu"
    )
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        splits = Path(folder) / "splits.tsv"
        write_shared_split(inputs.splits, inputs.windows, "test", splits)
        out = snakemake.output.predictions
        predict_model(
            inputs.model, inputs.windows, splits, out, device, split="test"
        )
