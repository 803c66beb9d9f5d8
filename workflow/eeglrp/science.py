"""The hash of what a study found: equal for two runs, however long and wherever they ran.

python -m eeglrp.science FOLDER [OTHER]    hashes of a study, or what differs between two

Left out are run times (columns, rows and the pictures that show them), versions of packages, logs,
benchmarks, the report and the record of provenance. Everything else must agree to the last bit.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path

from eeglrp.errors import InputError
from eeglrp.files import read_json, sha256

FOLDERS = ("logs", "benchmarks")
FILES = ("report.html", "report-so-far.html", "provenance.json")
#: Columns and metrics of tables that measure the run, not the study.
COLUMNS = ("seconds", "device", "threads")
METRICS = ("seconds_per_window", "gradients")
#: Keys of JSON records and attributes of stores.
KEYS = ("versions",)
PICTURES = (".png", ".pdf")
_WINDOWS = 256


def science_hashes(folder):
    """Hash the science of every file that a study wrote.

    Parameters
    ----------
    folder : Path
        `results/<study>`.

    Returns
    -------
    dict of str to str
        Path below `folder` to hexadecimal SHA-256, sorted by path. Hidden files (checkpoints,
        unfinished ones) are not listed.

    Raises
    ------
    InputError
        If the folder is missing, or a store or record is damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        problem, remedy = "does not exist", "give the folder results/STUDY"
        raise InputError(folder, "folder", problem, remedy)
    files = {}
    for file in folder.rglob("*"):
        if _counts(file, folder):
            files[file.relative_to(folder).as_posix()] = file
    return {name: _hash(files[name]) for name in sorted(files)}


def differences(one, other):
    """Sentences on what differs between the hashes of two studies; none if nothing does."""
    both = [name for name in one if name in other]
    unequal = [name for name in both if one[name] != other[name]]
    in_first = [name for name in one if name not in other]
    in_second = [name for name in other if name not in one]
    return [
        *(f"only in the first: {name}" for name in in_first),
        *(f"only in the second: {name}" for name in in_second),
        *(f"differs: {name}" for name in unequal),
    ]


def _counts(file, folder):
    parts = file.relative_to(folder).parts
    if any(part.startswith(".") for part in parts):
        return False
    if parts[0] in FOLDERS or parts[-1] in FILES or not file.is_file():
        return False
    numbers = file.with_suffix(".tsv")
    is_drawn = file.suffix in PICTURES and numbers.is_file()
    return not (is_drawn and _is_timed(numbers))


def _hash(file):
    for ending, function in _KINDS.items():
        if file.name.endswith(ending):
            digest = hashlib.sha256()
            for part in function(file):
                digest.update(part)
            return digest.hexdigest()
    return sha256(file)


def _rows(file):
    with file.open(newline="", encoding="utf-8") as stream:
        yield from csv.reader(stream, delimiter="\t")


def _is_timed(file):
    """Whether a table, and so a picture of it, shows run times."""
    rows = _rows(file)
    header = next(rows, ())
    if not {*header}.isdisjoint(COLUMNS):
        return True
    return not all({*row}.isdisjoint(METRICS) for row in rows)


def _table(file):
    """Rows as text, without the columns and metrics of run time."""
    rows = _rows(file)
    header = next(rows, [])
    kept = [index for index, name in enumerate(header) if name not in COLUMNS]
    names = [header[index] for index in kept]
    yield json.dumps(names).encode()
    for row in rows:
        if {*row}.isdisjoint(METRICS):
            values = [row[index] for index in kept if index < len(row)]
            yield json.dumps(values).encode()


def _plain(record):
    """A JSON record, sorted, without what the machine decides."""
    kept = [key for key in record if key not in KEYS]
    values = {key: record[key] for key in kept}
    text = json.dumps(values, sort_keys=True)
    return text.encode()


def _record(file):
    record = read_json(file)
    if not isinstance(record, dict):
        record = {"": record}
    yield _plain(record)


def _store(file):
    """Attributes, and each variable: name, type, dimensions, attributes and values."""
    from eeglrp.store import open_dataset

    dataset = open_dataset(file)
    yield _plain(dataset.attrs)
    for name in sorted(dataset.variables):
        variable = dataset[name]
        head = [str(name), str(variable.dtype), variable.dims, variable.shape]
        yield json.dumps(head).encode() + _plain(variable.attrs)
        yield from _values(variable)


def _values(variable):
    """Bytes of an array; of windows, a fixed number at a time, whatever a chunk holds."""
    if variable.dims[-1:] != ("sample",):
        yield _bytes(variable.values)
        return
    for start in range(0, variable.shape[-1], _WINDOWS):
        block = variable[..., start : start + _WINDOWS]
        yield _bytes(block.values)


def _bytes(values):
    if values.dtype.kind == "O":
        return json.dumps(values.tolist()).encode()
    return values.tobytes()


def _tensors(file):
    """Metadata and every tensor, whatever their order in the file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "numpy") as tensors:
            yield _plain(tensors.metadata() or {})
            for name in sorted(tensors.keys()):
                tensor = tensors.get_tensor(name)
                head = [name, str(tensor.dtype), tensor.shape]
                yield json.dumps(head).encode()
                yield tensor.tobytes()
    except SafetensorError as error:
        problem, remedy = f"cannot be read ({error})", "delete it and rerun"
        raise InputError(file, "tensors", problem, remedy) from error


_KINDS = {
    ".zarr.zip": _store,
    ".tsv": _table,
    ".json": _record,
    ".safetensors": _tensors,
}


def main(arguments):
    """Print hashes or differences; the exit status is 1 if two studies differ."""
    if len(arguments) not in (1, 2):
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    hashes = [science_hashes(folder) for folder in arguments]
    first = hashes[0]
    if len(hashes) == 1:
        print("\n".join(f"{value}  {name}" for name, value in first.items()))
        return 0
    sentences = differences(*hashes)
    if sentences:
        print("\n".join(sentences))
        return 1
    print(f"the same science in {len(first)} files")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except InputError as error:
        sys.exit(f"Error: {error}")
