"""Short replies of the bot's own to a message. They are jobs, so that each is posted once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from bot.answers.texts import ABOUT_CHANNEL
from bot.schedules.posting import find_own
from connectors import ConnectorError
from connectors.discord import MessageBody, is_closed
from connectors.local_scheduler import (
    KeptElsewhere,
    NewJob,
    Outcome,
    Running,
    Settled,
    id_of,
    payload_as,
)

if TYPE_CHECKING:
    from bot.answers.origin import Origin
    from connectors.discord import DiscordRest
    from connectors.local_scheduler import LocalScheduler

log = logging.getLogger(__name__)

KIND = "remark"
KEEP_WITHIN_S = 2.0
HOUR_S = 3600.0
# Less than the few minutes for which Discord knows a nonce, and more than clocks differ.
LATE_S = 90
REMEMBERED = 1000


class Remark(msgspec.Struct, frozen=True):
    """A text for a reply in a channel, or with a ``channel_id`` of 0 for its owner only.

    Where the owner takes no direct messages, it is a reply in ``else_in`` all the same.
    """

    content: str
    channel_id: int = 0
    reply_to: int = 0
    else_in: int = 0

    @property
    def text(self) -> str:
        """The content; in a direct message with the channel that it is about."""
        about = f"\n{ABOUT_CHANNEL.format(channel_id=self.else_in)}" if self.else_in else ""
        return self.content + about


class Remarks:
    """Says things once, also where several processes want to. Its methods raise no ConnectorError.

    What neither the database takes nor Discord is not said: whoever else has written is answered
    all the same.
    """

    def __init__(
        self,
        scheduler: LocalScheduler,
        rest: DiscordRest,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._scheduler = scheduler
        self._rest = rest
        self._clock = clock
        self._said: OrderedDict[str, None] = OrderedDict()
        scheduler.handler(KIND, self.deliver)

    async def reply(self, content: str, origin: Origin, *once: int | str) -> None:
        """Reply to a message; of what is to be said ``once``, the first reply is the only one."""
        remark = Remark(content, origin.channel_id, origin.message_id)
        await self._say(remark, origin.user_id, origin, once or (origin.message_id,))

    async def whisper(self, content: str, origin: Origin, *once: int | str) -> None:
        """Tell the person who has written, in a direct message."""
        await self._say(Remark(content), origin.user_id, origin, once or (origin.message_id,))

    async def reply_in_private(self, content: str, origin: Origin) -> None:
        """Tell the person who has written, in a direct message, or else as a reply."""
        if origin.guild_id is None:
            await self.reply(content, origin)
            return
        remark = Remark(content, 0, origin.message_id, origin.channel_id)
        await self._say(remark, origin.user_id, origin, (origin.interaction_id, origin.revision))

    async def tell(self, user_id: int, content: str, once: str) -> None:
        """Tell a person something in a direct message, once for each key."""
        await self._say(Remark(content), user_id, None, (once, user_id))

    async def whisper_hourly(self, content: str, origin: Origin, about: str) -> None:
        """Tell a person something, unless they were told it within the last hour."""
        now = self._clock()
        hour = int(now // HOUR_S)
        last = about, origin.user_id, hour - 1
        with suppress(ConnectorError):
            told = await self._scheduler.get(id_of(KIND, *last))
            if told is not None and now - told.created_at.timestamp() < HOUR_S:
                return
        await self.whisper(content, origin, about, origin.user_id, hour)

    async def _say(
        self, remark: Remark, user_id: int, origin: Origin | None, once: tuple[int | str, ...]
    ) -> None:
        job = NewJob(
            kind=KIND,
            id=id_of(KIND, *once),
            owner_id=user_id,
            guild_id=origin.guild_id if origin else None,
            channel_id=origin.channel_id if origin else None,
            payload=msgspec.to_builtins(remark),
        )
        if self._is_said(str(job.id)):
            return
        try:
            async with asyncio.timeout(KEEP_WITHIN_S):
                await self._scheduler.run_now(job)
        except KeptElsewhere:
            return
        except (ConnectorError, TimeoutError):
            log.warning("the database does not respond; a reply is sent without it")
            await self._say_unkept(remark, job.owner_id, str(job.id))

    async def _say_unkept(self, remark: Remark, user_id: int, job_id: str) -> None:
        try:
            await say(self._rest, remark, user_id, nonce=job_id)
        except ConnectorError as error:
            log.warning("discord: %s; a reply of the bot's own is not shown", error)
            if not error.was_sent:
                self._said.pop(job_id, None)

    async def deliver(self, running: Running) -> Outcome:
        """Post a remark. Raises ConnectorError for what may pass."""
        remark = payload_as(running, Remark)
        # Discord knows a nonce for minutes. A row that is run later may have been stored unheard.
        is_late = self._clock() - running.created_at.timestamp() > LATE_S
        after = self._rest.lowest_id(running.created_at) if is_late else 0
        fenced = self._rest.fenced(running.check_claim, ensure=running.ensure_claim)
        said = say(fenced, remark, running.owner_id, nonce=running.id, said_after=after)
        return Settled(await said)

    def _is_said(self, job_id: str) -> bool:
        """Return whether this process has said it; the ledger knows what others have said."""
        if job_id in self._said:
            return True
        self._said[job_id] = None
        if len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        return False


async def say(
    rest: DiscordRest, remark: Remark, user_id: int, *, nonce: str, said_after: int = 0
) -> str | None:
    """Return the id of the message, or None if nobody takes it.

    With ``said_after``, it is looked for first, among the messages after that one.
    """
    reply_to = remark.reply_to if remark.channel_id else 0
    body = MessageBody(remark.text, nonce=nonce, reply_to=reply_to or None, suppress_embeds=True)
    try:
        channel_id = remark.channel_id or await rest.create_dm(user_id)
        if said_after and (found := await _find(rest, channel_id, remark, said_after)):
            return found
        return (await rest.create_message(channel_id, body)).id
    except ConnectorError as error:
        if not is_closed(error):
            raise
        if remark.else_in:
            here = replace(remark, channel_id=remark.else_in, else_in=0)
            return await say(rest, here, user_id, nonce=nonce, said_after=said_after)
        log.info("discord: %s; a reply of the bot's own is not shown", error)
        return None


async def _find(rest: DiscordRest, channel_id: int | str, remark: Remark, after: int) -> str | None:
    """Return the id of a remark that stands there; None also if what stands may not be read."""
    own_id = (await rest.current_user()).id
    reply_to = remark.reply_to if remark.channel_id else 0
    try:
        return await find_own(rest, channel_id, own_id, [remark.text], after, reply_to=reply_to)
    except ConnectorError as error:
        if not is_closed(error):
            raise
        return None
