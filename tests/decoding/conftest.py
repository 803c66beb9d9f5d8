"""Fixtures that these tests share."""

from ..training.conftest import cohort  # noqa: F401
