"""The next reminder or digest in the ledger of the sandbox's bot, whether the bot runs or not."""

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from bot.digests.job import KIND as DIGEST
from bot.reminders.job import KIND as REMINDER

_NEXT = """
SELECT kind, visible_at FROM jobs WHERE state = 'active' AND kind IN (?, ?)
ORDER BY visible_at LIMIT 1
"""


class Due(msgspec.Struct, frozen=True):
    """A job and its Unix time in seconds; ``what`` is the job's kind."""

    what: str
    at: float


def next_due(database: Path) -> Due | None:
    """Return the next job, or None if there is none or the file cannot be read at this moment."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute(_NEXT, (REMINDER, DIGEST)).fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else Due(found[0], found[1] / 1e6)
