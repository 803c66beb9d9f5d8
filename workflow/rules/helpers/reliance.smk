# What the rules of reliance ask of the configuration.


# Tasks whose models rely on a planted confound to a known degree.
RELIANCE = ladder(config)


def reliance_files(wildcards):
    """Predictions and windows of the tasks that the models of a planted confound are tested on."""
    task, rung = wildcards.task, RELIANCE[wildcards.task]
    tested = {"own": task, "matched": rung.matched, "neutral": rung.neutral}
    tested |= {"regressed": rung.regressed} if rung.regressed else {}
    ending = {name: "" if other == task else f"-on-{other}" for name, other in tested.items()}
    files = {
        name: [
            results(f"predictions/{task}/{regime}/seed-{seed}{ending[name]}.tsv")
            for regime, seed in task_models(task)
        ]
        for name in tested
    }
    stores = {
        f"{name}_windows": [
            results(paths.WINDOWS.format(task=tested[name], subject=subject))
            for subject in task_subjects(task)
        ]
        for name in ("matched", "neutral")
    }
    return files | stores
