"""The database's variables."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from connectors.database.address import Address, AddressError, File, parse
from connectors.database.persistence import loss
from connectors.shared import ApiRequestFailed, env_value, first_env_set

PROVIDER = "local_scheduler"
URL_ENV = ("ABI_DATABASE_URL", "DATABASE_URL")
DATA_DIR_ENV = "ABI_DATA_DIR"


class Config(msgspec.Struct, frozen=True):
    """A PostgreSQL server, or a SQLite file in ``data_dir`` if there is no address.

    ``is_lasting`` is False if the file is gone after a restart; ``loss`` then says why, and what to
    do. ``url_env`` is the variable to name if the address is wrong.
    """

    data_dir: Path = Path("data")
    database_url: str | None = None
    is_lasting: bool = True
    loss: str | None = None
    url_env: str = URL_ENV[-1]

    def __repr__(self) -> str:
        # The address contains a password.
        return f"{type(self).__name__}(data_dir={self.data_dir!r}, is_lasting={self.is_lasting})"

    @property
    def address(self) -> Address | File:
        if self.database_url is None:
            return File(str(self.data_dir / "abi.db"))
        return parse(self.database_url)

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None for a PostgreSQL server and for a database in memory."""
        address = self.address
        return Path(address.path) if isinstance(address, File) and address.path else None


def load_from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration. Raises ApiRequestFailed, which names the variable."""
    name = first_env_set(URL_ENV, environ) or URL_ENV[-1]
    database_url = env_value(name, environ) or None
    try:
        address = parse(database_url) if database_url else None
    except AddressError as error:
        summary = f"{name} {error}"
        raise ApiRequestFailed(PROVIDER, reason="bad_request", summary=summary) from None
    data_dir = Path(env_value(DATA_DIR_ENV, environ) or "data")
    config = Config(data_dir, database_url, url_env=name)
    if isinstance(address, Address):
        return config
    lost = loss(config.file, environ, variable=name)
    return replace(config, is_lasting=lost is None, loss=lost)


def try_load(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration as ``load_from_env`` does: there is always the SQLite file."""
    return load_from_env(environ)


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the address, if there is one, can be read."""
    try:
        load_from_env(environ)
    except ApiRequestFailed:
        return False
    return True
