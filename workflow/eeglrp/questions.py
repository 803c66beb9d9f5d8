"""The questions of the study in the order in which they are reported, and walks over them.

A question lives in the folder of its name. `question.py` there says which tables and figures
it has, when a configuration asks for them, and what its tables tell.
"""

from functools import cache
from importlib import import_module

from eeglrp.errors import InputError

QUESTIONS = (
    # What the study is for comes first, whatever its answer rests on.
    "verdict",
    "decoding",
    "verify",
    "variance",
    "arms",
    "ocular",
    "strategies",
    "transfer",
    "reliance",
    "affect",
    "evaluate",
)


def manifest_modules():
    """Names of the modules that describe the questions."""
    return [f"eeglrp.{name}.question" for name in QUESTIONS]


@cache
def manifests():
    """What every question says about itself, by name."""
    modules = map(import_module, manifest_modules())
    return {
        name: module.QUESTION
        for name, module in zip(QUESTIONS, modules, strict=True)
    }


def all_tables():
    """Every table that a report may show, by name."""
    tables = {}
    for question in manifests().values():
        tables |= question.tables
    return tables


def asked_tables(config):
    """Names of the tables that a configuration asks for."""
    tables = all_tables().items()
    return [name for name, table in tables if table.asked(config)]


def absent_tables(config):
    """Names of the tables that a configuration does not ask for."""
    tables = all_tables().items()
    return [name for name, table in tables if not table.asked(config)]


def figure_modules():
    """Name of a figure -> name of the module that draws it."""
    return {
        figure: f"eeglrp.{name}.figures.{figure}"
        for name, question in manifests().items()
        for figure in question.figures
    }


def asked_figures(config):
    """Names of the figures that a configuration asks for."""
    return [
        figure
        for question in manifests().values()
        for figure, asked in question.figures.items()
        if asked(config)
    ]


def figure_module(name):
    """The module that draws a figure: `TABLES`, `CAPTION`, `draw`.

    Raises
    ------
    InputError
        If no question has this figure.
    """
    modules = figure_modules()
    if name not in modules:
        remedy = (
            "name it in the question.py of the question that it belongs to"
        )
        raise InputError(
            "figures", name, "no question has this figure", remedy
        )
    return import_module(modules[name])


def metric_names():
    """Column headings of metrics whose own name is not enough."""
    names = {}
    for question in manifests().values():
        names |= question.metrics
    return names


def findings(frames):
    """Every finding that the tables allow.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Tables by name, each optional.

    Returns
    -------
    list of Finding
    """
    sayings = [
        table.finding(frames[name])
        for name, table in all_tables().items()
        if table.finding and len(frames.get(name, ()))
    ]
    return [finding for finding in sayings if finding is not None]
