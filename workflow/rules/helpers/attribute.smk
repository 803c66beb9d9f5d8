# What the rules of attribute ask of the configuration.


# Methods that take less time than reading model and windows share a job.
QUICK_METHODS = [
    name
    for name, options in config["attribution"]["methods"].items()
    if is_quick(method_of(name, options))
]


def attribution_settings():
    """Settings that all methods share."""
    return {key: value for key, value in config["attribution"].items() if key != "methods"}


def quick_files(ending):
    """A file of every method that shares the job."""
    pattern = results(f"{paths.ATTRIBUTION}{ending}")
    return expand(pattern, method=QUICK_METHODS, allow_missing=True)
