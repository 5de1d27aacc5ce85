"""The ledger's upkeep: park what nobody knows, delete what is old, a little at a time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Connection,
    Integer,
    Select,
    bindparam,
    cast,
    delete,
    select,
    text,
    tuple_,
    update,
)

from connectors.database.schema import jobs
from connectors.local_scheduler.dialects import Dialect
from connectors.local_scheduler.job import Job, State, to_json
from connectors.local_scheduler.rows import job_of
from connectors.local_scheduler.statements import IDLE, WAITING_KINDS, WAITS, us
from connectors.local_scheduler.tokens import forget_tokens

# Stored in rows, which are found by it again.
UNKNOWN: Final = "no process knows this kind of job, or this version of it"
PAUSED: Final = "it has been paused for 30 days"
# So many rows are read or changed in one transaction: few enough that others wait for a moment.
SLICE: Final = 200
_PARKED: Final = text("state = 'parked'")  # of its own index, too

_KIND: Final[BindParameter[str]] = bindparam("b_kind")
_AGE: Final = bindparam("b_age", type_=BigInteger)

Place = tuple[int, str]  # in a walk through jobs, by their visible_at and id
START: Final[Place] = (-(2**63), "")


class Care:
    """The statements of the upkeep, each for a slice of the jobs. The caller begins transactions.

    Of several processes that do the same, each takes rows of its own.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._now = dialect.now()
        old = jobs.c.visible_at <= self._now - _AGE
        kinds = dialect.pairs("b_kinds")
        is_known = jobs.c.kind == kinds.c.key, jobs.c.version <= cast(kinds.c.value, Integer)
        self._adopt = _change(
            _slice(_PARKED, jobs.c.reason == UNKNOWN, *is_known),
            state=State.ACTIVE.value,
            visible_at=jobs.c.next_run,
            reason=None,
        ).returning(jobs.c.id)
        ended: BindParameter[str] = bindparam("b_state")
        self._purge = delete(jobs).where(
            jobs.c.id.in_(_slice(IDLE, jobs.c.state == ended, old, in_order=True))
        )
        parked: dict[str, Any] = {"state": State.PARKED.value, "lease_by": None}
        parked |= {"visible_at": self._now}
        paused = _slice(IDLE, jobs.c.state == State.PAUSED.value, old, *is_known, in_order=True)
        self._park_paused = _change(paused, **parked, reason=PAUSED).returning(*jobs.c)
        overdue = _slice(WAITS, jobs.c.kind == _KIND, old, in_order=True)
        self._park_unknown = _change(overdue, **parked, reason=UNKNOWN).returning(jobs.c.id)
        place = tuple_(jobs.c.visible_at, jobs.c.id)
        self._walk = (
            select(jobs.c.visible_at, jobs.c.id, jobs.c.version)
            .where(WAITS, jobs.c.kind == _KIND, old)
            .where(jobs.c.visible_at >= bindparam("b_at", type_=BigInteger))
            .where(place > tuple_(bindparam("b_at", type_=BigInteger), bindparam("b_id")))
            .order_by(jobs.c.visible_at, jobs.c.id)
            .limit(SLICE)
        )
        found = jobs.c.id.in_(bindparam("b_ids", expanding=True))
        self._park_newer = (
            update(jobs).where(found, WAITS, old).values(**parked, reason=UNKNOWN)
        ).returning(jobs.c.id)

    def adopt(self, connection: Connection, kinds: Mapping[str, int]) -> bool:
        """Activate jobs that were parked as unknown and are known now. Return whether any were.

        ``kinds`` are the versions that are known.
        """
        return bool(connection.execute(self._adopt, {"b_kinds": to_json(kinds)}).all())

    def purge(self, connection: Connection, state: State, age: timedelta) -> bool:
        """Delete jobs that have been settled or parked for so long. Return whether any were."""
        asked = {"b_state": state.value, "b_age": us(age)}
        return connection.execute(self._purge, asked).rowcount > 0

    def park_paused(
        self, connection: Connection, kinds: Mapping[str, int], age: timedelta
    ) -> list[Job]:
        """Park jobs that have stayed paused for so long after they were due; return them."""
        asked = {"b_kinds": to_json(kinds), "b_age": us(age)}
        return [job_of(row) for row in connection.execute(self._park_paused, asked).mappings()]

    def waiting_kinds(self, connection: Connection) -> list[str]:
        """Return the kinds of all jobs that wait or run."""
        return list(connection.execute(WAITING_KINDS).scalars())

    def park_unknown(self, connection: Connection, kind: str, overdue: timedelta) -> bool:
        """Park jobs of an unknown kind that are overdue for so long. Return whether any were."""
        found = connection.execute(self._park_unknown, {"b_kind": kind, "b_age": us(overdue)})
        return _forget_tokens(connection, found.scalars().all())

    def park_newer(
        self, connection: Connection, kind: str, version: int, overdue: timedelta, after: Place
    ) -> tuple[bool, Place | None]:
        """Park overdue jobs of versions that are unknown here, among those that follow a place.

        Return whether any were, and where to go on, or None at the end.
        """
        asked = {"b_kind": kind, "b_age": us(overdue), "b_at": after[0], "b_id": after[1]}
        rows = connection.execute(self._walk, asked).all()
        newer = [job_id for _, job_id, found in rows if found > version]
        if newer:
            asked = {"b_ids": newer, "b_age": us(overdue)}
            _forget_tokens(connection, connection.execute(self._park_newer, asked).scalars().all())
        return bool(newer), (rows[-1][0], rows[-1][1]) if len(rows) == SLICE else None


def _slice(*where: Any, in_order: bool = False) -> Select[Any]:
    found = select(jobs.c.id).where(*where).correlate(None)
    found = found.order_by(jobs.c.visible_at) if in_order else found
    return found.limit(SLICE).with_for_update(skip_locked=True, of=jobs)


def _change(found: Select[Any], **values: Any) -> Any:
    return update(jobs).where(jobs.c.id.in_(found)).values(**values)


def _forget_tokens(connection: Connection, job_ids: Any) -> bool:
    if job_ids:
        forget_tokens(connection, job_ids)
    return bool(job_ids)
