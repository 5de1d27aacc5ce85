"""The messages of an interaction, as a place where an answer is shown."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from bot.answers.look_back import shows_end
from bot.answers.posts import DirectSurface, Posts, ReplySurface
from bot.answers.texts import GOES_ON
from connectors import ApiRequestFailed, ConnectorError
from connectors.discord import MessageBody, codes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.answers.origin import Origin, Screen
    from connectors.discord import DiscordRest, Message

    Request = Callable[[MessageBody], Awaitable[Message]]

log = logging.getLogger(__name__)

PLACES = 2  # in which an answer is shown, one after the other
# With one of these codes Discord says that the token is dead.
TOKEN_IS_DEAD = {codes.INVALID_WEBHOOK_TOKEN, codes.UNKNOWN_WEBHOOK, codes.UNKNOWN_INTERACTION}


class Surface(Protocol):
    """A place where messages appear one below the other. Raises only ConnectorError."""

    @property
    def lead(self) -> str:
        """The text above the answer here; may be empty."""

    async def create(self, body: MessageBody) -> str:
        """Show a new message and return its id."""

    def opening(self, body: MessageBody) -> MessageBody:
        """Return what a new message shows first: something else if it could be shown twice."""

    async def edit(self, message_id: str, body: MessageBody) -> None:
        """Replace what a message shows."""

    async def delete(self, message_id: str) -> None:
        """Delete a message; succeed if it is gone."""

    async def reach(self) -> None:
        """Raise ConnectorError if this place cannot be reached now."""

    async def shows_end(self) -> bool:
        """Return whether a message shows the end of the answer."""


class InteractionSurface:
    """The messages of one interaction, the deferred response first.

    The token expires after 15 minutes; from minute 14 on, or as soon as Discord says so, the answer
    continues in the channel, where the bot can edit its own messages, too. A hidden answer cannot.
    """

    def __init__(
        self,
        rest: DiscordRest,
        origin: Origin,
        last_id: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rest = rest
        self._origin = origin
        self._clock = clock
        self.lead = origin.lead
        self._dead = False
        self._posts = Posts(rest, origin, last_id)

    async def create(self, body: MessageBody) -> str:
        """Fill the deferred response, or add a follow-up message."""
        return await self._with_token_or_in_channel(self._respond, self._in_channel, body)

    def opening(self, body: MessageBody) -> MessageBody:
        """Return a note for a follow-up that could not be found again, as only its id is then lost.

        The text is added by editing it, which can be repeated.
        """
        is_follow_up = self._posts.last_id is not None and self._is_alive()
        return MessageBody(GOES_ON) if is_follow_up and self._origin.is_hidden else body

    def _is_alive(self) -> bool:
        return not self._dead and self._clock() < self._origin.expires_at

    async def edit(self, message_id: str, body: MessageBody) -> None:
        origin, body = self._origin, replace(body, removes_files=True)

        async def by_token(body: MessageBody) -> Message:
            return await self._rest.edit_followup(*origin.webhook, message_id, body, attempts=1)

        async def in_channel(body: MessageBody) -> Message:
            return await self._rest.edit_message(origin.channel_id, message_id, body, attempts=1)

        await self._with_token_or_in_channel(by_token, in_channel, body)

    async def delete(self, message_id: str) -> None:
        """Delete a message; a private one only while the token is valid."""
        origin = self._origin
        if self._is_alive():
            try:
                await self._rest.delete_followup(*origin.webhook, message_id)
            except ConnectorError as error:
                if error.provider_code not in TOKEN_IS_DEAD:
                    raise
            else:
                return
        await self._rest.delete_message(origin.channel_id, message_id)

    async def reach(self) -> None:
        """Do nothing: no other place comes before this one."""

    async def shows_end(self) -> bool:
        """Look in the channel, where a hidden answer cannot be seen."""
        origin = self._origin
        return not origin.is_hidden and await shows_end(
            self._rest, origin.channel_id, origin.interaction_id
        )

    async def _with_token_or_in_channel(
        self, by_token: Request, in_channel: Request, body: MessageBody
    ) -> str:
        if self._is_alive():
            try:
                return (await by_token(body)).id
            except ConnectorError as error:
                if error.provider_code not in TOKEN_IS_DEAD:
                    raise
        if not self._dead:
            self._dead = True
            log.info("an interaction's token has expired; its answer continues in the channel")
        if self._origin.is_hidden:
            summary = "only the token reaches this answer"
            raise ApiRequestFailed("discord", reason="gone", summary=summary)
        return (await in_channel(body)).id

    async def _in_channel(self, body: MessageBody) -> Message:
        return await self._posts.create(self._origin.channel_id, body)

    async def _respond(self, body: MessageBody) -> Message:
        if self._posts.last_id is None:
            with self._posts.look_back.noting():
                message = await self._rest.edit_original(*self._origin.webhook, body, attempts=1)
        else:
            message = await self._follow_up(replace(body, ephemeral=self._origin.private))
        self._posts.last_id = message.id
        return message

    async def _follow_up(self, body: MessageBody) -> Message:
        """Add a follow-up. It takes no nonce, so it is looked for if Discord's reply was lost."""
        origin = self._origin
        with self._posts.look_back.noting():
            if not origin.is_hidden:
                found = await self._posts.look_back.found(origin.channel_id, self._posts.last_id)
                if found is not None:
                    return await self._rest.edit_followup(
                        *origin.webhook, found.id, body, attempts=1
                    )
            return await self._rest.create_followup(*origin.webhook, body, attempts=1)


def surfaces_of(
    rest: DiscordRest, origin: Origin, last_id: str | None, screen: Callable[[], Screen]
) -> list[Surface]:
    """Return where an answer is shown: one place after the other, as each refuses it.

    ``screen`` tells what of it stands in those before.
    """
    first = ReplySurface if origin.message_id else InteractionSurface
    return [first(rest, origin, last_id), DirectSurface(rest, origin, last_id, screen)]


async def whisper(rest: DiscordRest, origin: Origin, text: str) -> None:
    """Send a message that only the person who asked sees, if the token is still valid.

    There is no token for a message: it is answered by a reply.
    """
    try:
        if origin.message_id:
            reply = MessageBody(text, nonce=f"{origin.message_id}", reply_to=origin.message_id)
            await rest.create_message(origin.channel_id, reply)
            return
        await rest.create_followup(*origin.webhook, MessageBody(text, ephemeral=True))
    except ConnectorError as error:
        log.warning("discord: could not reach the person who asked: %s", error)
