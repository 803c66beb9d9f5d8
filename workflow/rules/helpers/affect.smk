# What the rules of affect ask of the configuration.


def affect_settings(*keys):
    return {key: config["affect"][key] for key in keys}


def affect_refitted(task):
    """Baselines of an affect task that are fitted anew, under nulls or with random splits."""
    asked = config["affect"]["inflation"] or config["affect"]["nulls"]["training"]
    names = [name for name, _ in settings.baselines(config, task)]
    return [name for name in REFITTED if name in names and asked]


def affect_decoding_parts():
    """Tables of accuracy beside its nulls, of all affect tasks."""
    tables = [(task, "affect_evaluation") for task in AFFECT_TASKS]
    tables += [(task, "affect_refits") for task in AFFECT_TASKS if affect_refitted(task)]
    return [results(paths.PART.format(task=task, table=table)) for task, table in tables]


def affect_nulls(ending):
    """Input function: a file of every fold's model that is trained on labels without meaning."""
    return lambda wildcards: [
        path
        for regime, number in affect.permuted_models(config, wildcards.task)
        for path in fold_files(
            f"{paths.MODEL_NULL}{ending}", wildcards.task, regime=regime, number=number
        )
    ]


def affect_cases(task):
    """Every model of an affect task on every input, and its attribution store."""
    found = [one._asdict() for one in affect.conditions(config, task)]
    return [one | {"store": results(one["store"])} for one in found]


def affect_inputs(task):
    """Windows and table of splits of the inputs of `affect_cases`."""
    names = dict.fromkeys(one["task"] for one in affect_cases(task))
    return {
        name: {
            "windows": window_stores(name, task_subjects(name)),
            "splits": results(paths.SPLITS.format(task=settings.base_task(config, name))),
        }
        for name in names
    }
