"""The time for which conversations are remembered: the operator's, or a server's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, bindparam, cast, delete, or_, select, union_all

from bot.storage.erasure_of_jobs import SAID
from bot.storage.holdings import OptOut
from connectors.database.schema import (
    erasures,
    jobs,
    opt_outs,
    server_rules,
    summaries,
    turn_messages,
    turns,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

RULE: Final = "retention_days"
_DAY_US: Final = 86_400_000_000
_NOW: Final = bindparam("now", type_=BigInteger)
_UNTIL: Final = bindparam("until", type_=BigInteger)

_IS_RULE: Final = (server_rules.c.name == RULE) & server_rules.c.value.is_not(None)
_SERVERS: Final = select(server_rules.c.guild_id).where(_IS_RULE)


def _is_older(moment: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether something is older than its server wants."""
    return moment <= _NOW - cast(server_rules.c.value, BigInteger) * _DAY_US


_OLD: Final = union_all(
    select(turns.c.id)
    .where(turns.c.created_at <= _UNTIL)
    .where(or_(turns.c.guild_id.is_(None), turns.c.guild_id.not_in(_SERVERS))),
    select(turns.c.id)
    .join(server_rules, server_rules.c.guild_id == turns.c.guild_id)
    .where(_IS_RULE, _is_older(turns.c.created_at)),
)
# The rows of answers hold questions, too.
_OLD_ANSWERS: Final = (
    select(jobs.c.id)
    .join(server_rules, server_rules.c.guild_id == jobs.c.guild_id)
    .where(jobs.c.guild_id.in_(_SERVERS))  # or SQLite reads every job, and asks for its server
    .where(_IS_RULE, _is_older(jobs.c.visible_at))
    .where(jobs.c.kind.in_(SAID), jobs.c.state.in_(["settled", "parked"]))
)
_OPTED_OUT: Final = select(opt_outs.c.user_id).where(opt_outs.c.name == OptOut.HISTORY.value)
_UNWANTED_ANSWERS: Final = (
    select(jobs.c.id)
    .where(jobs.c.owner_id.in_(_OPTED_OUT))
    .where(jobs.c.kind.in_(SAID), jobs.c.state.in_(["settled", "parked"]))
)
# So many turns and so many answers go in one transaction: others wait for a moment only.
SLICE: Final = 200
_IDS: Final[Any] = bindparam("ids", expanding=True)
_TURNS: Final = (
    delete(summaries).where(summaries.c.turn_id.in_(_IDS)),
    delete(turn_messages).where(turn_messages.c.turn_id.in_(_IDS)),
    delete(turns).where(turns.c.id.in_(_IDS)),
)
_PURGE: Final = (
    (_OLD.limit(SLICE), _TURNS),
    (_OLD_ANSWERS.limit(SLICE), (delete(jobs).where(jobs.c.id.in_(_IDS)),)),
    (_UNWANTED_ANSWERS.limit(SLICE), (delete(jobs).where(jobs.c.id.in_(_IDS)),)),
)
_ERASURES: Final = delete(erasures).where(erasures.c.erased_at <= _UNTIL)


def purge(connection: Connection, now_us: int, until_us: int) -> bool:
    """Delete turns up to a moment; where a server has a rule, some of those that it calls old.

    Return whether any were deleted: then there may be more.
    """
    asked, has_deleted = {"now": now_us, "until": until_us}, False
    for found, deletions in _PURGE:
        if ids := connection.execute(found, asked).scalars().all():
            has_deleted = True
            for deletion in deletions:
                connection.execute(deletion, {"ids": ids})
    connection.execute(_ERASURES, asked)
    return has_deleted
