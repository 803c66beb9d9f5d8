"""What tests of the engine share."""

import pytest


def total(explanation):
    """Sum of the ledger."""
    return sum(explanation.ledger.values())


@pytest.fixture(scope="session")
def ledger_total():
    """The function that sums the ledger."""
    return total
