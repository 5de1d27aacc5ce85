"""The one place where errors of the drivers become ours: never a statement or its values."""

import sqlite3
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from connectors.database.errors import DatabaseUnavailable, Trouble
from connectors.database.values import InvalidValue

# postgresql.org/docs/current/errcodes-appendix.html: serialization_failure, deadlock_detected.
_PASSING = ("40001", "40P01")
# read_only_sql_transaction; what a session has prepared before a table was changed (0A000) or what
# it has lost; and what ends a session.
_WORN_OUT = (
    *("25006", "0A000", "26000", "42P05"),
    *("25P03", "57P01", "57P02", "57P03", "57P05"),
)
# What a new connection to the same file may not have.
_WORN_OUT_FILE = (
    *(sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT),
)


def translated(
    error: Exception, trouble: Callable[[BaseException], Trouble], *, is_doubtful: bool = False
) -> Exception:
    """Return what the caller of a database sees of an error; ``trouble`` tells what it means.

    An error that is no driver's is returned as it is.
    """
    driver = _of_driver(error)
    if isinstance(error, DatabaseUnavailable) or not _is_of_driver(driver):
        return error
    if _is_of_value(driver):
        return InvalidValue("a value cannot be stored")
    unavailable = DatabaseUnavailable(trouble(driver).summary, is_doubtful=is_doubtful)
    unavailable.__cause__ = error
    return unavailable


def is_passing(error: Exception) -> bool:
    """Return whether the same transaction may succeed at once: another one was in its way."""
    return getattr(_of_driver(error), "sqlstate", None) in _PASSING


def is_worn_out(error: Exception) -> bool:
    """Return whether this session will fail again, although a new one may not."""
    driver = _of_driver(error)
    code = getattr(driver, "sqlite_errorcode", None) or 0
    return getattr(driver, "sqlstate", None) in _WORN_OUT or code & 0xFF in _WORN_OUT_FILE


def _of_driver(error: Exception) -> BaseException:
    # Listeners of SQLAlchemy's events, as at BEGIN, raise the driver's own errors.
    return getattr(error, "orig", None) or error


def _is_of_driver(error: BaseException) -> bool:
    return isinstance(error, (SQLAlchemyError, sqlite3.Error, OSError)) or hasattr(
        error, "sqlstate"
    )


def _is_of_value(error: BaseException) -> bool:
    # psycopg refuses a null character itself, without a code.
    code = getattr(error, "sqlstate", None)
    return code.startswith("22") if code else type(error).__name__ == "DataError"
