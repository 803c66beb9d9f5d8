import subprocess
import sys

import pytest

from eeglrp.attribution.registry import METHODS, load, rules_of, sources_of
from eeglrp.errors import InputError
from eeglrp.lrp.composites import COMPOSITES
from eeglrp.store import LEDGER_SOURCES


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_a_function_rules_and_sources(method):
    assert load(method).__name__ == method
    assert rules_of(method)
    assert sources_of(method)[0] == "input"


def test_sources_and_rules_of_lrp_are_those_of_the_store_and_the_engine():
    assert sources_of("attn_lrp") == sources_of("cp_lrp") == LEDGER_SOURCES
    assert rules_of("cp_lrp") == COMPOSITES["cp_lrp"]


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="attribution.methods.guess"):
        load("guess")


def test_the_registry_and_the_package_import_no_torch(root):
    code = "import sys, eeglrp, eeglrp.attribution.registry; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=root / "workflow", check=False)
    assert done.returncode == 0
