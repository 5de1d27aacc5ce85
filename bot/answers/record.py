"""The row of an answer in the ledger: question, origin, and progress."""

from collections.abc import Mapping
from typing import Any, Self

import msgspec
from msgspec.structs import replace

from bot.answers.origin import Origin, Screen
from bot.providers.question import Progress, Question
from bot.storage.use import Account, Spent
from connectors.local_scheduler import Job, NewJob, UnreadablePayload, id_from, payload_as

KIND = "answer"


class AnswerDraft(msgspec.Struct, frozen=True):
    """The part of an answer that changes while it is written.

    ``reasons`` are why it failed as a manager and as the bot's owner may read it, if others may
    not.
    """

    # Named as in the rows of earlier releases.
    heard: Progress = msgspec.field(default_factory=Progress)
    screen: Screen = msgspec.field(default_factory=Screen)
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the draft of a row, which may be empty. Raise UnreadablePayload."""
        try:
            return msgspec.convert(job.draft, cls)
        except msgspec.ValidationError as error:
            raise UnreadablePayload(f"its draft cannot be read ({error})") from error


class Address(msgspec.Struct, frozen=True):
    """The part of a payload that is needed to end an answer that cannot be read otherwise."""

    origin: Origin


class AnswerPayload(msgspec.Struct, frozen=True):
    """The part of an answer that stays the same; ``stopped`` is the draft at a stop.

    ``replaced`` is where the answer to the question before an edit stands.
    """

    question: Question
    origin: Origin
    stopped: AnswerDraft | None = None
    replaced: Screen | None = None

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the payload of a row. Raise UnreadablePayload."""
        return payload_as(job, cls)


class Record(msgspec.Struct, frozen=True):
    """An answer so far. ``stopped`` if Stop was pressed while another process was writing it.

    ``replaced`` are the messages that it takes over from the answer to an earlier question; while
    it ``is_revised`` they still show that.
    """

    id: str
    question: Question
    origin: Origin
    progress: Progress = msgspec.field(default_factory=Progress)
    screen: Screen = msgspec.field(default_factory=Screen)
    stopped: bool = False
    replaced: Screen | None = None
    is_revised: bool = False
    reasons: tuple[str, ...] = ()

    @classmethod
    def new(cls, question: Question, origin: Origin) -> Self:
        """Return an answer not begun yet; its id is the same in every process."""
        return cls(id_from(origin.interaction_id), question, origin)

    @classmethod
    def of(cls, job: Job) -> Self:
        payload = AnswerPayload.of(job)
        draft = payload.stopped or AnswerDraft.of(job)
        is_stopped = payload.stopped is not None
        replaced = payload.replaced
        is_unbegun = not job.draft and (not is_stopped or draft.screen == replaced)
        is_revised = replaced is not None and is_unbegun
        screen = replaced if replaced is not None and is_revised else draft.screen
        said = payload.question, payload.origin, draft.heard, screen
        return cls(job.id, *said, is_stopped, replaced, is_revised, draft.reasons)

    @property
    def account(self) -> Account:
        """The account of the answer's use; an edited question has another one."""
        origin = self.origin
        account_id = f"{self.id}.{origin.revision}" if origin.revision else self.id
        guild_id = 0 if origin.is_away else origin.guild_id or 0
        return Account(account_id, guild_id, origin.user_id, self.id)

    @property
    def bill(self) -> tuple[Account, tuple[Spent, ...]]:
        """The use of the answer, and the account that it counts for."""
        return self.account, self.progress.spent

    def payload(self) -> Mapping[str, Any]:
        """Return what does not change while the answer is written, and the draft at a stop."""
        draft = self._draft() if self.stopped else None
        kept = AnswerPayload(self.question, self.origin, draft, self.replaced)
        return dict(msgspec.to_builtins(kept))

    def draft(self) -> Mapping[str, Any]:
        return dict(msgspec.to_builtins(self._draft()))

    def _draft(self) -> AnswerDraft:
        return AnswerDraft(self.progress, self.screen, self.reasons)

    def new_job(self) -> NewJob:
        origin = self.origin
        return NewJob(
            kind=KIND,
            id=self.id,
            owner_id=origin.user_id,
            guild_id=origin.guild_id,
            channel_id=origin.channel_id,
            payload=self.payload(),
        )

    def closed(self) -> Mapping[str, Any]:
        """Return the payload of an answer that has ended, without its token."""
        origin = replace(self.origin, token="")
        return replace(self, origin=origin, stopped=False, replaced=None).payload()
