"""Cells of the report's tables: a text, and the number to sort by or None."""

from eeglrp.findings import estimate
from eeglrp.labels import label


def word(name):
    """A name in words."""
    return (label(name), None)


def number(value):
    """A whole number, empty where there is none."""
    if value != value:
        return ("", None)
    return (f"{value:.0f}", value)


def estimated(row):
    """An estimate with its interval and, where known, chance."""
    if row is None or row.value != row.value:
        return ("", None)
    if 0 < abs(row.value) < 1e-4:
        return (f"{row.value:.1e}", row.value)
    digits = 2 if abs(row.value) >= 0.1 or row.value == 0 else 3
    text = estimate(row, digits)
    if row.chance == row.chance:
        # Adding 0 takes the sign off -0.
        chance = round(row.chance, 2) + 0
        text += f" (chance {chance:.2f})"
    return (text, row.value)
