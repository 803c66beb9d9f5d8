import pytest

from eeglrp.explorer.write import write_explorer

from .made_up import MadeUp


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A small study on disk."""
    return MadeUp(tmp_path_factory.mktemp("study") / "results" / "made-up")


@pytest.fixture(scope="module")
def page(study, tmp_path_factory):
    """Its explorer."""
    out = tmp_path_factory.mktemp("explorer") / "index.html"
    write_explorer("made-up", study.folder, study.stores, study.tables, out)
    return out
