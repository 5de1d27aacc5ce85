"""Answers that are parked: each is ended on the screen, as far as its row says where that is."""

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from bot.answers import texts
from bot.answers.origin import TOKEN_LIFE_S, TOKEN_MARGIN_S, Origin, Screen
from bot.answers.record import Record
from bot.providers.question import Progress, Question
from connectors.discord import snowflake_time
from connectors.local_scheduler import Job, NewJob, UnreadablePayload

KIND = "answer end"

T = TypeVar("T")


class Closing(msgspec.Struct, frozen=True):
    """The payload of a job that ends a parked answer, and what is said there."""

    answer: str
    said: str
    origin: Origin
    screen: Screen
    question: Question = Question("")
    progress: Progress = Progress()

    def rest(self) -> Mapping[str, Any]:
        """Return what the answer's own payload keeps: nothing, if it could not be read."""
        return self.record.closed() if self.question.prompt or self.question.so_far else {}

    @property
    def record(self) -> Record:
        return Record(self.answer, self.question, self.origin, self.progress, self.screen)


def closing_job(job: Job) -> NewJob:
    """Return the job that ends an answer which is parked."""
    closing = closing_of(job)
    return NewJob(
        kind=KIND,
        owner_id=job.owner_id,
        guild_id=job.guild_id,
        channel_id=job.channel_id,
        payload=msgspec.to_builtins(closing),
    )


def closing_of(job: Job) -> Closing:
    """Return how to end an answer; of a row that cannot be read, whatever it still says."""
    try:
        record = Record.of(job)
    except UnreadablePayload:
        return Closing(job.id, f"⚠️ {texts.FORGOTTEN}", _origin_of(job), last_screen(job))
    said = texts.CRASHED if record.progress.text else texts.CRASHED_EARLY
    origin, screen = record.origin, record.screen
    return Closing(job.id, said, origin, screen, record.question, record.progress)


def last_screen(job: Job) -> Screen:
    """Return the last message of an answer: those before it stay as they are."""
    screen = job.draft.get("screen")
    messages = _field(screen, "messages", tuple[str, ...], ())
    return Screen(messages[-1:], left=min(_field(screen, "left", int, 0), 1))


def _origin_of(job: Job) -> Origin:
    """Return where an answer is shown. If that is not known, only its owner reads the end."""
    kept = job.payload.get("origin")
    interaction_id = _field(kept, "interaction_id", int, _number(job.id))
    token = _field(kept, "token", str, "")
    asked_at = snowflake_time(interaction_id).timestamp()
    is_alive = asked_at <= time.time() and token != ""
    return Origin(
        application_id=_field(kept, "application_id", int, 0),
        token=token,
        interaction_id=interaction_id,
        channel_id=_field(kept, "channel_id", int, job.channel_id or 0),
        guild_id=job.guild_id,
        user_id=job.owner_id,
        private=_field(kept, "private", bool, True),
        expires_at=asked_at + TOKEN_LIFE_S - TOKEN_MARGIN_S if is_alive else 0.0,
        message_id=_field(kept, "message_id", int, 0),
    )


def _number(job_id: str) -> int:
    try:
        return int(job_id, 16)
    except ValueError:
        return 0


def _field(kept: object, name: str, kind: type[T], default: T) -> T:
    """Return a field of what may be a JSON object, or the default if it is not of this kind."""
    if not isinstance(kept, Mapping):
        return default
    value: Any = kept.get(name)
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        return default
