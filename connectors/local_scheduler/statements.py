"""The SQL of a job's life, built once: building a statement takes longer than running it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Delete,
    Integer,
    Select,
    Update,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union,
    update,
)

from connectors.database.prepared import Prepared
from connectors.database.schema import gateways, jobs, request_shares, shards
from connectors.local_scheduler.dialects import Dialect
from connectors.local_scheduler.job import State
from connectors.local_scheduler.prepared_insert import PreparedInsert
from connectors.local_scheduler.rows import FRESH

# Literals, not parameters: only then can the indexes of these rows be used.
WAITS: Final = text("state IN ('active', 'running')")

# As ``wanted`` of a share: nobody will use it any more.
DEAD: Final = -1.0
RUNNING: Final = text("state = 'running'")
IDLE: Final = text("state IN ('settled', 'parked', 'paused')")

ACTIVE_UNLESS_PAUSED = case(
    (jobs.c.state == State.PAUSED.value, State.PAUSED.value), else_=State.ACTIVE.value
)
_KNOWN = (jobs.c.kind == bindparam("b_kind"), WAITS, jobs.c.version <= bindparam("b_version"))
# Only what waits for its own time is claimed ahead of it. The end of a lease is compared with now,
# since its holder may be alive until then, and so is the end of the wait after an attempt.
_IS_UNTRIED = (jobs.c.state == State.ACTIVE.value) & (jobs.c.visible_at == jobs.c.next_run)
# One that lives could not renew its lease, or write, for a while: nothing has killed it.
_IS_LEFT = (jobs.c.state == State.RUNNING.value) & jobs.c.lease_by.not_in(
    bindparam("b_living", expanding=True)
)
_AHEAD = bindparam("b_ahead", type_=BigInteger)
_BESIDES = func.coalesce(jobs.c.guild_id, jobs.c.owner_id).not_in(
    bindparam("b_besides", expanding=True)
)
_FENCE = (
    jobs.c.id == bindparam("b_id"),
    jobs.c.lease_by == bindparam("b_worker"),
    jobs.c.attempts == bindparam("b_attempts"),
)
_NEW_PAYLOAD: Final[ColumnElement[str]] = func.coalesce(bindparam("b_payload"), jobs.c.payload)


def us(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)


def _waiting_kinds() -> Select[Any]:
    """Return the query for the kinds of jobs that wait: a step in the index for each kind."""
    first = select(func.min(jobs.c.kind).label("kind")).where(WAITS)
    kinds = first.cte("kinds", recursive=True)
    following = select(func.min(jobs.c.kind)).where(jobs.c.kind > kinds.c.kind, WAITS)
    kinds = kinds.union_all(select(following.scalar_subquery()).where(kinds.c.kind.is_not(None)))
    return select(kinds.c.kind).where(kinds.c.kind.is_not(None))


WAITING_KINDS: Final = _waiting_kinds()


class Statements:
    """Parameters are named ``b_…``; a fenced statement changes nothing once its claim is lost."""

    def __init__(self, dialect: Dialect, lease: timedelta) -> None:
        now = dialect.now()
        leased_until = now + us(lease)
        self.insert = PreparedInsert(insert(jobs))
        self.insert_leased = PreparedInsert(insert(jobs).values({"visible_at": leased_until}))
        self.leased_until = select(leased_until)
        self.claim = _claim(now, leased_until, _KNOWN)
        self.look = Prepared(_look(dialect, now))
        self.claim_besides = _claim(now, leased_until, (*_KNOWN, _BESIDES))
        self.next_visible_besides = _next_visible(now, (*_KNOWN, _BESIDES))
        self.lapsed = Prepared(_lapsed(now))
        self.renew = Prepared(_renew(dialect, leased_until))
        self.holders = Prepared(_holders(dialect, now, leased_until))
        self.expire = _expire(now)
        self.free = _free()
        self.settle = Prepared(_settle(now))
        self.advance = Prepared(_advance())
        self.postpone = Prepared(_postpone(now))
        self.give_back = Prepared(_fenced(_undone()))
        self.release = _release(RUNNING)
        self.release_paused = _release(IDLE, jobs.c.state == State.PAUSED.value)
        self.park = Prepared(_park(now))


def _claim(now: ColumnElement[int], leased_until: ColumnElement[int], known: Sequence[Any]) -> Any:
    due = (
        select(jobs.c.id)
        .where(*known, *_due(now))
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
            visible_at=leased_until,
            attempts=jobs.c.attempts + 1,
            crashes=jobs.c.crashes + case((_IS_LEFT, 1), else_=0),
            first_claimed_at=func.coalesce(jobs.c.first_claimed_at, now),
        )
        .returning(*jobs.c)
    )


def _due(now: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.visible_at <= now + _AHEAD, or_(_IS_UNTRIED, jobs.c.visible_at <= now)


def _lapsed(now: ColumnElement[int]) -> CompoundSelect[Any]:
    holder = jobs.c.lease_by
    has_ended = select(holder).where(RUNNING, jobs.c.visible_at <= now)
    # Two ranges of the index: an inequality would read all of it.
    before = has_ended.where(holder < bindparam("b_worker"))
    return union(before, has_ended.where(holder > bindparam("b_worker")))


def _next_visible(now: ColumnElement[int], known: Sequence[Any]) -> Select[int]:
    elsewhere = or_(jobs.c.lease_by.is_(None), jobs.c.lease_by != bindparam("b_worker"))
    return (
        select(jobs.c.visible_at - now - case((_IS_UNTRIED, _AHEAD), else_=0))
        .where(*known, elsewhere)
        .order_by(jobs.c.visible_at)
        .limit(1)
    )


def _look(dialect: Dialect, now: ColumnElement[int]) -> Select[Any]:
    """Return the query for whether something is due, and for the wait, of each of ``b_kinds``.

    Two steps in the index for each kind: it is asked once a second.
    """
    kinds = dialect.pairs("b_kinds")
    known = jobs.c.kind == kinds.c.key, WAITS, jobs.c.version <= cast(kinds.c.value, Integer)
    is_due = select(literal(1)).where(*known, *_due(now)).order_by(jobs.c.visible_at).limit(1)
    wait = _next_visible(now, known)
    return select(
        kinds.c.key,
        is_due.correlate(kinds).scalar_subquery().is_not(None),
        wait.correlate(kinds).scalar_subquery(),
    )


def _holders(
    dialect: Dialect, now: ColumnElement[int], leased_until: ColumnElement[int]
) -> CompoundSelect[Any]:
    kinds = dialect.pairs("b_kinds")
    of_jobs = (
        select(jobs.c.lease_by)
        .where(jobs.c.kind == kinds.c.key, WAITS)
        .where(jobs.c.visible_at > now, jobs.c.visible_at <= leased_until)
        .where(jobs.c.lease_by != bindparam("b_worker"))
    )
    return union(of_jobs, select(gateways.c.name).where(gateways.c.name != bindparam("b_worker")))


def _expire(now: ColumnElement[int]) -> Update:
    return (
        update(jobs)
        .where(RUNNING, jobs.c.lease_by.in_(bindparam("b_workers", expanding=True)))
        .where(jobs.c.visible_at > now)
        .values(visible_at=now)
    )


def _free() -> tuple[Update | Delete, ...]:
    """Return what frees the parts of the gateway, and of Discord's limit, that processes had."""
    workers: Any = bindparam("b_workers", expanding=True)
    return (
        update(shards).where(shards.c.holder.in_(workers)).values(holder=None, is_ready=0),
        update(shards).where(shards.c.heir.in_(workers)).values(heir=None, is_heir_ready=0),
        delete(gateways).where(gateways.c.name.in_(workers)),
        update(request_shares).where(request_shares.c.name.in_(workers)).values(wanted=DEAD),
    )


def _renew(dialect: Dialect, leased_until: ColumnElement[int]) -> Any:
    return (
        update(jobs)
        .where(jobs.c.lease_by == bindparam("b_worker"))
        .where(jobs.c.id.in_(select(dialect.pairs("b_ids").c.key)))
        .values(visible_at=leased_until)
        .returning(jobs.c.id, jobs.c.attempts)
    )


def _settle(now: ColumnElement[int]) -> Update:
    return _fenced(
        {
            "state": State.SETTLED.value,
            "visible_at": now,
            "reason": None,
            "draft": bindparam("b_draft"),
            "payload": _NEW_PAYLOAD,
        }
    )


def _advance() -> Update:
    next_run = bindparam("b_next_run", type_=BigInteger)
    return _fenced(
        {
            **FRESH,
            "state": ACTIVE_UNLESS_PAUSED,
            "next_run": next_run,
            "visible_at": next_run,
            "payload": _NEW_PAYLOAD,
        }
    )


def _postpone(now: ColumnElement[int]) -> Update:
    return _fenced(
        {
            "state": ACTIVE_UNLESS_PAUSED,
            "visible_at": now + bindparam("b_delay", type_=BigInteger),
            "reason": bindparam("b_reason"),
            "draft": bindparam("b_draft"),
            "failures": jobs.c.failures + bindparam("b_failures"),
            **_without(bindparam("b_undone", type_=Integer)),
        }
    )


def _release(*where: Any) -> Update:
    return (
        update(jobs)
        .where(*where, jobs.c.lease_by == bindparam("b_worker"))
        .where(jobs.c.id.not_in(bindparam("b_ids", expanding=True)))
        .values({**_undone(), "lease_by": None})
    )


def _park(now: ColumnElement[int]) -> Update:
    return _fenced(
        {
            "state": State.PARKED.value,
            "visible_at": now,
            "reason": bindparam("b_reason"),
            "draft": func.coalesce(bindparam("b_draft"), jobs.c.draft),
        }
    )


def _undone() -> dict[str, Any]:
    """Return the values of a row as before its last claim."""
    one_less = _without(literal(1))
    return {"state": ACTIVE_UNLESS_PAUSED, "visible_at": jobs.c.next_run, **one_less}


def _without(tries: ColumnElement[int]) -> dict[str, Any]:
    """Return the values of a row as if it had been claimed ``tries`` times fewer."""
    return {
        "attempts": jobs.c.attempts - tries,
        "first_claimed_at": case((jobs.c.attempts > tries, jobs.c.first_claimed_at)),
    }


def _fenced(values: Mapping[str, Any]) -> Update:
    return update(jobs).where(*_FENCE).values({**values, "lease_by": None})
