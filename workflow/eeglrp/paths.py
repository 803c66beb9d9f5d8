"""Where a study's files lie below `results/<study>/`: every pattern once.

Names in braces are Snakemake's wildcards, and `str.format` fills them in. The patterns are a
contract: docs/reference/files.md describes them.
"""

#: What tells the models of a study apart.
RUN = "{task}/{regime}/seed-{seed}"
#: A model that is tested or explained on windows of another task.
RUN_ON = f"{RUN}-on-{{tested}}"

RECORDING = "recordings/{dataset}/{subject}"
WINDOWS = "windows/{task}/{subject}.zarr.zip"
WINDOW_COUNTS = "windows/{task}/{subject}.tsv"
SPLITS = "splits/{task}.tsv"
#: Backbones that the study pretrains itself.
PRETRAINED = "weights/pretrained-{task}"
#: Stems: weights, record and history have their own endings.
MODEL = f"models/{RUN}"
#: Trained on labels that were permuted freely, and on labels whose blocks changed places.
MODEL_PERMUTED = f"{MODEL}-permuted"
MODEL_NULL = "models/{task}/{regime}/permuted-{number}"
PREDICTIONS = f"predictions/{RUN}.tsv"
PREDICTIONS_ON = f"predictions/{RUN_ON}.tsv"
#: A baseline stands in the place of the regime.
BASELINE = "predictions/{task}/{baseline}/seed-{seed}"
LEARNING_CURVE = f"learning_curves/{RUN}/windows-{{size}}"
ATTRIBUTION = f"attributions/{RUN}/{{method}}"
ATTRIBUTION_ON = f"attributions/{RUN_ON}/{{method}}"
#: Of one task, and of all.
PART = "metrics/parts/{task}/{table}.tsv"
TABLE = "metrics/{table}.tsv"
FIGURE = "figures/{name}.{ending}"
REPORT = "report.html"
PROVENANCE = "provenance.json"
