"""Packages without the packages that they can do without."""

import sys
from contextlib import contextmanager
from types import ModuleType

COMPILER = "torch._dynamo"


class _Missing:
    """Finder of modules that has some packages for not installed."""

    def __init__(self, packages):
        self.packages = packages

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.packages:
            raise ModuleNotFoundError(f"{name} is left out", name=name)


@contextmanager
def without(*packages):
    """Let packages seem missing to what is imported meanwhile, which then takes half of the time.

    So seaborn does without SciPy, and pyRiemann without torch. For jobs, whose process ends with
    them: whoever goes on would miss what was left out. Packages that have been imported stay.
    """
    finder = _Missing(set(packages) - set(sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def without_compiler():
    """Let torch train without its compiler, which every optimiser imports: 1.5 s of CPU.

    Optimisers ask it not to compile them, and no more; what compiles is for others to import. For
    jobs, as `without`. Nothing changes where the compiler has been imported.
    """
    if COMPILER in sys.modules:
        yield
        return
    stand_in = ModuleType(COMPILER)
    stand_in.disable = lambda function, recursive=True, wrapping=True: function
    stand_in.graph_break = lambda: None
    sys.modules[COMPILER] = stand_in
    try:
        yield
    finally:
        del sys.modules[COMPILER]
