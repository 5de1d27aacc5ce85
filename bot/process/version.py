"""The version of Abi that runs."""

import tomllib
from pathlib import Path
from typing import Final

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def read(path: Path = _PROJECT) -> str:
    """Return the version that a project's file names, or ``unknown``."""
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unknown"


VERSION: Final = read()
