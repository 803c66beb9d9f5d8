"""One module of braindecode, without the packages around it.

`import braindecode` imports all of its models, skorch and more: two to three seconds of every job.
A network needs a few files of it. They are imported while empty packages stand in for
`braindecode` and `braindecode.models`; afterwards nothing of it is left in `sys.modules`, so that
braindecode itself can be imported as ever.
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
        with _empty_packages():
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
