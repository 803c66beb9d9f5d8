"""Which code a job depends on.

Snakemake reruns a job when its script or its parameters change, but does not see the modules that a
script imports. The hash of all package modules that a script reaches goes into its parameters.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent
#: Statements that import: parsing whole files takes Snakemake's start ten times as long.
_IMPORT = re.compile(r"^[ \t]*import[ \t]+(eeglrp.*)", re.MULTILINE)
_FROM = re.compile(
    r"^[ \t]*from[ \t]+(eeglrp[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|.*)",
    re.MULTILINE,
)
_NAME = re.compile(r"[\w.]+")


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
    text = file.read_text()
    names = set()
    for modules in _IMPORT.findall(text):
        names.update(_NAME.findall(modules))
    for module, members in _FROM.findall(text):
        # `from a import b`: b may be a module or a member of a.
        names.add(module)
        names |= {f"{module}.{name}" for name in _NAME.findall(members)}
    return frozenset(
        name for name in names if name.split(".")[0] == PACKAGE.name
    )


@cache
def _module_file(name):
    _, *below = name.split(".")
    path = PACKAGE.joinpath(*below)
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None
