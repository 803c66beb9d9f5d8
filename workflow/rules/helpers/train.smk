# What the rules of train ask of the configuration.


def learning_curve_points():
    """(Task, regime, seed) and predictions of every point of the learning curves."""
    points = []
    for task in MAIN_TASKS:
        sizes = settings.learning_curve(config, task)
        for regime, seed in task_models(task) if sizes else []:
            run = {"task": task, "regime": regime, "seed": seed}
            files = [f"{paths.LEARNING_CURVE}.tsv".format(**run, size=size) for size in sizes]
            # The whole training split belongs to a curve too.
            files.append(paths.PREDICTIONS.format(**run))
            points += [((task, regime, seed), results(file)) for file in files]
    return points
