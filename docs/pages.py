"""Pages that are made when the documentation is built: the gallery, the configuration."""

import ast
import re
import shutil
from pathlib import Path
from textwrap import indent

_NO_REFERENCE = """\
# Configuration

Every key is explained in `config/README.md`.
"""
_NO_FIGURES = """\
.. note::

   This site was built without a finished demo. ``EEGLRP_RESULTS`` names the folder of a study that
   lies elsewhere.
"""


def write_configuration(root, page):
    """Write the reference of the configuration from its schema.

    Parameters
    ----------
    root : Path
        The repository's.
    page : Path
        Markdown.
    """
    try:
        from configuration_reference import write_reference
    except ModuleNotFoundError:
        _write(page, _NO_REFERENCE)
    else:
        write_reference(root / "config" / "schema.yaml", page)


def write_gallery(figures, workflow, pictures):
    """Copy a study's pictures beside the gallery, and write what it says of them.

    Parameters
    ----------
    figures : Path
        A study's folder of figures; it may be absent.
    workflow : Path
        The folder with the package and the report's captions.
    pictures : Path
        Where the gallery looks for them.
    """
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    parts = []
    pngs = sorted(figures.glob("*.png"))
    for heading, files in by_question(pngs, workflow).items():
        parts += [_heading(heading, "-")]
        for file in files:
            shutil.copy(file, pictures)
            parts += [_heading(file.stem.replace("_", " ").capitalize(), "~")]
            parts += [_figure(file.name, *words(file.stem, workflow))]
    _write(pictures / "figures.txt", "\n".join(parts or [_NO_FIGURES]))


def by_question(files, workflow):
    """Pictures by the question that draws them, in the order in which a study asks.

    Parameters
    ----------
    files : list of Path
    workflow : Path

    Returns
    -------
    dict of str to list of Path
    """
    package = Path(workflow, "eeglrp")
    headings = {
        name: _first_line(package / name / "question.py")
        for name in _questions(package)
    }
    groups = {heading: [] for heading in [*headings.values(), "Others"]}
    for file in files:
        module = _module(file.stem, workflow)
        question = module.parent.parent.name if module else ""
        groups[headings.get(question, "Others")].append(file)
    return {heading: group for heading, group in groups.items() if group}


def words(figure, workflow):
    """What a figure asks, in one line, and its caption (reST)."""
    module = _module(figure, workflow)
    if module is None:
        return figure, _report(figure, workflow)
    caption = _constant(_tree(module), "CAPTION")
    return _first_line(module), caption or _report(figure, workflow)


def escape_bars(app, what, name, obj, options, lines):
    """`|relevance|` is a magnitude in docstrings, not one of reST's substitutions."""
    lines[:] = [_without_substitutions(line) for line in lines]


def _without_substitutions(text):
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _module(figure, workflow):
    return next(Path(workflow, "eeglrp").glob(f"*/figures/{figure}.py"), None)


def _questions(package):
    """Folders of the questions, in their order."""
    file = package / "questions.py"
    return _constant(_tree(file), "QUESTIONS") if file.is_file() else ()


def _tree(module):
    return ast.parse(module.read_bytes())


def _first_line(module):
    """First line of a module's docstring, or its folder's name."""
    text = ast.get_docstring(_tree(module)) if module.is_file() else None
    return text.splitlines()[0] if text else module.parent.name


def _constant(tree, name):
    """A constant of a module, without importing the module."""
    for node in tree.body:
        targets = getattr(node, "targets", [])
        if any(
            isinstance(target, ast.Name) and target.id == name
            for target in targets
        ):
            return ast.literal_eval(node.value)
    return None


def _report(figure, workflow):
    file = Path(workflow, "report", f"{figure}.rst")
    return file.read_text() if file.is_file() else ""


def _figure(picture, alternative, caption):
    head = f".. figure:: _gallery/{picture}\n   :alt: {alternative}\n"
    body = indent(_without_substitutions(caption.strip()), "   ")
    return f"{head}\n{body}\n"


def _heading(text, mark):
    return f"{text}\n{mark * len(text)}\n"


def _write(path, text):
    """Write a page only if it changed, so that Sphinx need not read it again."""
    if not path.is_file() or path.read_text() != text:
        path.write_text(text)
