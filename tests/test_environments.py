"""Locks, conda environment, container recipe, catalog entry and imports agree with each other."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, version

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PINNED = re.compile(
    r'([A-Za-z][\w.-]*)==([\w.]+)(?: ; sys_platform == "linux")?'
)


def pins(lines):
    """Canonical name -> version; fails for a line that pins nothing, or a second pin."""
    found = [PINNED.fullmatch(line) for line in lines]
    assert [
        line for line, pin in zip(lines, found, strict=True) if not pin
    ] == []
    names = [canonicalize_name(pin[1]) for pin in found]
    assert len(names) == len(set(names))
    return {name: pin[2] for name, pin in zip(names, found, strict=True)}


def lines(path):
    """Requirements in a file, without comments and references to other files."""
    return [
        line
        for line in path.read_text().splitlines()
        if line and line[0] not in "#-"
    ]


@pytest.fixture
def lock(root):
    return pins(lines(root / "envs/requirements.txt"))


@pytest.fixture
def cuda(root):
    return pins(lines(root / "envs/requirements-cuda.txt"))


@pytest.fixture
def conda(root):
    return yaml.safe_load((root / "envs/eeglrp.yaml").read_text())[
        "dependencies"
    ]


@pytest.fixture
def recipe(root):
    return (root / "envs/eeglrp.def").read_text()


@pytest.fixture
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())


def test_conda_installs_the_pins_of_both_locks(lock, cuda, conda):
    # One by one: Snakemake copies the file to where no other file is.
    assert pins(conda[-1]["pip"]) == lock | cuda


def test_the_cuda_lock_adds_the_packages_of_one_cuda_version_only(
    root, lock, cuda
):
    assert (
        "-r requirements.txt"
        in (root / "envs/requirements-cuda.txt").read_text().splitlines()
    )
    assert not cuda.keys() & lock.keys()
    assert [
        n
        for n in cuda
        if not n.startswith(("cuda-", "nvidia-")) and n != "triton"
    ] == []
    assert (
        f"torch {lock['torch']} asks for"
        in (root / "envs/requirements-cuda.txt").read_text()
    )
    # torchaudio refuses another CUDA version than torch's.
    built = re.search(r"\+cu(\d+)(\d)$", torchaudio())
    assert cuda["cuda-toolkit"].startswith(f"{built[1]}.{built[2]}.")


def torchaudio():
    """Version and build of the installed torchaudio, without importing it."""
    from importlib.util import find_spec
    from pathlib import Path

    folder = Path(find_spec("torchaudio").origin).parent
    return re.search(
        r"__version__ = '([^']+)'", (folder / "version.py").read_text()
    )[1]


def test_the_cpu_lock_serves_both_builds_of_torch(lock, cuda):
    assert not [name for name in lock if name.startswith(("nvidia-", "cuda-"))]
    assert "triton" not in lock


def test_one_version_of_python_everywhere(conda, recipe, project):
    (python,) = [entry for entry in conda if str(entry).startswith("python ")]
    chosen = python.removeprefix("python =")
    assert f"From: python:{chosen}-" in recipe
    assert SpecifierSet(project["project"]["requires-python"]).contains(chosen)
    assert project["tool"]["ruff"]["target-version"] == "py" + chosen.replace(
        ".", ""
    )


def test_the_documentations_lock_shares_no_package_with_the_studys(
    root, lock, cuda
):
    """What a study runs with stays as it was when the documentation is built."""
    added = pins(lines(root / "envs/requirements-docs.txt"))
    assert canonicalize_name("Sphinx") in added
    assert not added.keys() & (lock.keys() | cuda.keys())


def test_the_recipe_copies_and_installs_both_locks(root, recipe):
    copied = dict(re.findall(r"^ {4}(envs/\S+) (/\S+)$", recipe, re.MULTILINE))
    assert set(copied) == {
        "envs/requirements.txt",
        "envs/requirements-cuda.txt",
    }
    assert all((root / path).is_file() for path in copied)
    assert (
        f"pip install --no-cache-dir -r {copied['envs/requirements-cuda.txt']}"
        in recipe
    )
    # The second names the first as a neighbour.
    assert len({path.rpartition("/")[0] for path in copied.values()}) == 1


def test_the_lock_satisfies_what_is_asked_for(root, lock, project):
    wanted = [
        *lines(root / "envs/requirements.in"),
        *project["project"]["dependencies"],
    ]
    for requirement in map(Requirement, wanted):
        pinned = lock[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pinned), (requirement, pinned)


def test_the_tests_run_in_the_locks_environment(lock):
    # The CPU build of torch calls itself 2.13.0+cpu.
    installed = {name: version(name).partition("+")[0] for name in lock}
    assert {
        n: v for n, v in installed.items() if v != lock[n].partition("+")[0]
    } == {}


def imports(path):
    """First names of the packages that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif (
            isinstance(node, ast.ImportFrom) and node.module and not node.level
        ):
            yield node.module.split(".")[0]


#: What `benchmarks/peers.py` installs for itself, in an environment of its own.
PEERS = {"zennit", "lxt"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", ["workflow/eeglrp", "workflow/scripts", "benchmarks"]
)
def test_every_import_is_in_the_lock(root, lock, folder):
    own = {
        "eeglrp",
        "tests",
        *(file.stem for file in (root / folder).glob("*.py")),
    }
    files = [file for file in (root / folder).rglob("*.py")]
    assert len(files) > 5
    names = (
        {name for file in files for name in imports(file)}
        - own
        - sys.stdlib_module_names
    )
    if folder == "benchmarks":
        names -= PEERS
    of = packages_distributions()
    unlocked = {
        n
        for n in names
        if not {canonicalize_name(d) for d in of.get(n, ())} & set(lock)
    }
    assert unlocked == set()


def test_every_rule_with_a_script_declares_the_one_environment(root):
    for file in (root / "workflow/rules").glob("*.smk"):
        text = file.read_text()
        declared = re.findall(r'^ +conda:\n +"([^"]+)"', text, re.MULTILINE)
        # `use rule` inherits script and environment together.
        assert len(declared) == len(
            re.findall(r"^ +script:", text, re.MULTILINE)
        ), file.name
        assert {(file.parent / path).resolve() for path in declared} <= {
            root / "envs/eeglrp.yaml"
        }


def test_no_image_is_claimed_that_nobody_published(root):
    sources = [root / "Snakefile", *(root / "workflow").rglob("*.smk")]
    text = "\n".join(file.read_text() for file in sources)
    assert re.findall(r"^container: (.*)$", text, re.MULTILINE) == [
        "CONTAINER"
    ]
    assert not re.search(r"(docker|oras|shub|library)://", text)


def test_the_catalog_entry_has_what_the_catalog_reads(root):
    entry = yaml.safe_load(
        (root / ".snakemake-workflow-catalog.yml").read_text()
    )
    assert set(entry) == {"usage"}
    usage = entry["usage"]
    assert set(usage) == {
        "mandatory-flags",
        "software-stack-deployment",
        "report",
    }
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert usage["mandatory-flags"]["desc"]
    kinds = {"conda": bool, "apptainer": bool, "apptainer+conda": bool}
    assert {
        k: type(v) for k, v in usage["software-stack-deployment"].items()
    } == kinds
    # An image that has first to be built is none that `--sdm apptainer` finds.
    assert not usage["software-stack-deployment"]["apptainer"]
    assert usage["report"] is True


def test_the_layout_is_the_catalogs(root):
    for path in (
        "workflow/Snakefile",
        "config/README.md",
        "README.md",
        "LICENSE",
    ):
        assert (root / path).is_file(), path
    assert list((root / "workflow/rules").glob("*.smk"))
    assert {"snakemake", "workflow"} <= set(
        re.findall(r"\w+", (root / "README.md").read_text().lower())
    )
