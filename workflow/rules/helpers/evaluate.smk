# What the rules of evaluate ask of the configuration.


# What the guide to methods sums up.
GUIDE_TABLES = ["decoding", "localisation", "faithfulness", "sanity", "cost"]
GUIDE_TABLES = [name for name in GUIDE_TABLES if name not in ABSENT_TABLES]


def task_costs(wildcards):
    """What each attribution store of a task cost."""
    return [path.replace(".zarr.zip", "-cost.tsv") for path in task_stores(wildcards)]
