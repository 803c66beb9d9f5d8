"""Which code a job depends on.

Snakemake reruns a job when its script or its parameters change, but does not see the modules that a
script imports. The hash of all package modules that a script reaches goes into its parameters.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
#: Where the syntax tree keeps statements, handlers of exceptions and cases.
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


@cache
def code_hash(script, *modules):
    """Hash the package modules that a script imports, directly or through others.

    Parameters
    ----------
    script : str or Path
        The rule's script.
    *modules : str
        Modules the script loads by name at run time (`eeglrp.recordings.eegmat`).

    Returns
    -------
    str
        Hexadecimal digest; it changes when, and only when, one of these modules changes.
    """
    files = reached_files(script, *modules)
    digest = hashlib.sha256()
    for name in sorted(files):
        content = files[name].read_bytes()
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()[:16]


def reached_files(script, *modules):
    """Map module name to file for every package module that a script reaches."""
    reached = {}
    waiting = {*_imports(Path(script)), *modules}
    while waiting:
        name = waiting.pop()
        file = _module_file(name)
        if file is None or name in reached:
            continue
        reached[name] = file
        waiting |= _imports(file)
        *packages, _ = name.split(".")
        for depth in range(len(packages)):
            waiting.add(".".join(packages[: depth + 1]))
    return reached


@cache
def _imports(file):
    """Names under `eeglrp` that a file imports anywhere, in functions too."""
    names = set()
    for node in _statements(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from a import b`: b may be a module or a member of a.
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(
        name for name in names if name.split(".")[0] == PACKAGE.name
    )


def _statements(node):
    """All statements below a node; expressions, of which there are many more, hold no import."""
    for field in _BLOCKS:
        for inner in getattr(node, field, ()):
            yield inner
            yield from _statements(inner)


@cache
def _module_file(name):
    _, *below = name.split(".")
    path = PACKAGE.joinpath(*below)
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None
