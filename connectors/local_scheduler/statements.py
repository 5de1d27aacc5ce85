"""The SQL of a job's way through the ledger, built once: building a statement costs more than running it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Update,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from connectors.database.engine import Dialect, Insert
from connectors.database.schema import jobs
from connectors.local_scheduler.job import State

# A literal, not values: only then is the index of only these rows used.
WAITS: Final = text("state IN ('active', 'running')")

# A new occurrence: nobody has tried it.
FRESH: Final[dict[str, Any]] = {
    "lease_by": None,
    "attempts": 0,
    "failures": 0,
    "crashes": 0,
    "first_claimed_at": None,
    "reason": None,
    "draft": "{}",
}

_ACTIVE_UNLESS_PAUSED = case(
    (jobs.c.state == State.PAUSED.value, State.PAUSED.value), else_=State.ACTIVE.value
)


def _without(tries: ColumnElement[int]) -> dict[str, Any]:
    """Return the values of a row as if it had been claimed so many times fewer."""
    return {
        "attempts": jobs.c.attempts - tries,
        "first_claimed_at": case((jobs.c.attempts > tries, jobs.c.first_claimed_at)),
    }


_UNDONE = {
    "state": _ACTIVE_UNLESS_PAUSED,
    "visible_at": jobs.c.next_run,
    **_without(literal(1)),
}
_KNOWN = (jobs.c.kind == bindparam("b_kind"), WAITS, jobs.c.version <= bindparam("b_version"))
_FENCE = (
    jobs.c.id == bindparam("b_id"),
    jobs.c.lease_by == bindparam("b_worker"),
    jobs.c.attempts == bindparam("b_attempts"),
)


def us(duration: timedelta) -> int:
    """Return a duration in microseconds."""
    return duration // timedelta(microseconds=1)


class Prepared:
    """An insert compiled once: SQLAlchemy takes longer to get ready for it than SQLite to run it."""

    def __init__(self, insert: Insert) -> None:
        self._insert = insert
        self._text = ""
        self._defaults: Mapping[str, Any] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Insert a row of these values, and return whether it is new.

        What the statement itself sets must not be among them.
        """
        if not self._text:
            compiled = self._insert.compile(connection, column_keys=jobs.c.keys())
            self._text, self._defaults = str(compiled), compiled.params
        return connection.exec_driver_sql(self._text, {**self._defaults, **values}).rowcount == 1


class Statements:
    """Parameters are named ``b_…``; a fenced statement changes nothing once its claim is lost."""

    def __init__(self, dialect: Dialect, lease: timedelta) -> None:
        self._now = dialect.now()
        self._leased_until = self._now + us(lease)
        self.insert = Prepared(dialect.insert())
        leased = dialect.insert().values({"visible_at": self._leased_until})
        self.insert_leased = Prepared(leased)
        self.claim = self._claim()
        self.next_visible = self._next_visible()
        self.renew = self._renew()
        self.save_draft = _fenced({"draft": bindparam("b_draft")}, keeps_lease=True)
        self.settle = _fenced(
            {
                "state": State.SETTLED.value,
                "visible_at": self._now,
                "reason": None,
                "draft": bindparam("b_draft"),
                "payload": func.coalesce(bindparam("b_payload"), jobs.c.payload),
            }
        )
        self.advance = _fenced(
            {
                **FRESH,
                "state": _ACTIVE_UNLESS_PAUSED,
                "next_run": bindparam("b_next_run", type_=BigInteger),
                "visible_at": bindparam("b_next_run", type_=BigInteger),
                "payload": func.coalesce(bindparam("b_payload"), jobs.c.payload),
            }
        )
        self.postpone = _fenced(
            {
                "state": _ACTIVE_UNLESS_PAUSED,
                "visible_at": self._now + bindparam("b_delay", type_=BigInteger),
                "reason": bindparam("b_reason"),
                "draft": bindparam("b_draft"),
                "failures": jobs.c.failures + bindparam("b_failures"),
                **_without(bindparam("b_undone", type_=Integer)),
            }
        )
        self.give_back = _fenced(_UNDONE)
        self.release = (
            update(jobs)
            .where(jobs.c.lease_by == bindparam("b_worker"))
            .where(jobs.c.id.not_in(bindparam("b_ids", expanding=True)))
            .values(_UNDONE | {"lease_by": None})
        )
        self.park = _fenced(
            {
                "state": State.PARKED.value,
                "reason": bindparam("b_reason"),
                "draft": func.coalesce(bindparam("b_draft"), jobs.c.draft),
            }
        )

    def _claim(self) -> Any:
        due = (
            select(jobs.c.id)
            .where(*_KNOWN, jobs.c.visible_at <= self._now + bindparam("b_ahead", type_=BigInteger))
            # A lease is compared with now: ahead of its end the holder may well be alive.
            .where(or_(jobs.c.state == State.ACTIVE.value, jobs.c.visible_at <= self._now))
            .order_by(jobs.c.visible_at)
            .limit(bindparam("b_limit"))
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        return (
            update(jobs)
            .where(jobs.c.id.in_(select(due.c.id)))
            .values(
                state=State.RUNNING.value,
                lease_by=bindparam("b_worker"),
                visible_at=self._leased_until,
                attempts=jobs.c.attempts + 1,
                crashes=jobs.c.crashes + case((jobs.c.state == State.RUNNING.value, 1), else_=0),
                first_claimed_at=func.coalesce(jobs.c.first_claimed_at, self._now),
            )
            .returning(*jobs.c)
        )

    def _next_visible(self) -> Select[int]:
        elsewhere = or_(jobs.c.lease_by.is_(None), jobs.c.lease_by != bindparam("b_worker"))
        return (
            select(jobs.c.visible_at - self._now)
            .where(*_KNOWN, elsewhere)
            .order_by(jobs.c.visible_at)
            .limit(1)
        )

    def _renew(self) -> Any:
        return (
            update(jobs)
            .where(jobs.c.lease_by == bindparam("b_worker"))
            .where(jobs.c.id.in_(bindparam("b_ids", expanding=True)))
            .values(visible_at=self._leased_until)
            .returning(jobs.c.id, jobs.c.attempts)
        )


def _fenced(values: dict[str, Any], *, keeps_lease: bool = False) -> Update:
    lease = {} if keeps_lease else {"lease_by": None}
    return update(jobs).where(*_FENCE).values({**values, **lease})
