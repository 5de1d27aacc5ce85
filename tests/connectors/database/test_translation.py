import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from connectors.database import DatabaseUnavailable, InvalidValue, NewerDatabase
from connectors.database.errors import Trouble
from connectors.database.translation import is_passing, is_worn_out, translated

SECRET = "INSERT 'private'"


def seen(error: Exception) -> Exception:
    return translated(error, lambda _error: Trouble("it is away"))


@pytest.mark.parametrize(
    "error",
    [
        DBAPIError(SECRET, {"x": SECRET}, psycopg.errors.DiskFull(SECRET)),
        psycopg.errors.AdminShutdown(SECRET),
        psycopg.OperationalError(SECRET),
        sqlite3.OperationalError(SECRET),
        OSError(SECRET),
    ],
)
def test_an_error_of_any_driver_is_ours_and_quotes_nothing(error: Exception) -> None:
    found = seen(error)
    assert isinstance(found, DatabaseUnavailable)
    assert str(found) == "the database cannot be used (it is away)"


@pytest.mark.parametrize(
    "error",
    [
        DBAPIError(SECRET, {}, psycopg.errors.StringDataRightTruncation(SECRET)),
        DBAPIError(SECRET, {}, psycopg.DataError("PostgreSQL text fields cannot contain NUL")),
    ],
)
def test_a_value_that_cannot_be_stored_is_no_fault_of_the_database(error: Exception) -> None:
    found = seen(error)
    assert isinstance(found, InvalidValue)
    assert "INSERT" not in str(found)


@pytest.mark.parametrize("error", [ZeroDivisionError(), NewerDatabase()])
def test_another_error_stays_what_it_is(error: Exception) -> None:
    assert seen(error) is error


def test_a_deadlock_passes_and_a_standby_wants_another_session() -> None:
    deadlock, standby = psycopg.errors.DeadlockDetected(), psycopg.errors.ReadOnlySqlTransaction()
    assert (is_passing(deadlock), is_passing(standby)) == (True, False)
    assert (is_worn_out(deadlock), is_worn_out(standby)) == (False, True)
