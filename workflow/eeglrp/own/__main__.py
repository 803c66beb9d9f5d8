"""From a BIDS folder to a configuration, and what a configuration will read.

Write one, then look again after every change::

    python -m eeglrp.own FOLDER --out my-study.yaml
    python -m eeglrp.own --check my-study.yaml --data-root /data
"""

import argparse
import re
import sys
from pathlib import Path

from eeglrp.errors import InputError


def write(folder, out):
    """Write the configuration of a folder, never over another file.

    Raises
    ------
    InputError
        If the file exists, or the folder cannot be read.
    """
    from eeglrp.files import atomic
    from eeglrp.own.write import configuration

    out = Path(out)
    _refuse_existing(out)
    text = configuration(folder)
    _refuse_existing(out)
    with atomic(out) as temporary:
        temporary.write_text(text)


def _refuse_existing(out):
    if out.exists():
        problem = "exists, and may hold changes of yours"
        raise InputError(out, "--out", problem, "name another file with --out")


def check(files, data_root=None):
    """Lines of the page of a configuration, and how many faults stop it.

    Raises
    ------
    InputError
        If the configuration itself is wrong.
    """
    from eeglrp.own.page import page
    from eeglrp.plan.planned import read_config

    config = _read(files, read_config)
    if data_root is not None:
        config["data_root"] = data_root
    return page(config)


def _read(files, read_config):
    from snakemake.exceptions import WorkflowError

    try:
        return read_config(files)
    except WorkflowError as error:
        raise _schema_fault(files[0], str(error)) from error


def _schema_fault(file, message):
    """What the schema found wrong, without the schema, which makes thousands of lines."""
    lines = [line for line in message.splitlines() if line.strip()]
    places = re.findall(r"^On instance(.*):$", message, re.MULTILINE)
    keys = re.findall(r"\['?([^'\]]+)'?\]", places[-1]) if places else []
    field = ".".join(keys) or "configuration"
    problem = lines[min(1, len(lines) - 1)].partition(": ")[2]
    remedy = "see the configuration's reference"
    return InputError(file, field, problem, remedy)


def main(given=None):
    """Write a configuration, and print its page; or print the page alone.

    Returns
    -------
    int
        1 if something stops the study.
    """
    parser = argparse.ArgumentParser(
        "python -m eeglrp.own", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("folder", nargs="?", help="a BIDS dataset")
    parser.add_argument("--out", default="my-study.yaml")
    parser.add_argument("--check", nargs="+", metavar="FILE", default=[])
    parser.add_argument("--data-root", help="in place of the file's data_root")
    options = parser.parse_args(given)
    if bool(options.folder) == bool(options.check):
        parser.error("name a folder, or --check and configuration files")
    if options.folder:
        write(options.folder, options.out)
        print(f"{options.out} is written.\n")
    lines, n_faults = check(options.check or [options.out], options.data_root)
    print("\n".join(lines))
    files = " ".join(options.check or [options.out])
    if n_faults:
        print(f"\n{n_faults} faults stop this study.")
        return 1
    print(f"\nNothing stops it: snakemake --cores 2 --configfile {files}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InputError as error:
        sys.exit(f"Error: {error}")
