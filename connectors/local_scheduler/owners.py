"""The SQL of people's own jobs: find, cancel, pause, resume, change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, select, true, update

from connectors.database.schema import jobs
from connectors.database.values import as_text, is_text
from connectors.local_scheduler.dialects import Dialect
from connectors.local_scheduler.job import Job, Limit, LimitReached, State, microseconds
from connectors.local_scheduler.rows import FRESH, job_of
from connectors.local_scheduler.statements import ACTIVE_UNLESS_PAUSED
from connectors.local_scheduler.tokens import forget_tokens

_IS_UNSETTLED = jobs.c.state != State.SETTLED.value
# A job can be paused while it runs; its holder then still has the lease.
_RUNNING_IF_HELD = case(
    (jobs.c.lease_by.is_not(None), State.RUNNING.value), else_=State.ACTIVE.value
)


class Owners:
    """The actions of people on their own jobs. The caller begins the transaction."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def get(self, connection: Connection, job_id: str) -> Job | None:
        """Return a job, settled ones included, or None if there is none."""
        if not is_text(job_id):  # typed by a person
            return None
        row = connection.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
        return job_of(row) if row else None

    def owned_by(self, connection: Connection, owner_id: int, kind: str | None) -> list[Job]:
        """Return a person's unsettled jobs, the next one first."""
        of_kind = true() if kind is None else jobs.c.kind == kind
        return _unsettled(connection, jobs.c.owner_id == owner_id, of_kind)

    def of_guild(self, connection: Connection, guild_id: int, kind: str) -> list[Job]:
        """Return the unsettled jobs of a guild, whoever owns them, the next one first."""
        return _unsettled(connection, jobs.c.guild_id == guild_id, jobs.c.kind == kind)

    def run_early(
        self, connection: Connection, job_id: str, owner_id: int, payload: str, next_run: datetime
    ) -> Job | None:
        """Make a job due at another time; None if it is not waiting for its first attempt."""
        is_untouched = jobs.c.lease_by.is_(None) & (jobs.c.attempts == 0) & (jobs.c.draft == "{}")
        can = (jobs.c.state == State.ACTIVE.value) & is_untouched
        values = _moved(next_run) | {"payload": payload}
        return self._change(connection, job_id, owner_id, values, can)

    def lock(self, connection: Connection, owner_id: int) -> None:
        """Keep other transactions that lock this person from beginning until this one ends."""
        self._dialect.lock(connection, owner_id)

    def ensure_room(self, connection: Connection, job: Job, limit: Limit) -> None:
        """Raise LimitReached if its owner may not have this job beside their others."""
        self.lock(connection, job.owner_id)
        others = select(func.count(), func.count(jobs.c.rule)).where(
            jobs.c.owner_id == job.owner_id,
            jobs.c.kind == job.kind,
            jobs.c.id != job.id,
            _IS_UNSETTLED,
        )
        found, recurring = connection.execute(others).one()
        if found >= limit.jobs:
            raise LimitReached(is_recurring=False)
        if job.rule is not None and recurring >= limit.recurring:
            raise LimitReached(is_recurring=True)

    def forget(self, connection: Connection, owner_id: int) -> list[str]:
        """Delete all of a person's jobs, settled ones included, and return their ids."""
        deleted = delete(jobs).where(jobs.c.owner_id == owner_id).returning(jobs.c.id)
        return list(connection.execute(deleted).scalars())

    def end(
        self,
        connection: Connection,
        job_id: str,
        owner_id: int,
        reason: str,
        *,
        erases: bool = False,
    ) -> bool:
        """Settle a job; if it ``erases``, also one that is settled, and only its id is left."""
        values = {
            "state": State.SETTLED.value,
            "reason": as_text(reason),
            "lease_by": None,
            "visible_at": self._dialect.now(),
        }
        values |= {"payload": "{}", "draft": "{}"} if erases else {}
        can = true() if erases else _IS_UNSETTLED
        done = self._change(connection, job_id, owner_id, values, can) is not None
        if done:
            forget_tokens(connection, [job_id])
        return done

    def pause(self, connection: Connection, job_id: str, owner_id: int) -> bool:
        """Pause a job; if it runs, it may end."""
        can = jobs.c.state.in_([State.ACTIVE.value, State.RUNNING.value])
        paused = self._change(connection, job_id, owner_id, {"state": State.PAUSED.value}, can)
        return paused is not None

    def resume(
        self, connection: Connection, job_id: str, owner_id: int, next_run: datetime | None
    ) -> Job | None:
        """Resume a paused or parked job, perhaps at another time; None if it is neither."""
        can = jobs.c.state.in_([State.PAUSED.value, State.PARKED.value])
        values: dict[str, Any] = {"state": _RUNNING_IF_HELD, "failures": 0, "reason": None}
        values["visible_at"] = case(
            (jobs.c.lease_by.is_not(None), jobs.c.visible_at), else_=jobs.c.next_run
        )
        if next_run is not None:
            values = _moved(next_run) | {"state": State.ACTIVE.value}
        return self._change(connection, job_id, owner_id, values, can)

    def change(
        self,
        connection: Connection,
        job_id: str,
        owner_id: int,
        values: Mapping[str, Any],
        next_run: datetime | None,
        limit: Limit | None,
        was: str | None = None,
    ) -> Job | None:
        """Change columns of a job; a new time also ends the claim on it. Raises LimitReached.

        With ``was``, only if that is still its payload, but also if it is settled.
        """
        moved = {} if next_run is None else _moved(next_run) | {"state": ACTIVE_UNLESS_PAUSED}
        can = _IS_UNSETTLED if was is None else jobs.c.payload == was
        changed = self._change(connection, job_id, owner_id, {**values, **moved}, can)
        if changed is not None and limit is not None:
            self.ensure_room(connection, changed, limit)
        return changed

    def _change(
        self,
        connection: Connection,
        job_id: str,
        owner_id: int,
        values: Mapping[str, Any],
        can: ColumnElement[bool] = _IS_UNSETTLED,
    ) -> Job | None:
        if not is_text(job_id):
            return None
        changed = (
            update(jobs)
            .where(jobs.c.id == job_id, jobs.c.owner_id == owner_id, can)
            .values(**values)
            .returning(*jobs.c)
        )
        row = connection.execute(changed).mappings().first()
        return job_of(row) if row else None


def _unsettled(connection: Connection, *where: ColumnElement[bool]) -> list[Job]:
    wanted = select(jobs).where(*where, _IS_UNSETTLED).order_by(jobs.c.next_run, jobs.c.id)
    return [job_of(row) for row in connection.execute(wanted).mappings()]


def _moved(next_run: datetime) -> dict[str, Any]:
    due = microseconds(next_run)
    return {**FRESH, "next_run": due, "visible_at": due}
