"""Removal of what was deleted from the files of SQLite."""

import sqlite3


def erase(raw: sqlite3.Connection, *, rewrites: bool) -> None:
    """Empty the log, which holds pages as they were; if it ``rewrites``, write the file anew.

    Although ``secure_delete`` overwrites deleted content, copies of it stay in the unused parts of
    pages between which SQLite has moved rows. Raises sqlite3.Error while the file is in use.
    """
    if rewrites:
        raw.execute("VACUUM")
    is_busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        error = sqlite3.OperationalError("the log is still being read")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error
