"""Where the ledger is kept, as the environment says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connectors.shared import ApiRequestFailed, env_value, first_env_set

PROVIDER = "local_scheduler"
URL_ENV = ("ABI_DATABASE_URL", "DATABASE_URL")
DATA_DIR_ENV = "ABI_DATA_DIR"

# Heroku says postgres://
_SCHEMES = {"postgres", "postgresql", "postgresql+psycopg", "sqlite"}


@dataclass(frozen=True, slots=True)
class Config:
    """A PostgreSQL, or without an address a SQLite file in data_dir.

    ``is_lasting`` is False where the platform deletes that file at least daily: no promise can be kept there.
    """

    data_dir: Path = Path("data")
    database_url: str | None = field(default=None, repr=False)  # it holds a password
    is_lasting: bool = True


def load_from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration. Raises ApiRequestFailed for an address of neither database."""
    name = first_env_set(URL_ENV, environ)
    database_url = env_value(name, environ) if name else None
    if database_url and not _is_known(database_url):
        raise ApiRequestFailed(
            PROVIDER,
            reason="bad_request",
            summary=f"{name} is no address of a PostgreSQL; set it to postgresql://…",
        )
    data_dir = Path(env_value(DATA_DIR_ENV, environ) or "data")
    # devcenter.heroku.com/articles/dyno-restarts: local files are gone after each restart.
    is_lasting = database_url is not None or not env_value("DYNO", environ)
    return Config(data_dir, database_url, is_lasting)


def try_load(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration, as ``load_from_env`` does: without an address there is the SQLite file."""
    return load_from_env(environ)


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether there is a place for the ledger; without an address there is the SQLite file."""
    name = first_env_set(URL_ENV, environ)
    database_url = env_value(name, environ) if name else ""
    return not database_url or _is_known(database_url)


def _is_known(database_url: str) -> bool:
    scheme, separator, _ = database_url.partition("://")
    return bool(separator) and scheme.lower() in _SCHEMES
