from pathlib import Path
from tempfile import TemporaryDirectory

from eeglrp.jobs import job

with job(snakemake.log[0], snakemake.params.threads):
    from eeglrp.arms.crossing import write_shared_split
    from eeglrp.scripting import device_of
    from eeglrp.training.predict import predict_model

    inputs = snakemake.input
    device = device_of(snakemake, snakemake.params.device)
    with TemporaryDirectory(prefix="eeglrp-") as folder:
        splits = Path(folder) / "splits.tsv"
        write_shared_split(inputs.splits, inputs.windows, "test", splits)
        out = snakemake.output.predictions
        predict_model(
            inputs.model, inputs.windows, splits, out, device, split="test"
        )
