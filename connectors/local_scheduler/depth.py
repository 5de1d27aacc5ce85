"""The numbers of jobs in the ledger, for whoever watches it."""

from datetime import timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, bindparam, case, func, select

from connectors.database.config import Config
from connectors.database.schema import jobs
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import State
from connectors.local_scheduler.statements import WAITING_KINDS, WAITS, us

# Nothing is counted further: it is asked for several times a minute, whatever the table holds.
MOST: Final = 100_000
# A running job becomes visible at the end of its lease, which is not longer.
_LEASE: Final = timedelta(minutes=1)


class Depth(msgspec.Struct, frozen=True):
    """The jobs of one kind that run or wait, and those that wait although they are due.

    Each number is MOST at most.
    """

    kind: str
    running: int
    waiting: int
    due: int
    oldest_due_s: float  # how long the first of them has been due


def depth(connection: Connection, config: Config) -> list[Depth]:
    """Return the depth of each kind that has unsettled jobs."""
    asked = _depth(dialect_for(config.address).now())
    kinds = list(connection.execute(WAITING_KINDS).scalars())
    return [_of_kind(kind, connection.execute(asked, {"b_kind": kind}).one()) for kind in kinds]


def _of_kind(kind: str, row: Any) -> Depth:
    all_of_it, running, due, overdue_us = (int(value or 0) for value in row)
    return Depth(kind, running, all_of_it - running, due, overdue_us / 1e6)


def _depth(now: ColumnElement[int]) -> Select[Any]:
    is_of_kind = jobs.c.kind == bindparam("b_kind")
    everything = select(jobs.c.visible_at).where(WAITS, is_of_kind).limit(MOST).subquery()
    soon = (
        select(jobs.c.state, (now - jobs.c.visible_at).label("overdue"))
        .where(WAITS, is_of_kind, jobs.c.visible_at <= now + us(_LEASE))
        .order_by(jobs.c.visible_at)
        .limit(MOST)
        .subquery()
    )
    is_waiting = soon.c.state == State.ACTIVE.value
    is_due = is_waiting & (soon.c.overdue >= 0)
    return select(
        select(func.count()).select_from(everything).scalar_subquery(),
        _count(~is_waiting),
        _count(is_due),
        func.max(case((is_due, soon.c.overdue), else_=0), type_=BigInteger),
    ).select_from(soon)


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
