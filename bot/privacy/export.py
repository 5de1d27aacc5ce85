"""Export of everything that is stored about a person: a job, so that no restart loses it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.privacy import texts
from bot.privacy.archive import parts_of
from bot.privacy.request import Request, Tell, places_of, show
from bot.schedules.occurrences import Clock, utc_now
from connectors import ConnectorError
from connectors.discord import MessageBody, is_closed
from connectors.local_scheduler import Outcome, Running, Settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.storage.personal import PersonalData
    from connectors.discord import DiscordRest, File

# Keys of the draft: how many messages have been sent, and the last one's id.
SENT, LAST = "sent", "last"
LINK = "https://discord.com/channels/@me/{channel_id}/{message_id}"


class Export:
    """Sends a person what is stored about them."""

    def __init__(
        self, rest: DiscordRest, data: PersonalData, tell: Tell, *, clock: Clock = utc_now
    ) -> None:
        self._rest = rest
        self._data = data
        self._tell = tell
        self._clock = clock

    async def run(self, running: Running) -> Outcome:
        """Send an export. Raises ConnectorError to be run again."""
        request = Request.of(running)
        places = await places_of(self._rest, request.subject_id, is_server=False)
        rows = await self._data.rows(request.extent(running, places))
        now = f"{self._clock():%Y-%m-%d %H:%M} UTC"
        about = {"user": str(request.subject_id), "made at": now}
        parts = await asyncio.to_thread(parts_of, rows, about)
        messages = [_message(parts, number) for number in range(len(parts))]
        try:
            link = await self._send(running, messages)
        except ConnectorError as error:
            if not is_closed(error):
                raise
            await self._show(running, request, messages)
        else:
            await self._tell(running, self._rest, request, texts.EXPORTED.format(link=link))
        return Settled(None, {})

    async def _send(self, running: Running, messages: Sequence[MessageBody]) -> str:
        """Send messages directly, each once; return the link to the last one."""
        rest, last = self._fenced(running), running.draft.get(LAST)
        channel_id = await rest.create_dm(running.owner_id)
        for number in range(int(running.draft.get(SENT, 0)), len(messages)):
            body = replace(messages[number], nonce=running.nonce(number))
            last = (await rest.create_message(channel_id, body)).id
            await running.save_draft({SENT: number + 1, LAST: last})
        return LINK.format(channel_id=channel_id, message_id=last)

    async def _show(
        self, running: Running, request: Request, messages: Sequence[MessageBody]
    ) -> None:
        """Show messages to the one person who waits, where direct messages are closed."""
        webhook = request.application_id, request.token
        rest, (first, *others) = self._fenced(running), messages
        try:
            said = f"{texts.NO_DM}\n{first.content}"
            await rest.edit_original(*webhook, replace(first, content=said))
            for body in others:
                await rest.create_followup(*webhook, replace(body, ephemeral=True))
        except ConnectorError as error:
            if error.retryable:
                raise
            await show(self._rest, request, texts.NOT_EXPORTED)

    def _fenced(self, running: Running) -> DiscordRest:
        """Return a client that sends nothing once another process may send the same."""
        return self._rest.fenced(running.check_claim, ensure=running.ensure_claim)


def _message(parts: Sequence[tuple[File, ...]], number: int) -> MessageBody:
    content = texts.EXPORT_INTRO
    if len(parts) > 1:
        content = texts.EXPORT_PART.format(part=number + 1, parts=len(parts))
        content += f"\n{texts.IN_PARTS}" if number == 0 else ""
    return MessageBody(content, files=parts[number])
