"""Errors of the database: what is wrong in plain words, and how to fix it if waiting does not."""

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from connectors.shared import ConnectorError

_FOLDER = "Make it writable for the user that runs the bot, or set ABI_DATA_DIR to another folder"
_CREDENTIALS = "Correct them in {variable}"
# Names that people chose say nothing about what is wrong.
_NAMES = re.compile(r"""\"[^\"]*\"|\bhost '[^']*'""")


class Trouble(msgspec.Struct, frozen=True):
    """A database fault. ``remedy`` is what a person must do; it is empty if waiting may help.

    ``is_away`` is True if the server, or the way to it, is missing.
    """

    cause: str
    remedy: str = ""
    is_away: bool = False

    @property
    def sentence(self) -> str:
        """Return the sentences for the person who has to fix it."""
        return f"The database cannot be used: {self.cause}. {self.remedy}."

    @property
    def summary(self) -> str:
        """Return the log line of a retry, without a full stop."""
        what = "does not answer" if self.is_away else "cannot be used"
        return f"the database {what} ({self.cause})" + (f". {self.remedy}" if self.remedy else "")


class DatabaseUnavailable(ConnectorError):
    """The database cannot be used or does not answer. Nothing has changed in it.

    If ``is_doubtful``, it may have changed: the connection was lost during the commit, and a new
    one could not be had to find out.
    """

    default_reason = "unavailable"

    def __init__(self, summary: str | None = None, *, is_doubtful: bool = False) -> None:
        super().__init__("database", summary=summary)
        self.is_doubtful = is_doubtful

    def text(self) -> str:
        """Return the summary alone: it names the database itself."""
        return self.summary


class NewerDatabase(DatabaseUnavailable):
    """The database was made by a newer version of this program. Waiting does not help."""

    def __init__(self, place: str = "the database") -> None:
        self.trouble = of_newer(place)
        super().__init__(self.trouble.summary)


# The SQLSTATE, or part of libpq's text if a connection failed, which has no code. The first match
# counts.
_REFUSED: Final = (
    (
        r"28P01|password authentication failed|no password supplied|SASL authentication failed",
        "the server at {where} refused the user name or password",
        _CREDENTIALS,
    ),
    (r'role "[^"]*" does not exist', "the server at {where} has no such user", _CREDENTIALS),
    (
        r"no pg_hba\.conf entry|28000",
        "the server at {where} does not accept this user from this host",
        "Add sslmode=require to {variable}, or allow the user in the server's pg_hba.conf",
    ),
    (
        r'3D000|database "[^"]*" does not exist',
        "the server at {where} has no such database",
        "Create it, or correct its name in {variable}",
    ),
    (
        r"server does not support SSL",
        "the server at {where} does not support TLS, which {variable} requires",
        "Set sslmode=prefer in {variable}",
    ),
    (
        r"certificate",
        "the certificate of the server at {where} was refused, or the file to verify it is missing",
        "Correct sslmode and sslrootcert in {variable}",
    ),
    (
        r"unsupported startup parameter|invalid connection option|invalid \S+ value"
        r"|definition of service|service file|parse network address",
        "the server at {where} does not accept an option in {variable}",
        "Remove the option",
    ),
    (
        r"permission denied for database",
        "the server at {where} does not let this user connect to the database",
        "Grant CONNECT on it to the user of {variable}",
    ),
    (
        r"42501|permission denied for",
        "the user may not create tables there",
        "Grant CREATE on the schema to the user of {variable}",
    ),
    (
        r"3F000|no schema has been selected",
        "the schema that {variable} names does not exist",
        "Create it, or correct its name",
    ),
)
_CANNOT_WRITE: Final = (
    (r"25006|read-only|session is not", "the server at {where} is read-only, as a standby is"),
    (r"53100|no space left", "the disk of the server at {where} is full"),
)
_AWAY: Final = (
    (r"57P03|starting up|not yet accepting", "the server at {where} is starting up"),
    (r"57P01|57P02|shutting down|terminating", "the server at {where} is shutting down"),
    (
        r"53300|too many (?:clients|connections)|connection slots|max client",
        "the server at {where} accepts no more connections",
    ),
    (r"connection refused", "connection refused at {where}"),
    (
        r"resolve host|translate host name|name or service not known|getaddrinfo",
        "the host name of {where} was not found",
    ),
    (r"55P03|57014|timeout|timed out", "{where} did not answer in time"),
    (r"no route|unreachable", "there is no route to {where}"),
    (r"no such file or directory", "nothing is listening at {where}"),
)
_POSTGRES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), trouble)
    for pattern, trouble in (
        *((pattern, Trouble(cause, remedy)) for pattern, cause, remedy in _REFUSED),
        *((pattern, Trouble(cause)) for pattern, cause in _CANNOT_WRITE),
        *((pattern, Trouble(cause, is_away=True)) for pattern, cause in _AWAY),
    )
)
_LOST: Final = Trouble("the connection to {where} was lost", is_away=True)
_NOT_LET_IN: Final = Trouble(
    "the server at {where} refused the user name, the password or the database", _CREDENTIALS
)
_BUSY: Final = Trouble("the server at {where} accepts no connections right now", is_away=True)


def of_postgres(error: BaseException, where: str, variable: str = "DATABASE_URL") -> Trouble:
    """Return what an error of psycopg means; ``variable`` is the one that holds the address."""
    code = getattr(error, "sqlstate", None)
    if code:  # the text may quote the values of a row
        return of_code(code, where, variable)
    found = _first(_NAMES.sub('""', str(error)), _POSTGRES) or _of_other_words(error)
    return _filled(found, where, variable)


def of_code(sqlstate: str, where: str, variable: str = "DATABASE_URL") -> Trouble:
    """Return what an error code of PostgreSQL means."""
    found = _first(sqlstate, _POSTGRES) or Trouble(f"SQLSTATE {sqlstate}")
    return _filled(found, where, variable)


def _of_other_words(error: BaseException) -> Trouble:
    """Return why a connection failed if its text is unknown: servers write in their own language.

    Their texts, unlike libpq's, have two spaces after the severity; the names in them tell most.
    """
    _, is_of_server, text = str(error).partition(":  ")
    if not is_of_server:
        return _LOST
    connection = getattr(error, "pgconn", None)
    names = [getattr(connection, name, None) or b"" for name in ("user", "db")]
    is_about_us = any(
        re.search(rf"(?<!\w){re.escape(name.decode(errors='replace'))}(?!\w)", text)
        for name in names
        if name
    )
    return _NOT_LET_IN if is_about_us else _BUSY


def _first(text: str, rows: Iterable[tuple[re.Pattern[str], Trouble]]) -> Trouble | None:
    return next((trouble for pattern, trouble in rows if pattern.search(text)), None)


def _filled(found: Trouble, where: str, variable: str) -> Trouble:
    cause, remedy = (
        text.replace("{where}", where).replace("{variable}", variable)
        for text in (found.cause, found.remedy)
    )
    return Trouble(cause, remedy, found.is_away)


def of_sqlite(error: BaseException, path: Path) -> Trouble:
    """Return what an error of SQLite or of the file system means."""
    if isinstance(error, OSError):
        return Trouble(f"the folder {path.parent} cannot be created: {error.strerror}", _FOLDER)
    # The low byte is the primary result code.
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if path.is_dir():
        return Trouble(f"{path} is a folder, but must be a file", "Move it away")
    match code:
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return Trouble(f"{path} cannot be opened or created", _FOLDER)
        case sqlite3.SQLITE_READONLY:
            return of_read_only(path)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return Trouble(
                f"{path} is damaged or not a database", "Restore a backup, or move it away"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Trouble(f"{path} is locked by another process")
        case sqlite3.SQLITE_FULL:
            return Trouble(f"the disk with {path} is full")
    return Trouble(f"{path} could not be read or written")


def of_read_only(path: Path) -> Trouble:
    """Return what is wrong if a file, or the folder for it, may not be written."""
    return Trouble(f"{path} or its folder is read-only", _FOLDER)


def of_newer(place: str) -> Trouble:
    """Return what is wrong if the tables are newer than the program."""
    return Trouble(
        f"{place} was written by a newer version of Abi",
        "Install that version again, or restore a backup from before the upgrade",
    )


def of_foreign(place: str) -> Trouble:
    """Return what is wrong if tables of the same names belong to another program."""
    return Trouble(
        f"{place} contains tables of another program",
        "Set DATABASE_URL or ABI_DATA_DIR to a database of Abi's own",
    )
