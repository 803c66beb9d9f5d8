# What the rules of report ask of the configuration.


def report_files():
    """What the report shows, by name: paths below the study's folder."""
    subjects = [(task, subject) for task in MAIN_TASKS for subject in task_subjects(task)]
    return {name: [paths.TABLE.format(table=name)] for name in REPORT_TABLES} | {
        "provenance": [paths.PROVENANCE],
        "windows": [
            paths.WINDOW_COUNTS.format(task=task, subject=subject) for task, subject in subjects
        ]
        + [
            paths.EXCLUDED_COUNTS.format(task=task)
            for task in settings.excluding_tasks(config, MAIN_TASKS)
        ],
        "splits": [paths.SPLITS.format(task=task) for task in MAIN_TASKS],
        # Records of the pretrained backbones that the study used.
        "weights": sorted(f"weights/{name}.json" for name in weights_names()),
        "figures": [f"figures/{name}.png" for name in FIGURES],
    }
