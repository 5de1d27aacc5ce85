"""What is done when a digest is due: read, have it written, keep the text, post it, move on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.digests.history import find_own, since
from bot.digests.job import Post, is_late, requester_of, settled, source_of, zone_of
from bot.digests.notify import notify
from bot.digests.permissions import NO_CONTENT, DigestPermissions
from bot.digests.prompt import (
    INSTRUCTIONS,
    compose,
    is_empty,
    is_from_person,
    jump_link,
    transcribe,
)
from bot.fallbacks import fallbacks, send_with_fallbacks
from bot.providers.generate_text import Generate, GeneratedText, GenerationFailed
from bot.providers.preferences import Place
from bot.reminders.delivery import DELETED_SINCE, is_closed
from bot.reminders.job import next_run
from connectors import ConnectorError
from connectors.discord import DiscordRest, Message, MessageBody, time_snowflake, timestamp
from connectors.local_scheduler import PROVIDER as LEDGER
from connectors.local_scheduler import ClaimLost, Outcome, Parked, Retry, Settled

if TYPE_CHECKING:  # what only names a type must not load the database before the bot is logged in
    from connectors.local_scheduler import Running

# Characters of messages that a model is given; the later ones for a model that takes no more.
BUDGETS = (60_000, 20_000, 6_000)
TRIES, FIRST_WAIT_S = 5, 30.0  # of a model: some eight minutes
DISCORD_FAILURES = 8  # some ten minutes
ASKED_FAILURES = 2  # while somebody waits
AGAIN = "`/digest now` tries it again, and `/model` chooses another model."
STOPPED = "When that is done, `/digest resume` goes on; `/digest remove` ends it."
SKEW = timedelta(minutes=1)  # by which Discord's clock may be behind ours
OUR_FAULT = "I made a mistake of my own; the log says which."
TROUBLE = "Discord did not do what I asked of it."
LATE = "I was away and came too late for this one. `/digest now` posts it at once."
CUT = "the model reached its length limit, so the end is missing"


log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended: what is said to whoever asked for it, and what that means for the next one.

    ``seen`` moves on what was read; a ``trouble`` is told to the person who set the digest; one that ``stops`` it
    waits for them.
    """

    said: str
    seen: int | None = None
    message_id: str | None = None
    trouble: str = ""
    stops: bool = False


class DigestRunner:
    """Does digests, with Discord's REST API and a model; ``generate`` raises only GenerationFailed."""

    def __init__(
        self, rest: DiscordRest, generate: Generate, *, clock: Callable[[], datetime] = _now
    ) -> None:
        self._rest = rest
        self._generate = generate
        self._permissions = DigestPermissions(rest)
        self._clock = clock

    async def run(self, running: "Running") -> Outcome:
        """Post what happened in a channel since the last time, once. Raises ConnectorError to be run again."""
        try:
            end = await self._end(running)
        except GenerationFailed as error:
            if _may_wait(running, error):
                return _later(running, error)
            end = Result("", trouble=str(error))
        except ConnectorError as error:
            limit = ASKED_FAILURES if requester_of(running) else DISCORD_FAILURES
            # The trouble of the ledger, or of the bot's token, is not this job's.
            is_ours = error.provider == LEDGER or error.reason == "auth"
            if is_ours or (error.retryable and running.failures < limit):
                raise
            begun = Post.of(running.draft)
            # What is half posted is not told again.
            seen = begun.seen if begun and begun.posted else None
            end = Result("", trouble=TROUBLE, seen=seen)
        except ClaimLost:
            raise
        except Exception:
            if requester_of(running) is None:
                raise
            log.exception("a digest broke")
            end = Result("", trouble=OUR_FAULT)
        await notify(running, self._rest, self._said(running, end), trouble=end.trouble)
        if end.stops:
            return Parked(end.trouble)
        payload = settled(running, seen=end.seen, trouble=end.trouble)
        return Settled(end.message_id, payload)

    def _said(self, running: "Running", end: Result) -> str:
        """Return what people read of a run's end."""
        digest = f"The digest of <#{source_of(running)}>"
        if end.stops:
            return f"{digest} has stopped. {end.trouble} {STOPPED}"
        if not end.trouble:
            return end.said
        later = next_run(running, self._clock())
        then = "The next one has it all" + (f", {timestamp(later, 'R')}." if later else ".")
        return f"{digest} was not posted. {end.trouble} {then} {AGAIN}"

    async def _end(self, running: "Running") -> Result:
        """Return how this run ends; a text that is there already is posted, whatever the time."""
        assert running.guild_id is not None and running.channel_id is not None  # noqa: PT018, S101
        post = Post.of(running.draft)
        if post is None and is_late(running, self._clock()):
            return Result(LATE)
        obstacle = await self._permissions.obstacle(
            running.guild_id, running.owner_id, source_of(running), running.channel_id
        )
        if obstacle:
            return Result("", trouble=obstacle, stops=True)
        if post is None:
            found = await self._compose(running)
            if isinstance(found, Result):
                return found
            post = found
        return await self._post(running, post)

    async def _compose(self, running: "Running") -> Post | Result:
        """Return a finished text that is in the ledger, or why there is none. Raises GenerationFailed."""
        messages, is_cut = await since(self._rest, source_of(running), running.payload["seen"])
        told = [message for message in messages if is_from_person(message)]
        if any(map(is_empty, told)) and not await self._permissions.sees_content():
            return Result("", trouble=NO_CONTENT, stops=True)
        told = [message for message in told if not is_empty(message)]
        least = 1 if requester_of(running) else int(running.payload["minimum"])
        if len(told) < least:
            return Result(f"There is nothing new in <#{source_of(running)}>, so I posted nothing.")
        parts = await self._written(running, told, is_cut)
        post = Post(parts, int(messages[-1].id), time_snowflake(self._clock() - SKEW))
        await running.save_draft(post.draft())
        return post

    async def _written(
        self, running: "Running", told: list[Message], is_cut: bool
    ) -> tuple[str, ...]:
        assert running.guild_id is not None  # noqa: S101
        source = source_of(running)
        place = Place(running.owner_id, source, running.guild_id)
        for budget in BUDGETS:
            given = transcribe(told, zone_of(running), budget)
            try:
                written = await self._generate(place, INSTRUCTIONS, given.prompt)
            except GenerationFailed as error:
                if error.reason not in ("context_length", "too_large") or budget == BUDGETS[-1]:
                    raise
                continue
            return compose(
                written.text,
                given,
                guild_id=running.guild_id,
                channel_id=source,
                by=written.by,
                notes=_notes(written, is_cut),
            )
        raise AssertionError("the last budget returns or raises")

    async def _post(self, running: "Running", post: Post) -> Result:
        assert running.channel_id is not None  # noqa: S101
        for part in range(len(post.posted), len(post.parts)):
            try:
                message_id = await self._post_part(running, post, part)
            except ConnectorError as error:
                if not is_closed(error):
                    raise
                refused = f"<#{running.channel_id}> does not take my messages."
                return Result("", trouble=f"{refused} Look at its settings.", stops=True)
            post = post.with_posted(message_id)
            await running.save_draft(post.draft())
        first = next(filter(None, post.posted), None)
        where = f"<#{running.channel_id}>"
        if first is not None:
            where = jump_link(running.guild_id or "@me", running.channel_id, first)
        return Result(f"Posted: {where}", seen=post.seen, message_id=first)

    async def _post_part(self, running: "Running", post: Post, part: int) -> str:
        """Return the id of one message of a digest, posted now or by an earlier try."""
        assert running.channel_id is not None  # noqa: S101
        content = post.parts[part]
        said = f"**Digest of <#{source_of(running)}>**, part {part + 1}"
        if running.must_look_back(self._clock()):
            own_id = await self._permissions.own_id()
            forms = {form.content for form in fallbacks(MessageBody(content), said)} | {content}
            found = await find_own(self._rest, running.channel_id, own_id, forms, post.saved_at)
            if found is not None and found not in post.posted:
                return found
        body = MessageBody(content, nonce=running.nonce(part), suppress_embeds=True)
        await running.ensure_claim()
        try:
            before = running.check_claim
            send = partial(self._rest.create_message, running.channel_id, before=before)
            return (await send_with_fallbacks(send, body, said)).id
        except ConnectorError as error:
            if error.provider_code == DELETED_SINCE:
                return ""  # it was posted, and somebody has deleted it
            raise


def _notes(written: GeneratedText, is_cut: bool) -> list[str]:
    notes = ["older messages than the newest 1,000 are not in it"] if is_cut else []
    return notes + ([CUT] if written.is_cut else [])


def _may_wait(running: "Running", error: GenerationFailed) -> bool:
    """Return whether to try again later: nobody waits for it, it may help, and it has not been too often."""
    return error.may_pass and not requester_of(running) and _tries(running) < TRIES


def _tries(running: "Running") -> int:
    return int(running.draft.get("tries", 0)) + 1


def _later(running: "Running", error: GenerationFailed) -> Retry:
    tries = _tries(running)
    running.checkpoint({"tries": tries})
    return Retry(max(FIRST_WAIT_S * 2 ** (tries - 1), error.retry_after), str(error))
