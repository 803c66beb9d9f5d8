"""Packages without the packages that they can do without."""

import sys
from contextlib import contextmanager


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
