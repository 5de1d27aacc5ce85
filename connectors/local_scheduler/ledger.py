"""The ledger: add, claim, renew, settle and park jobs, on either database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from connectors.database.prepared import Cursor, Prepared
from connectors.database.schema import jobs
from connectors.database.values import as_text
from connectors.local_scheduler.dialects import Dialect
from connectors.local_scheduler.drafts import save_drafts
from connectors.local_scheduler.job import Fence, Job, Other, State, microseconds, to_json
from connectors.local_scheduler.rows import FRESH, job_of
from connectors.local_scheduler.statements import (
    ACTIVE_UNLESS_PAUSED,
    Statements,
    us,
)
from connectors.local_scheduler.tokens import forget_tokens


class Ledger:
    """The jobs of all processes, for one of them: the worker. The caller begins the transaction.

    A method that takes a fence returns False, and changes nothing, if that claim is lost.
    """

    def __init__(self, dialect: Dialect, worker: str, *, lease: timedelta) -> None:
        self._dialect = dialect
        self._now = dialect.now()
        self._do = Statements(dialect, lease)
        # Claims are made under this name, which may change before the first one.
        self.worker = worker
        self._sender = worker

    def insert(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Add a row, and return whether it is new; one that exists is not changed."""
        if values["lease_by"] is None:
            return self._do.insert.run(connection, values)
        # The database measures leases, so it sets the end of this one.
        rest = {key: value for key, value in values.items() if key != "visible_at"}
        return self._do.insert_leased.run(connection, rest)

    def insert_held(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[bool]:
        """Add rows that this process holds; return for each whether it is the one that is there.

        That may have been stored before, in a commit that was not confirmed.
        """
        if len(rows) == 1:
            return [self.insert(connection, rows[0]) or self.stored(connection, rows[0])]
        # Asked for once: SQLite's clock is a function in Python, which would wait for each row.
        until = connection.execute(self._do.leased_until).scalar_one()
        leased = [{**row, "visible_at": until} for row in rows]
        if self._do.insert.run_all(connection, leased) == len(rows):
            return [True] * len(rows)
        return [self.stored(connection, row) for row in rows]

    def holds(self, connection: Connection, job_id: str, *, payload: str | None = None) -> bool:
        """Return whether this process holds a job; with a ``payload``, whether it has stored it.

        What another has stored may be held here since that one is gone.
        """
        is_held = jobs.c.lease_by == self.worker
        is_ours = is_held if payload is None else jobs.c.payload == payload
        found = select(jobs.c.id).where(jobs.c.id == job_id, is_ours)
        return connection.execute(found).first() is not None

    def stored(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Return whether this row is stored and held here: not another of the same id.

        That may have been left by a process that is dead, and be held here since.
        """
        is_ours = (jobs.c.lease_by == self.worker) & (jobs.c.created_at == values["created_at"])
        found = select(jobs.c.id).where(jobs.c.id == values["id"], is_ours)
        return connection.execute(found).first() is not None

    def notify(self, connection: Connection) -> None:
        self._dialect.notify(connection, self._sender)

    def claim(
        self,
        connection: Connection,
        kind: str,
        version: int,
        limit: int,
        ahead: timedelta,
        besides: Collection[int] = (),
        living: Collection[str] = (),
    ) -> list[Job]:
        """Claim jobs that are due within ``ahead`` or whose lease has ended, the oldest first.

        A retry is not claimed ahead. ``besides`` are groups whose jobs are left alone, and
        ``living`` processes that are not dead, although leases of theirs have ended.
        """
        asked: dict[str, Any] = {"b_kind": kind, "b_version": version, "b_ahead": us(ahead)}
        asked |= {"b_limit": limit, "b_worker": self.worker, "b_living": [self.worker, *living]}
        if besides:
            rows = connection.execute(self._do.claim_besides, asked | {"b_besides": [*besides]})
        else:
            rows = connection.execute(self._do.claim, asked)
        return sorted(map(job_of, rows.mappings()), key=lambda job: job.next_run)

    def look(
        self, connection: Connection, kinds: Mapping[str, int], ahead: timedelta = timedelta()
    ) -> tuple[set[str], dict[str, timedelta]]:
        """Return of which kinds there is something to ``claim``, and when there will be.

        That is how long until there is a job that this process does not hold, of each kind that has
        one. ``kinds`` are their versions.
        """
        asked = {"b_kinds": to_json(kinds), "b_ahead": us(ahead), "b_worker": self.worker}
        found: Sequence[Any] = self._do.look.run(connection, asked).fetchall()
        waits = {
            kind: timedelta(microseconds=int(wait)) for kind, _, wait in found if wait is not None
        }
        return {kind for kind, is_due, _ in found if is_due}, waits

    def next_visible_in(
        self,
        connection: Connection,
        kind: str,
        version: int,
        ahead: timedelta,
        besides: Collection[int],
    ) -> timedelta | None:
        """Return what ``look`` does of one kind, if the jobs of some groups are left alone."""
        asked: dict[str, Any] = {"b_kind": kind, "b_version": version, "b_ahead": us(ahead)}
        asked |= {"b_worker": self.worker, "b_besides": [*besides]}
        found = connection.execute(self._do.next_visible_besides, asked).scalar()
        return None if found is None else timedelta(microseconds=int(found))

    def holders(self, connection: Connection, kinds: Iterable[str]) -> list[str]:
        """Return the other processes with leases that have not ended, or a share of the gateway."""
        asked = {"b_worker": self.worker, "b_kinds": to_json(dict.fromkeys(kinds))}
        return [name for (name,) in self._do.holders.run(connection, asked).fetchall()]

    def lapsed(self, connection: Connection) -> list[str]:
        """Return the other processes with leases that have ended."""
        found = self._do.lapsed.run(connection, {"b_worker": self.worker})
        return [name for (name,) in found.fetchall()]

    def expire(self, connection: Connection, workers: Iterable[str]) -> int:
        """End the leases of dead processes, and return how many jobs they had."""
        dead = {"b_workers": list(workers)}
        for statement in self._do.free:
            connection.execute(statement, dead)
        return connection.execute(self._do.expire, dead).rowcount

    def renew(self, connection: Connection, fences: Iterable[Fence]) -> set[Fence]:
        """Renew the leases that are still held, and return their fences."""
        ids = to_json(dict.fromkeys((fence.job_id for fence in fences), 0))
        return self._held(self._do.renew.run(connection, {"b_worker": self.worker, "b_ids": ids}))

    def _held(self, found: Cursor) -> set[Fence]:
        return {Fence(job_id, self.worker, attempts) for job_id, attempts in found.fetchall()}

    def save_draft(self, connection: Connection, fence: Fence, draft: str) -> bool:
        """Store what a resumed job needs."""
        return bool(save_drafts(connection, fence.worker, [(fence, draft)]).fetchall())

    def save_drafts(self, connection: Connection, drafts: Mapping[Fence, str]) -> set[Fence]:
        """Store what resumed jobs need, and return the fences of those that are still held."""
        return self._held(save_drafts(connection, self.worker, list(drafts.items())))

    def settle(
        self,
        connection: Connection,
        fence: Fence,
        *,
        draft: str,
        payload: str | None,
        next_run: datetime | None,
        others: Iterable[Other] = (),
    ) -> bool:
        do, due = self._do.settle, dict[str, Any]()
        if next_run is None:
            due["b_draft"] = draft
        else:
            do, due["b_next_run"] = self._do.advance, microseconds(next_run)
        is_held = _change(connection, do, fence, b_payload=payload, **due)
        for other in others if is_held else ():
            self._settle_other(connection, other)
        return is_held

    def _settle_other(self, connection: Connection, other: Other) -> None:
        """Settle one occurrence of a job, whoever holds it: their claim is lost."""
        values: dict[str, Any] = {"visible_at": self._now, "lease_by": None}
        values |= {"state": State.SETTLED.value, "reason": other.reason}
        if other.next_run is not None:
            due = microseconds(other.next_run)
            values = {**FRESH, "state": ACTIVE_UNLESS_PAUSED, "next_run": due, "visible_at": due}
        is_due = jobs.c.next_run == microseconds(other.occurrence)
        is_unsettled = jobs.c.state != State.SETTLED.value
        settled = update(jobs).where(jobs.c.id == other.job_id, is_due, is_unsettled)
        connection.execute(settled.values(values))

    def postpone(
        self,
        connection: Connection,
        fence: Fence,
        delay: timedelta,
        *,
        draft: str,
        reason: str = "",
        is_failure: bool = False,
        is_undone: bool = False,
    ) -> bool:
        """Run the same occurrence again after ``delay``; if undone, this attempt does not count."""
        return _change(
            connection,
            self._do.postpone,
            fence,
            b_delay=us(delay),
            b_draft=draft,
            b_reason=as_text(reason) or None,
            b_failures=int(is_failure),
            b_undone=int(is_undone),
        )

    def give_back(self, connection: Connection, fence: Fence) -> bool:
        """Undo a claim that was not used."""
        return _change(connection, self._do.give_back, fence)

    def release(self, connection: Connection, besides: Iterable[str]) -> None:
        """Undo every claim of this process, except those that may have had an effect."""
        asked = {"b_worker": self.worker, "b_ids": list(besides)}
        connection.execute(self._do.release, asked)
        connection.execute(self._do.release_paused, asked)

    def park(
        self, connection: Connection, fence: Fence, reason: str, *, draft: str | None = None
    ) -> bool:
        held = _change(connection, self._do.park, fence, b_reason=as_text(reason), b_draft=draft)
        if held:
            forget_tokens(connection, [fence.job_id])
        return held


def _change(connection: Connection, change: Prepared, fence: Fence, **values: Any) -> bool:
    held = {"b_id": fence.job_id, "b_worker": fence.worker, "b_attempts": fence.attempts}
    changed = change.run(connection, held | values).rowcount
    return changed == 1
