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


def test_modules_loaded_by_name_count(package):
    folder, script = package
    before = _hash(script, "eeglrp.late")
    assert before != _hash(script)
    (folder / "late.py").write_text("x = 1\n")
    assert _hash(script, "eeglrp.late") != before


def test_the_static_answer_covers_what_a_real_import_loads(root):
    """Import each script's modules for real: nothing of the package may escape the hash."""
    for script in sorted((root / "workflow" / "scripts").glob("*.py")):
        found = reached_files(script)
        direct = sorted(codehash._imports(script) & set(found))
        code = f"import sys\nfor name in {direct!r}: __import__(name)\n" + (
            "print(*[m for m in sys.modules if m.split('.')[0] == 'eeglrp'])"
        )
        loaded = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(root / "workflow"), "PATH": ""},
        ).stdout.split()
        assert set(loaded) <= set(found), script.name
