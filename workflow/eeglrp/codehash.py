"""Which code a job depends on.

Snakemake reruns a job when its script or its parameters change, but does not see the modules that a
script imports. The hash of all package modules that a script reaches goes into its parameters.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


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
        digest.update(name.encode() + b"\0" + files[name].read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def reached_files(script, *modules):
    """Map module name to file for every package module that a script reaches."""
    found = {}
    waiting = {*_imports(Path(script)), *modules}
    while waiting:
        name = waiting.pop()
        file = _module_file(name)
        if file is None or name in found:
            continue
        found[name] = file
        parents = name.split(".")[:-1]
        waiting |= {
            ".".join(parents[: i + 1]) for i in range(len(parents))
        } | _imports(file)
    return found


@cache
def _imports(file):
    """Names under `eeglrp` that a file imports anywhere, in functions too."""
    names = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from a import b`: b may be a module or a member of a.
            names |= {
                node.module,
                *(f"{node.module}.{alias.name}" for alias in node.names),
            }
    return frozenset(
        name for name in names if name.split(".")[0] == PACKAGE.name
    )


def _module_file(name):
    path = PACKAGE.joinpath(*name.split(".")[1:])
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)
