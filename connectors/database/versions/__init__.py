"""The migrations, one file each. A new one also changes HEAD and the tables of ``schema``."""

from typing import Final

HEAD: Final = "0010"


def is_newer(version: str) -> bool:
    """Return whether a database of this version was made by a newer program."""
    return version > HEAD
