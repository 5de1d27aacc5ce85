"""The amount of data about a person, or for a server, and since when it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import bindparam, text

from bot.storage.erasure_of_jobs import REQUESTS, SAID
from bot.storage.holdings import Census, Counted, Extent

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause


ANSWERS: Final = [kind for kind in SAID if kind != "remark"]
_TURNS: Final = """
SELECT COUNT(*), MIN(created_at), MAX(created_at), COUNT(DISTINCT author_id) FROM turns
WHERE {of} = :subject_id AND id <= :until
"""
_TURNS_OF: Final = {
    False: text(_TURNS.format(of="author_id")),
    True: text(_TURNS.format(of="guild_id")),
}
_JOBS: Final = """
SELECT kind, COUNT(*) AS number, MIN(created_at) AS first_us, MAX(created_at) AS last_us FROM jobs
WHERE {of} = :subject_id AND created_at <= :until_us AND payload <> '{{}}' AND kind NOT IN :kinds
GROUP BY kind
"""
_JOBS_OF: Final = {
    is_server: text(_JOBS.format(of=of)).bindparams(bindparam("kinds", expanding=True))
    for is_server, of in ((False, "owner_id"), (True, "guild_id"))
}
_MODELS: Final = text("""
SELECT COUNT(*) FROM choices WHERE user_id = :subject_id
    OR (scope = 'server' AND place_id = :subject_id) OR (scope = 'channel' AND place_id IN :places)
""").bindparams(bindparam("places", expanding=True))
_PERSONAS: Final = text("""
SELECT COUNT(*) FROM personas WHERE guild_id = :subject_id
    OR (scope = 'conversation' AND place_id IN :places)
""").bindparams(bindparam("places", expanding=True))
_ZONE: Final = text("SELECT zone FROM zones WHERE user_id = :subject_id")
_RULES: Final = text("SELECT COUNT(*) FROM server_rules WHERE guild_id = :subject_id")


def count(connection: Connection, extent: Extent) -> Census:
    """Return how much is stored of what would be deleted."""
    values = msgspec.structs.asdict(extent)
    of = extent.is_server
    number, first, last, people = connection.execute(_TURNS_OF[of], values).one()
    jobs = _jobs(connection, _JOBS_OF[of], values)
    places = values | {"places": list(extent.places)}
    return Census(
        turns=Counted(number, first, last),
        answers=_sum(jobs, *ANSWERS),
        reminders=_sum(jobs, "reminder"),
        digests=_sum(jobs, "digest"),
        messages=_sum(jobs, *(jobs.keys() - {*ANSWERS, "reminder", "digest"})),
        models=connection.execute(_MODELS, places).scalar_one(),
        personas=connection.execute(_PERSONAS, places).scalar_one(),
        zone=connection.execute(_ZONE, values).scalar(),
        people=people,
        rules=connection.execute(_RULES, values).scalar_one(),
    )


def _jobs(
    connection: Connection, statement: TextClause, values: dict[str, object]
) -> dict[str, Counted]:
    rows = connection.execute(statement, values | {"kinds": list(REQUESTS)})
    return {row.kind: Counted(row.number, row.first_us, row.last_us) for row in rows}


def _sum(jobs: dict[str, Counted], *kinds: str) -> Counted:
    found = [jobs[kind] for kind in kinds if kind in jobs]
    first = min((c.first_us for c in found if c.first_us is not None), default=None)
    last = max((c.last_us for c in found if c.last_us is not None), default=None)
    return Counted(sum(c.number for c in found), first, last)
