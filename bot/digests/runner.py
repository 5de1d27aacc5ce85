"""One run of a digest: read the channel, have it summarised, keep the text, post it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

import msgspec

from bot.digests import texts
from bot.digests.history import since
from bot.digests.job import KIND, DigestPayload, Post, is_late
from bot.digests.notify import answer, of_parking, of_trouble
from bot.digests.permissions import DigestPermissions
from bot.digests.prompt import compose, instructions, is_empty, is_from_person, link_to, transcribe
from bot.fallbacks import fallbacks
from bot.providers.generate_text import Generate, GenerationFailed
from bot.providers.preferences import Place
from bot.schedules.occurrences import Clock, next_run, utc_now
from bot.schedules.posting import find_own, post
from bot.storage.rules import RulesOf, no_rules
from connectors import ConnectorError
from connectors.database import DatabaseUnavailable
from connectors.discord import DiscordRest, Message, MessageBody, is_closed
from connectors.local_scheduler import (
    ClaimLost,
    Job,
    NewJob,
    Outcome,
    Parked,
    Retry,
    Running,
    Settled,
    UnreadablePayload,
)
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler

# How many run at once, and how many of one server; each keeps a model busy.
SLOTS, SHARE = 4, 3
# Characters of messages a model is given; the smaller ones for a model that takes no more.
BUDGETS = (60_000, 20_000, 6_000)
# Of a model: about eight minutes.
TRIES, FIRST_WAIT_MS, LONGEST_WAIT_MS = 5, 30_000, 240_000
# Of Discord, while somebody waits; without them it is tried until it is too late.
REQUESTED_FAILURES = 2

log = logging.getLogger(__name__)


# Returns those of some people who want to be left out.
LeftOut = Callable[[Collection[int]], Awaitable[set[int]]]


async def nobody(_user_ids: Collection[int]) -> set[int]:
    return set()


class Result(msgspec.Struct, frozen=True):
    """The result of a run. ``said`` is for whoever waits; ``seen`` is the newest message it covers.

    The owner is told of a ``trouble``; one that ``stops`` the digest parks it.
    """

    said: str = ""
    seen: int | None = None
    message_id: str | None = None
    trouble: str = ""
    stops: bool = False


class _Run(msgspec.Struct, frozen=True):
    """A claimed digest, with what its row must hold."""

    job: Running
    payload: DigestPayload
    guild_id: int
    channel_id: int

    @classmethod
    def of(cls, running: Running) -> Self:
        """Raise UnreadablePayload if the row lacks anything."""
        if running.guild_id is None or running.channel_id is None:
            raise UnreadablePayload("it has no server or no channel")
        return cls(running, DigestPayload.of(running), running.guild_id, running.channel_id)

    @property
    def is_requested(self) -> bool:
        return self.payload.asked is not None

    @property
    def next_try(self) -> int:
        return int(self.job.draft.get("tries", 0)) + 1

    def said(self, result: Result, now: datetime) -> str:
        if result.stops:
            return texts.stopped(self.job, result.trouble)
        if result.trouble:
            return texts.failed(self.payload.source, result.trouble, next_run(self.job, now))
        return result.said


class DigestRunner:
    def __init__(
        self,
        scheduler: LocalScheduler,
        rest: DiscordRest,
        generate: Generate,
        rules: RulesOf = no_rules,
        left_out: LeftOut = nobody,
        *,
        clock: Clock = utc_now,
    ) -> None:
        self._scheduler = scheduler
        self._rest = rest
        self._generate = generate
        self._left_out = left_out
        self._permissions = DigestPermissions(rest, rules)
        self._rules = rules
        self._clock = clock
        # Digests that stop, whose owners waited for them and have read it.
        self._told: set[str] = set()

    def register(self) -> None:
        """Have the scheduler run digests."""
        self._scheduler.handler(
            KIND, self.run, next_run=next_run, notice=self.notice, slots=SLOTS, share=SHARE
        )

    async def run(self, running: Running) -> Outcome:
        """Post a summary of what is new in a channel. Raises ConnectorError to be run again."""
        run = _Run.of(running)
        try:
            result = await self._result(run)
        except GenerationFailed as error:
            if error.may_pass and not run.is_requested and run.next_try < TRIES:
                running.checkpoint({"tries": run.next_try})
                wait_ms = exponential_backoff(run.next_try - 1, FIRST_WAIT_MS, LONGEST_WAIT_MS)
                return Retry(max(wait_ms / 1000, error.retry_after), str(error))
            result = Result(trouble=str(error))
        except ConnectorError as error:
            result = _given_up(run, error, self._clock())
        except ClaimLost:
            raise
        except Exception:
            if not run.is_requested:
                raise
            log.exception("digest %s failed", running.id)
            result = Result(trouble=texts.OUR_FAULT)
        said = run.said(result, self._clock())
        is_owner_told = await answer(running, self._scheduler, self._rest, said)
        if result.stops:
            self._told |= {running.id} if is_owner_told else set()
            return Parked(result.trouble)
        if result.trouble not in ("", run.payload.trouble) and not is_owner_told:
            await self._scheduler.add(of_trouble(running, said, running.owner_id))
        payload = run.payload.after_run(result.seen, result.trouble)
        return Settled(result.message_id, payload.json())

    def notice(self, job: Job, reason: str) -> NewJob | None:
        """Return the notice of a digest that is parked; None if its owner knows it already."""
        is_told, self._told = job.id in self._told, self._told - {job.id}
        return None if is_told else of_parking(job, reason)

    async def _result(self, run: _Run) -> Result:
        """Return how a run ends. A text that is finished already is posted, however late it is."""
        finished = await self._finished(run)
        if finished is None and is_late(run.job, self._clock()):
            return Result(trouble=texts.DISCORD_TROUBLE if run.job.failures else texts.LATE)
        places = run.guild_id, run.job.owner_id, run.payload.source, run.channel_id
        if obstacle := await self._permissions.obstacle(*places):
            return Result(trouble=obstacle, stops=True)
        composed = finished or await self._compose(run)
        return composed if isinstance(composed, Result) else await self._post(run, composed)

    async def _finished(self, run: _Run) -> Post | None:
        """Return a text to post, unless it is about somebody who wants to be left out by now."""
        finished = Post.of(run.job.draft)
        if finished and not finished.posted and await self._left_out(finished.authors):
            return None
        return finished

    async def _compose(self, run: _Run) -> Post | Result:
        """Return a finished text that is saved, or why there is none. Raises GenerationFailed."""
        messages, is_cut = await since(self._rest, run.payload.source, run.payload.seen)
        new = await self._wanted([message for message in messages if is_from_person(message)])
        if any(map(is_empty, new)) and not await self._permissions.sees_content():
            return Result(trouble=texts.NO_CONTENT, stops=True)
        new = [message for message in new if not is_empty(message)]
        if len(new) < (1 if run.is_requested else run.payload.minimum):
            return Result(texts.NOTHING_NEW.format(run.payload.source))
        parts = await self._summarise(run, new, [texts.TOO_OLD] if is_cut else [])
        seen, now = int(messages[-1].id), self._rest.lowest_id(self._clock())
        finished = Post(parts, seen, now, authors=tuple(_authors_of(new)))
        await run.job.save_draft(finished.draft())
        return finished

    async def _wanted(self, messages: Sequence[Message]) -> list[Message]:
        """Return the messages of those who do not want to be left out."""
        out = await self._left_out(_authors_of(messages))
        return [m for m in messages if m.author and int(m.author.id) not in out]

    async def _summarise(
        self, run: _Run, messages: Sequence[Message], notes: Sequence[str]
    ) -> tuple[str, ...]:
        """Return the messages of a digest. Raises GenerationFailed."""
        place = Place(run.job.owner_id, run.payload.source, run.guild_id)
        said = instructions((await self._rules(run.guild_id)).language)
        for budget in BUDGETS:
            transcript = transcribe(messages, run.payload.timezone, budget)
            try:
                generated = await self._generate(place, said, transcript.prompt)
                break
            except GenerationFailed as error:
                if error.reason not in ("context_length", "too_large") or budget == BUDGETS[-1]:
                    raise
        return compose(
            generated.text,
            transcript,
            guild_id=run.guild_id,
            channel_id=run.payload.source,
            by=generated.by,
            notes=[*notes, texts.IS_CUT] if generated.is_cut else notes,
        )

    async def _post(self, run: _Run, finished: Post) -> Result:
        for part in range(len(finished.posted), len(finished.parts)):
            try:
                message_id = await self._post_part(run, finished, part)
            except ConnectorError as error:
                if not is_closed(error):
                    raise
                return Result(trouble=texts.CANNOT_POST.format(run.channel_id), stops=True)
            finished = finished.with_posted(message_id)
            await run.job.save_draft(finished.draft())
        first = next(filter(None, finished.posted), None)
        link = link_to(run.guild_id, run.channel_id, first) if first else f"<#{run.channel_id}>"
        return Result(texts.POSTED.format(link), seen=finished.seen, message_id=first)

    async def _post_part(self, run: _Run, finished: Post, part: int) -> str:
        """Return the id of one message, posted now or by an earlier try; "" if it was deleted."""
        intro = texts.PART.format(run.payload.source, part + 1)
        body = MessageBody(finished.parts[part], nonce=run.job.nonce(part), suppress_embeds=True)
        if run.job.is_takeover:
            contents = {body.content, *(form.content for form in fallbacks(body, intro))}
            own_id = await self._permissions.own_id()
            found = await find_own(self._rest, run.channel_id, own_id, contents, finished.saved_at)
            if found is not None and found not in finished.posted:
                return found
        return await post(run.job, self._rest, run.channel_id, body, intro)


def _authors_of(messages: Sequence[Message]) -> set[int]:
    return {int(message.author.id) for message in messages if message.author}


def _given_up(run: _Run, error: ConnectorError, now: datetime) -> Result:
    """Return the result of a run that Discord has refused for too long. Raises the error till then.

    Somebody who waits is told soon. What is half posted is finished, however late.
    """
    begun = Post.of(run.job.draft)
    is_over = is_late(run.job, now) and not (begun and begun.posted)
    if run.is_requested:
        is_over = run.job.failures >= REQUESTED_FAILURES
    # No fault of this digest: it waits until the database answers, or the bot's token is mended.
    is_ours = isinstance(error, DatabaseUnavailable) or error.reason == "auth"
    if is_ours or (error.retryable and not is_over):
        raise error
    # The next digest does not repeat what is half posted.
    seen = begun.seen if begun and begun.posted else None
    return Result(trouble=texts.DISCORD_TROUBLE, seen=seen)
