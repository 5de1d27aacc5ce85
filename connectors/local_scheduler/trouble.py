"""An error of the database -> what is wrong, in plain words, and what to do where waiting mends nothing."""

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FOLDER = "Let the bot's user write there, or set ABI_DATA_DIR to another folder"
_CREDENTIALS = "Correct them in DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong. ``mend`` is what a person must do; empty where it may pass by itself."""

    cause: str
    mend: str = ""

    @property
    def sentence(self) -> str:
        return f"The database cannot be used: {self.cause}. {self.mend}."


class NewerDatabase(Exception):
    """The tables were made by a newer version of this program."""


# SQLSTATE, or a part of libpq's text where a connection failed: that has no code. The first that fits counts.
_POSTGRES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), cause, mend)
    for pattern, cause, mend in (
        (
            r"28P01|password authentication failed|no password supplied|SASL authentication failed",
            "the server at {where} refused the user name or password",
            _CREDENTIALS,
        ),
        (
            r'role "[^"]*" does not exist',
            "the server at {where} does not know the user",
            _CREDENTIALS,
        ),
        (
            r"no pg_hba\.conf entry|28000",
            "the server at {where} does not let this user in from here",
            "Add sslmode=require to DATABASE_URL, or allow the user in the server's pg_hba.conf",
        ),
        (
            r'3D000|database "[^"]*" does not exist',
            "the server at {where} has no such database",
            "Create it, or correct its name in DATABASE_URL",
        ),
        (
            r"server does not support SSL",
            "the server at {where} speaks no TLS, which DATABASE_URL asks for",
            "Set sslmode=prefer in it",
        ),
        (
            r"certificate",
            "the certificate of the server at {where} was refused, or the file to check it with is missing",
            "Correct sslmode and sslrootcert in DATABASE_URL",
        ),
        (
            r"unsupported startup parameter|invalid connection option|invalid \S+ value",
            "the server at {where} does not take an option of DATABASE_URL",
            "Remove the option",
        ),
        (
            r"42501|permission denied for",
            "the user may not make tables there",
            "Grant CREATE on the schema to the user of DATABASE_URL",
        ),
        (
            r"3F000|no schema has been selected",
            "the schema that DATABASE_URL names does not exist",
            "Create it, or correct its name",
        ),
        (
            r"25006|read-only|session is not",
            "the server at {where} is read-only, as a standby is",
            "",
        ),
        (r"57P03|starting up|not yet accepting", "the server at {where} is starting up", ""),
        (r"57P01|57P02|shutting down|terminating", "the server at {where} is shutting down", ""),
        (
            r"53300|too many (?:clients|connections)|connection slots|max client",
            "the server at {where} takes no more connections",
            "",
        ),
        (r"53100|no space left", "the disk of the server at {where} is full", ""),
        (r"connection refused", "connection refused at {where}", ""),
        (
            r"resolve host|translate host name|name or service not known|getaddrinfo",
            "the host name of {where} was not found",
            "",
        ),
        (r"timeout|timed out", "{where} did not answer in time", ""),
        (r"no route|unreachable", "there is no way to {where}", ""),
        (r"no such file or directory", "nothing listens at {where}", ""),
    )
)


def of_postgres(error: BaseException, where: str) -> Trouble:
    """Return what an error of psycopg means."""
    code = getattr(error, "sqlstate", None)
    # Where there is a code, the text may quote what was to be stored.
    return (
        of_code(code, where)
        if code
        else _first(str(error), where) or Trouble(f"the connection to {where} was lost")
    )


def of_code(sqlstate: str, where: str) -> Trouble:
    """Return what an error of PostgreSQL means by its code."""
    return _first(sqlstate, where) or Trouble(f"SQLSTATE {sqlstate}")


def _first(said: str, where: str) -> Trouble | None:
    for pattern, cause, mend in _POSTGRES:
        if pattern.search(said):
            return Trouble(cause.format(where=where), mend)
    return None


def of_sqlite(error: BaseException, path: Path) -> Trouble:
    """Return what an error of SQLite or of the file system means."""
    if isinstance(error, OSError):
        return Trouble(f"the folder {path.parent} cannot be made: {error.strerror}", _FOLDER)
    # Without the finer part of the code, which stands in the bytes above.
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if path.is_dir():
        return Trouble(f"{path} is a folder, where the file should be", "Move it away")
    match code:
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return Trouble(f"{path} can be neither opened nor made", _FOLDER)
        case sqlite3.SQLITE_READONLY:
            return Trouble(f"{path} or its folder is read-only", _FOLDER)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return Trouble(f"{path} is damaged, or no database", "Put a copy back, or move it away")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Trouble(f"{path} is locked by another process")
        case sqlite3.SQLITE_FULL:
            return Trouble(f"the disk with {path} is full")
    return Trouble(f"reading or writing {path} failed")


def is_read_only(error: BaseException | None) -> bool:
    """Return whether a session cannot write, though another one may."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return getattr(error, "sqlstate", None) == "25006" or code & 0xFF == sqlite3.SQLITE_READONLY


def of_newer(place: str) -> Trouble:
    """Return what it means that the tables are newer than the program."""
    return Trouble(
        f"{place} was written by a newer version of Abi",
        "Install that version again, or put back a copy from before",
    )
