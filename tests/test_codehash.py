import ast
import json
import subprocess
import sys

import pytest

from eeglrp import codehash
from eeglrp.codehash import code_hash, reached_files


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package `eeglrp` of its own, and a script that imports one of its modules."""
    folder = tmp_path / "eeglrp"
    (folder / "room").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "a.py": "from eeglrp.room import b\n",
        "room/__init__.py": "",
        "room/b.py": "def f():\n    from eeglrp.c import g\n    return g\n",
        "c.py": "import os\n",
        "other.py": "",
        "late.py": "",
    }.items():
        (folder / name).write_text(text)
    script = tmp_path / "script.py"
    script.write_text("from eeglrp.a import x\n")
    monkeypatch.setattr(codehash, "PACKAGE", folder)
    _forget()
    yield folder, script
    _forget()


def _forget():
    code_hash.cache_clear()
    codehash._imports.cache_clear()
    codehash._module_file.cache_clear()


def _hash(script, *modules):
    _forget()
    return code_hash(script, *modules)


def test_reaches_modules_through_modules_and_functions(package):
    _, script = package
    assert set(reached_files(script)) == {
        "eeglrp",
        "eeglrp.a",
        "eeglrp.room",
        "eeglrp.room.b",
        "eeglrp.c",
    }


def test_changes_with_reached_code_only(package):
    folder, script = package
    before = _hash(script)
    (folder / "other.py").write_text("x = 1\n")
    assert _hash(script) == before
    (folder / "c.py").write_text("import sys\n")
    assert _hash(script) != before


BLOCKS = """
try:
    import eeglrp.a
except ImportError:
    import eeglrp.b
else:
    import eeglrp.c
finally:
    import eeglrp.d
for _ in ():
    while False:
        with open(""):
            import eeglrp.e
class C:
    async def f(self):
        async with x:
            match y:
                case 1:
                    from eeglrp import f
if x: pass
elif y:
    import eeglrp.g
"""


def test_imports_are_found_in_every_kind_of_block(tmp_path):
    script = tmp_path / "blocks.py"
    script.write_text(BLOCKS)
    names = {f"eeglrp.{letter}" for letter in "abcdefg"}
    assert codehash._imports(script) == names | {"eeglrp"}


def _parsed(file):
    """Modules of the package that a file imports, by Python's own parser."""
    names = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] == "eeglrp"}


def test_every_file_imports_what_pythons_parser_says(root):
    def modules(names):
        return {name for name in names if codehash._module_file(name)}

    files = list((root / "workflow").rglob("*.py"))
    assert len(files) > 300
    for file in files:
        read = modules(codehash._imports(file))
        assert read == modules(_parsed(file)), file


def test_modules_loaded_by_name_count(package):
    folder, script = package
    before = _hash(script, "eeglrp.late")
    assert before != _hash(script)
    (folder / "late.py").write_text("x = 1\n")
    assert _hash(script, "eeglrp.late") != before


#: Imports modules by name in a fork for each script, so that what is heavy is imported once.
IMPORTED = """
import json, os, sys
import matplotlib.pyplot, pandas, scipy.signal, scipy.stats, sklearn, torch, xarray, zarr
for script, names in json.loads(sys.argv[1]).items():
    child = os.fork()
    if not child:
        for name in names:
            __import__(name)
        found = [name for name in sys.modules if name.split(".")[0] == "eeglrp"]
        print(json.dumps([script, found]), flush=True)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, script
"""


@pytest.mark.slow
def test_the_static_answer_covers_what_a_real_import_loads(root):
    """Import each script's modules for real: nothing of the package may escape the hash."""
    scripts = sorted((root / "workflow" / "scripts").glob("*.py"))
    reached = {script.name: set(reached_files(script)) for script in scripts}
    direct = {
        script.name: sorted(codehash._imports(script) & reached[script.name])
        for script in scripts
    }
    printed = subprocess.run(
        [sys.executable, "-c", IMPORTED, json.dumps(direct)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root / "workflow"), "PATH": ""},
    ).stdout
    loaded = dict(map(json.loads, printed.splitlines()))
    assert loaded.keys() == reached.keys()
    for script, names in loaded.items():
        assert names
        assert set(names) <= reached[script], script
