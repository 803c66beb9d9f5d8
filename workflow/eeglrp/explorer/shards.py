"""Scripts that hand data to the page."""

import json
import math
from pathlib import Path


def plain(value):
    """JSON has no NaN: the page reads null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_shard(folder, name, record):
    """Write `data/<name>.js`, which calls `explorer.receive(name, record)`.

    Parameters
    ----------
    folder : Path
        Of the explorer.
    name : str
        May hold slashes.
    record : dict
        JSON-ready but for NaN and arrays of numpy.
    """
    path = Path(folder, "data", f"{name}.js")
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(plain(record), separators=(",", ":"), allow_nan=False)
    path.write_text(f"explorer.receive({json.dumps(name)},{text});\n")
