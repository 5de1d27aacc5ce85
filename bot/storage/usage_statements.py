"""The SQL of usage: what is settled, the sums of it, and what is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from connectors.database.prepared import Prepared

if TYPE_CHECKING:
    from sqlalchemy import TextClause

EVERYWHERE: Final = -1  # the server of the sums over all servers
NOBODY: Final = 0  # the person of what the bot asks by itself, and of whoever is forgotten
COUNTS: Final = (
    *("questions", "input_tokens", "cached_tokens", "output_tokens"),
    *("cost", "estimated", "unpriced"),
)

# Of PostgreSQL: only one transaction counts at a time.
LOCK: Final = text("SELECT pg_advisory_xact_lock(6382965, 0)")
LOCK_SCOPE: Final = Prepared("SELECT pg_advisory_xact_lock(6382966, hashint8(:key))")
_COLUMNS: Final = ", ".join(COUNTS)
_VALUES: Final = ", ".join(f":{name}" for name in COUNTS)
SETTLE: Final = Prepared(f"""
INSERT INTO usage_entries (id, part, job_id, guild_id, user_id, created_at, settled_at, counted,
    day, utc_day, provider, model, {_COLUMNS})
VALUES (:id, 0, :job_id, :guild_id, :user_id, :now, :now, 0, :day, :utc_day, :provider, :model,
    {_VALUES})
ON CONFLICT (id, part) DO UPDATE SET settled_at = excluded.settled_at, day = excluded.day,
    utc_day = excluded.utc_day, provider = excluded.provider, model = excluded.model,
    {", ".join(f"{name} = excluded.{name}" for name in COUNTS)}
WHERE usage_entries.settled_at IS NULL
""")  # noqa: S608
# Whose it is stands in the first part: that person may be forgotten by now.
SETTLE_MORE: Final = text(f"""
INSERT INTO usage_entries (id, part, job_id, guild_id, user_id, created_at, settled_at, counted,
    day, utc_day, provider, model, {_COLUMNS})
SELECT id, :part, job_id, guild_id, user_id, created_at, :now, 0, :day, :utc_day, :provider,
    :model, {_VALUES}
FROM usage_entries WHERE id = :id AND part = 0
""")  # noqa: S608
# Reserved is what has no time of settling, and no day yet.
RESERVE: Final = Prepared(f"""
INSERT INTO usage_entries (id, part, job_id, guild_id, user_id, created_at, counted, day, utc_day,
    provider, model, {_COLUMNS})
VALUES (:id, 0, :job_id, :guild_id, :user_id, :now, 0, 0, 0, :provider, :model, {_VALUES})
""")  # noqa: S608
NOTE: Final = text("""
INSERT INTO usage_notices (guild_id, user_id, name, day)
VALUES (:guild_id, :user_id, :name, :day) ON CONFLICT DO NOTHING
""")
IS_NOTED: Final = text("""
SELECT 1 FROM usage_notices
WHERE guild_id = :guild_id AND user_id = :user_id AND name = :name AND day = :day
""")
RELEASE: Final = text("DELETE FROM usage_entries WHERE id = :id AND settled_at IS NULL")

# What is being counted is marked with 2: others may add entries meanwhile.
MARK: Final = text("""
UPDATE usage_entries SET counted = 2 WHERE (id, part) IN (
    SELECT id, part FROM usage_entries WHERE counted = 0 AND settled_at IS NOT NULL LIMIT :most)
""")


def _add_up(
    table: str,
    keys: str,
    *,
    values: str = "",
    source: str = "usage_entries",
    where: str = "counted = 2",
) -> TextClause:
    """Return the statement that adds sums to a table; ``values`` are its keys in the source."""
    values = values or keys
    sums = ", ".join(f"CAST(SUM({name}) AS BIGINT)" for name in COUNTS)
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in COUNTS)
    return text(f"""
INSERT INTO {table} ({keys}, {_COLUMNS}) SELECT {values}, {sums} FROM {source} WHERE {where}
GROUP BY {values} ON CONFLICT ({keys}) DO UPDATE SET {added}
""")  # noqa: S608


_OF_MODEL: Final = "day, provider, model"
# Casts, since a database takes a plain number for the place of a column.
_EVERYWHERE: Final = f"CAST({EVERYWHERE} AS BIGINT)"
_NOBODY: Final = f"CAST({NOBODY} AS BIGINT)"
_OF_PERSON: Final = "user_id = :user_id AND guild_id = COALESCE(:guild_id, guild_id)"
COUNT: Final = (
    _add_up("usage_days", f"guild_id, user_id, {_OF_MODEL}"),
    _add_up(
        "usage_months",
        "guild_id, month, user_id",
        values="guild_id, day / 100, user_id",
    ),
    _add_up("usage_totals", f"guild_id, {_OF_MODEL}"),
    _add_up(
        "usage_totals",
        f"guild_id, {_OF_MODEL}",
        values=f"{_EVERYWHERE}, utc_day, provider, model",
    ),
    text("UPDATE usage_entries SET counted = 1 WHERE counted = 2"),
)
FORGET: Final = (
    _add_up(
        "usage_days",
        f"guild_id, user_id, {_OF_MODEL}",
        values=f"guild_id, {_NOBODY}, {_OF_MODEL}",
        source="usage_days",
        where=_OF_PERSON,
    ),
    _add_up(
        "usage_months",
        "guild_id, month, user_id",
        values=f"guild_id, month, {_NOBODY}",
        source="usage_months",
        where=_OF_PERSON,
    ),
    text(f"UPDATE usage_entries SET user_id = {NOBODY} WHERE {_OF_PERSON}"),  # noqa: S608
    text(f"DELETE FROM usage_days WHERE {_OF_PERSON}"),  # noqa: S608
    text(f"DELETE FROM usage_months WHERE {_OF_PERSON}"),  # noqa: S608
    text(f"DELETE FROM usage_notices WHERE {_OF_PERSON}"),  # noqa: S608
)
FORGET_SERVER: Final = (
    text("DELETE FROM usage_days WHERE guild_id = :guild_id"),
    text("DELETE FROM usage_months WHERE guild_id = :guild_id"),
    text("DELETE FROM usage_totals WHERE guild_id = :guild_id"),
    text("DELETE FROM usage_notices WHERE guild_id = :guild_id"),
    # The others belong to answers that are being written.
    text("DELETE FROM usage_entries WHERE guild_id = :guild_id AND counted = 1"),
)
# What is reserved for an answer that nobody writes any more has probably been used.
ABANDONED: Final = text("""
UPDATE usage_entries SET settled_at = :now, day = :day, utc_day = :day, estimated = 1
WHERE (id, part) IN (SELECT id, part FROM usage_entries
    WHERE counted = 0 AND settled_at IS NULL AND created_at NOT BETWEEN :since AND :until
    AND NOT EXISTS (SELECT 1 FROM jobs
        WHERE jobs.id = usage_entries.job_id AND jobs.state IN ('active', 'running'))
    LIMIT :most)
""")


def _purge(table: str, *keys: str, until: str) -> TextClause:
    """Return the statement that deletes a part of what is old; the first two keys are an index.

    That index is read server by server: it has none of what is young.
    """
    of_one = f"SELECT MIN(guild_id) FROM {table}"  # noqa: S608
    return text(f"""
DELETE FROM {table} WHERE ({", ".join(keys)}) IN (
    WITH RECURSIVE servers (id) AS ({of_one} UNION ALL
        SELECT ({of_one} WHERE guild_id > servers.id) FROM servers WHERE servers.id IS NOT NULL)
    SELECT {", ".join(keys)} FROM servers JOIN {table} ON {keys[0]} = servers.id
    WHERE {keys[1]} < {until} LIMIT :most)
""")  # noqa: S608


PURGE: Final = (
    text("""
DELETE FROM usage_entries WHERE (id, part) IN (SELECT id, part FROM usage_entries
    WHERE counted = 1 AND created_at < :over AND NOT EXISTS (SELECT 1 FROM jobs
        WHERE jobs.id = usage_entries.job_id AND jobs.state <> 'settled')
    LIMIT :most)
"""),
    _purge("usage_days", "guild_id", "day", "user_id", "provider", "model", until=":day"),
    _purge("usage_totals", "guild_id", "day", "provider", "model", until=":day"),
    _purge("usage_months", "guild_id", "month", "user_id", until=":day / 100"),
    text("""
DELETE FROM usage_notices WHERE (guild_id, user_id, name, day) IN (
    SELECT guild_id, user_id, name, day FROM usage_notices WHERE day < :noticed LIMIT :most)
"""),
)
