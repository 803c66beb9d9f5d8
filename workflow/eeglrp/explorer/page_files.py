"""The page's own files, which lie beside this module."""

import hashlib
from pathlib import Path

PAGE = Path(__file__).with_name("page")


def page_hash():
    """Hash of the page's files, so that a change of theirs writes the explorer again."""
    digest = hashlib.sha256()
    for file in sorted(PAGE.iterdir()):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
