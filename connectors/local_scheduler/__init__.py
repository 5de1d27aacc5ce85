"""Where the bot keeps what it has promised: a PostgreSQL database, or a SQLite file in the data folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from connectors.shared import ApiRequestFailed, env_is_set

NAME: Final = "local_scheduler"
DATABASE_ENV: Final = "DATABASE_URL"
DATA_ENV: Final = "ABI_DATA_DIR"
DATA_DIR: Final = "data"
FILE_NAME: Final = "abi.sqlite3"


class Config(msgspec.Struct, frozen=True):
    """The database's URL, which may hold a password and is never printed, and the folder of the bot's files."""

    database_url: str
    data_dir: Path

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def __repr__(self) -> str:
        return f"Config({self.database_url.partition(':')[0]}:***, {str(self.data_dir)!r})"


def load_from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """Return where to keep jobs: DATABASE_URL if it is set, else a file in ABI_DATA_DIR.

    ``postgres://``, as hosts write it, is read as ``postgresql://``.
    Raises ApiRequestFailed, which does not quote it, for the URL of any other database.
    """
    data_dir = Path(environ[DATA_ENV].strip() if env_is_set(DATA_ENV, environ) else DATA_DIR)
    if not env_is_set(DATABASE_ENV, environ):
        return Config(f"sqlite:///{data_dir / FILE_NAME}", data_dir)
    url = re.sub(r"^postgres(?=[:+])", "postgresql", environ[DATABASE_ENV].strip())
    if not re.match(r"(postgresql|sqlite)(\+\w+)?://", url):
        summary = f"{DATABASE_ENV} must begin with postgresql:// or sqlite://"
        raise ApiRequestFailed(NAME, reason="bad_request", summary=summary)
    return Config(url, data_dir)


def try_load(environ: Mapping[str, str] = os.environ) -> Config | None:
    """Return the configuration; it needs no key, so there always is one."""
    return load_from_env(environ)


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether jobs can be kept: always, as a file needs nothing set. Asks no network."""
    return try_load(environ) is not None
