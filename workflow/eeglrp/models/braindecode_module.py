"""One module of braindecode, without the packages around it.

`import braindecode` imports all of its models, skorch and more: two to three seconds of every job.
A network needs a few files of it. They are imported while empty packages stand in for
`braindecode` and `braindecode.models`; afterwards nothing of it is left in `sys.modules`, so that
braindecode itself can be imported as ever. Of scikit-learn, another second, these files name one
function, which no network calls: something that imports it when called stands in for that.
"""

import importlib
import sys
import warnings
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from types import ModuleType

PACKAGE = "braindecode"


@cache
def braindecode_module(name):
    """The module `braindecode.models.<name>`.

    Parameters
    ----------
    name : str

    Returns
    -------
    module
        braindecode's own where that has been imported already.
    """
    full_name = f"{PACKAGE}.models.{name}"
    # Its other models warn of names of montages while they are imported.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Montage name", FutureWarning)
        if PACKAGE in sys.modules:
            return importlib.import_module(full_name)
        with _empty_packages(), _scikit_learn_on_call():
            return importlib.import_module(full_name)


@contextmanager
def _empty_packages():
    """Let packages without content stand for braindecode's while the context lasts."""
    (folder,) = find_spec(PACKAGE).submodule_search_locations
    models = ModuleType(f"{PACKAGE}.models")
    models.__path__ = [f"{folder}/models"]
    package = ModuleType(PACKAGE)
    package.__path__ = [folder]
    package.models = models
    sys.modules |= {PACKAGE: package, models.__name__: models}
    try:
        yield
    finally:
        for name in list(sys.modules):
            if name == PACKAGE or name.startswith(f"{PACKAGE}."):
                del sys.modules[name]


@contextmanager
def _scikit_learn_on_call():
    """Let scikit-learn's `check_random_state` import scikit-learn only when it is called."""
    if "sklearn" in sys.modules:
        yield
        return
    utils = ModuleType("sklearn.utils")
    utils.check_random_state = _check_random_state
    package = ModuleType("sklearn")
    package.utils = utils
    sys.modules |= {"sklearn": package, "sklearn.utils": utils}
    try:
        yield
    finally:
        for name in ("sklearn", "sklearn.utils"):
            del sys.modules[name]


def _check_random_state(seed):
    from sklearn.utils import check_random_state

    return check_random_state(seed)
