"""The numbers of jobs in the ledger, for whoever watches it."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, case, func, select

from connectors.database.config import Config
from connectors.database.schema import jobs
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import State
from connectors.local_scheduler.statements import WAITS


class Depth(msgspec.Struct, frozen=True):
    """The jobs of one kind that run or wait, and those that wait although they are due."""

    kind: str
    running: int
    waiting: int
    due: int
    oldest_due_s: float  # how long the first of them has been due


def depth(connection: Connection, config: Config) -> list[Depth]:
    """Return the depth of each kind that has unsettled jobs."""
    now = dialect_for(config.address).now()
    is_waiting = jobs.c.state == State.ACTIVE.value
    # A running job becomes visible at the end of its lease.
    is_due = is_waiting & (jobs.c.visible_at <= now)
    overdue = case((is_due, now - jobs.c.visible_at), else_=0)
    counted: list[Any] = [_count(~is_waiting), _count(is_waiting), _count(is_due)]
    asked = select(jobs.c.kind, *counted, func.max(overdue)).where(WAITS).group_by(jobs.c.kind)
    rows: Iterable[Any] = connection.execute(asked)
    return [
        Depth(kind, int(running), int(waiting), int(due), int(overdue_us) / 1e6)
        for kind, running, waiting, due, overdue_us in rows
    ]


def _count(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
