"""What the table of the ledger says."""

from eeglrp.findings import Finding, pooled
from eeglrp.labels import METHODS, label, ordered


def ledger_finding(frame):
    """The input's share of the output's sources, and how well the sum closes."""
    shares = pooled(frame, ["share input"])
    if shares.empty:
        return None
    ranges = []
    for method in ordered(shares["method"], METHODS):
        values = shares.loc[shares["method"] == method, "value"]
        least, most = values.min(), values.max()
        ranges.append(f"{label(method)} {least:.2f} to {most:.2f}")
    sentence = f"Share of the input in the ledger, over all models: {'; '.join(ranges)}."
    errors = frame.loc[frame["metric"] == "closure_error", "value"]
    if len(errors):
        sentence += f" The ledger closes within {errors.max():.1g} of the sum of its magnitudes."
    return Finding("Ledger", sentence, [], [])
