"""Jobs: how one is requested, what its row says, and how a handler may end it."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class State(StrEnum):
    """The state of a job. A parked one waits for a person."""

    ACTIVE = "active"
    RUNNING = "running"
    SETTLED = "settled"
    PARKED = "parked"
    PAUSED = "paused"


def new_id() -> str:
    """Return a random id of 16 hexadecimal digits."""
    return secrets.token_hex(8)


def id_from(snowflake: int) -> str:
    """Return the id of the one job of an interaction or a message, the same in every process."""
    return f"{snowflake:016x}"


def id_of(*parts: int | str) -> str:
    """Return the id of the one job that an action asks for, however often and wherever it is seen.

    ``parts`` name the action: its message, what was chosen, the occurrence it is about.
    """
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


class KeptElsewhere(Exception):
    """Another process has already taken the job of this id."""


class ClaimLost(Exception):
    """The job belongs to another process or was cancelled; nothing more may be done for it."""


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a job, due at ``next_run`` or at once.

    ``payload`` is JSON, and ``version`` is the version of its shape. ``zone``, ``rule`` and
    ``wall_time`` are only stored. ``id`` makes the request idempotent: a job whose id exists is not
    added again. Take it from ``id_from`` or ``id_of``; without an id it is always a new job.
    """

    kind: str
    owner_id: int
    id: str | None = None
    next_run: datetime | None = None
    guild_id: int | None = None
    channel_id: int | None = None
    zone: str | None = None
    rule: str | None = None
    wall_time: str | None = None
    payload: Mapping[str, Any] = msgspec.field(default_factory=dict)
    draft: Mapping[str, Any] = msgspec.field(default_factory=dict)
    version: int = 1

    def __post_init__(self) -> None:
        if self.next_run is not None and self.next_run.tzinfo is None:
            raise ValueError("next_run needs a time zone")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger. ``next_run`` is the time of its occurrence, however late it is run.

    Of this occurrence, ``attempts`` counts the claims, ``failures`` those that ended in an error
    and ``crashes`` those that ended with their process; ``first_claimed_at`` is the first's time.
    """

    id: str
    kind: str
    owner_id: int
    next_run: datetime
    state: State
    guild_id: int | None = None
    channel_id: int | None = None
    zone: str | None = None
    rule: str | None = None
    wall_time: str | None = None
    attempts: int = 0
    failures: int = 0
    crashes: int = 0
    first_claimed_at: datetime | None = None
    reason: str | None = None
    payload: dict[str, Any] = msgspec.field(default_factory=dict)
    draft: dict[str, Any] = msgspec.field(default_factory=dict)
    created_at: datetime = EPOCH
    version: int = 1
    # False if the payload or the draft of the row is not a JSON object.
    is_readable: bool = True

    @property
    def group(self) -> int:
        """The server it belongs to, or outside of servers the person: groups share the slots."""
        return self.owner_id if self.guild_id is None else self.guild_id

    def nonce(self, part: int = 0) -> str:
        """Return 24 characters, the same at each attempt at one part of this occurrence."""
        text = f"{self.id}:{microseconds(self.next_run)}:{part}"
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:18]).decode()


class Limit(msgspec.Struct, frozen=True):
    """The most unsettled jobs of one kind that a person may have, and the most with a rule."""

    jobs: int
    recurring: int


class Fence(msgspec.Struct, frozen=True):
    """One claim on one job. Its holder can no longer write once another process claims the job."""

    job_id: str
    worker: str
    attempts: int


class UnreadablePayload(Exception):
    """A row lacks what its kind needs. The text says what, and holds no value."""


def payload_as(job: Job, kind: type[T]) -> T:
    """Return a job's payload as an object of ``kind``. Raises UnreadablePayload."""
    try:
        return msgspec.convert(job.payload, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UnreadablePayload(f"its stored data cannot be read ({error})") from error


class LimitReached(Exception):
    """A person has as many jobs of this kind as they may."""

    def __init__(self, *, is_recurring: bool) -> None:
        super().__init__("recurring" if is_recurring else "jobs")
        self.is_recurring = is_recurring


class Other(msgspec.Struct, frozen=True):
    """One occurrence of another job, which was done together with the job that is settled.

    It moves to ``next_run``, or ends with the reason if that is None.
    """

    job_id: str
    occurrence: datetime
    next_run: datetime | None
    reason: str | None = None


class Settled(msgspec.Struct, frozen=True):
    """The job is done and Discord has confirmed it; a recurring one moves to its next occurrence.

    ``message_id`` is stored in the draft of a job that ends. A ``payload`` replaces the job's own.
    ``others`` are settled in the same transaction.
    """

    message_id: str | None = None
    payload: Mapping[str, Any] | None = None
    others: tuple[Other, ...] = ()


class Retry(msgspec.Struct, frozen=True):
    """The job cannot be done now, through no fault of its own; run the same occurrence again.

    The attempt does not count, unless ``ensure_claim`` had let it act.
    """

    after_s: float
    reason: str = ""


class Parked(msgspec.Struct, frozen=True):
    """The job waits for a person, who reads the reason."""

    reason: str


Outcome = Settled | Retry | Parked


def microseconds(moment: datetime) -> int:
    """Return a time as the ledger stores it: in microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def to_json(value: Mapping[str, Any]) -> str:
    """Return a JSON object in ASCII. Raises TypeError or ValueError if it cannot be JSON."""
    return _ENCODER.encode(dict(value))


def from_json(text: str) -> dict[str, Any] | None:
    """Return the object, or None if ``text`` is not a JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
