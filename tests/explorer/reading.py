"""Scripts of data read as the page reads them, written independently of the writer."""

import base64
import json
import zlib

import numpy as np


def shard(folder, name):
    text = (folder / "data" / f"{name}.js").read_text()
    start = f"explorer.receive({json.dumps(name)},"
    assert text.startswith(start)
    assert text.endswith(");\n")
    return json.loads(text[len(start) : -3])


def array(record):
    # 47: a gzip header, whatever the window.
    data = zlib.decompress(base64.b64decode(record["data"]), 47)
    kind = {"int8": "<i1", "float32": "<f4"}[record["dtype"]]
    values = np.frombuffer(data, kind).reshape(record["shape"])
    if "scale" not in record:
        return values
    scale = np.array(record["scale"])
    return values * scale.reshape(-1, *[1] * (values.ndim - 1))
