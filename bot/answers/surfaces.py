"""The places of an answer: an interaction's messages, then its channel, then a direct message."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec.structs import replace

from bot.answers.look_back import LookBack, shows_end
from bot.answers.texts import BY_DIRECT_MESSAGE, GOES_ON
from connectors import ApiRequestFailed, ConnectorError
from connectors.discord import MessageBody, codes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from connectors.discord import DiscordRest, Message

    Request = Callable[[MessageBody], Awaitable[Message]]

log = logging.getLogger(__name__)

# Source: interactions/receiving-and-responding. The margin is for requests under way.
TOKEN_LIFE_S = 15 * 60
TOKEN_MARGIN_S = 60
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


class Screen(msgspec.Struct, frozen=True):
    """The messages of an answer, for the process that continues it.

    The ids of its messages, how many surfaces were given up before, and the offsets in the text at
    which this surface begins and up to which it shows it. ``surplus`` are messages to be deleted.
    If ``is_refused``, our own words stand where Discord refuses the text.
    """

    messages: tuple[str, ...] = ()
    left: int = 0
    base: int = 0
    read: int = 0
    surplus: tuple[str, ...] = ()
    is_refused: bool = False

    @property
    def last_id(self) -> str | None:
        """The id of the last message, the one with the buttons."""
        return self.messages[-1] if self.messages else None


class Origin(msgspec.Struct, frozen=True):
    """The interaction an answer responds to. ``expires_at`` is in seconds since 1970.

    ``heading`` is the line above its answer that says what was asked, or empty. ``is_away``: the
    bot is no member of the place, so it cannot read there.
    """

    application_id: int
    token: str
    interaction_id: int
    channel_id: int
    guild_id: int | None
    user_id: int
    private: bool
    expires_at: float
    heading: str = ""
    is_away: bool = False

    @property
    def is_hidden(self) -> bool:
        """True if the bot cannot find the answer's messages in the channel."""
        return self.private or self.is_away

    @property
    def lead(self) -> str:
        return f"{self.heading}\n" if self.heading else ""

    @property
    def webhook(self) -> tuple[int, str]:
        """The application's id and the token, with which its messages are sent."""
        return self.application_id, self.token


class InteractionSurface:
    """The messages of one interaction, the deferred response first.

    The token expires after 15 minutes; from minute 14 on, or as soon as Discord says so, the answer
    continues in the channel, where the bot can edit its own messages, too. A private answer cannot.
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
        self._last_id = last_id
        self._look_back = LookBack(rest, origin.interaction_id)

    async def create(self, body: MessageBody) -> str:
        """Fill the deferred response, or add a follow-up message."""
        return await self._with_token_or_in_channel(self._respond, self._post, body)

    def opening(self, body: MessageBody) -> MessageBody:
        """Return a note for a follow-up that could not be found again, as only its id is then lost.

        The text is added by editing it, which can be repeated.
        """
        is_follow_up = self._last_id is not None and self._is_alive()
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
        if self._origin.private:
            summary = "a private answer cannot continue in the channel"
            raise ApiRequestFailed("discord", reason="gone", summary=summary)
        return (await in_channel(body)).id

    async def _respond(self, body: MessageBody) -> Message:
        if self._last_id is None:
            with self._look_back.noting():
                message = await self._rest.edit_original(*self._origin.webhook, body, attempts=1)
        else:
            message = await self._follow_up(replace(body, ephemeral=self._origin.private))
        self._last_id = message.id
        return message

    async def _follow_up(self, body: MessageBody) -> Message:
        """Add a follow-up. It takes no nonce, so it is looked for if Discord's reply was lost."""
        origin = self._origin
        with self._look_back.noting():
            if not origin.is_hidden:
                found = await self._look_back.found(origin.channel_id, self._last_id)
                if found is not None:
                    return await self._rest.edit_followup(
                        *origin.webhook, found.id, body, attempts=1
                    )
            return await self._rest.create_followup(*origin.webhook, body, attempts=1)

    async def _post(self, body: MessageBody) -> Message:
        channel_id = self._origin.channel_id
        message = await _post(
            self._rest, channel_id, self._origin, self._last_id, self._look_back, body
        )
        self._last_id = message.id
        return message


class DirectSurface:
    """Direct messages to the person who asked: the last resort."""

    def __init__(self, rest: DiscordRest, origin: Origin, last_id: str | None = None) -> None:
        self._rest = rest
        self._origin = origin
        self._dm_id: int | None = None
        self._last_id = last_id
        self._look_back = LookBack(rest, origin.interaction_id)
        self.lead = BY_DIRECT_MESSAGE.format(channel_id=origin.channel_id)

    async def create(self, body: MessageBody) -> str:
        """Send a direct message. Raise ApiRequestFailed (code 50007) if the person accepts none."""
        channel_id = await self._channel_id()
        message = await _post(
            self._rest, channel_id, self._origin, self._last_id, self._look_back, body
        )
        self._last_id = message.id
        return message.id

    def opening(self, body: MessageBody) -> MessageBody:
        return body

    async def edit(self, message_id: str, body: MessageBody) -> None:
        await self._rest.edit_message(await self._channel_id(), message_id, body, attempts=1)

    async def delete(self, message_id: str) -> None:
        await self._rest.delete_message(await self._channel_id(), message_id)

    async def reach(self) -> None:
        await self._channel_id()

    async def shows_end(self) -> bool:
        channel_id = await self._channel_id()
        return await shows_end(self._rest, channel_id, self._origin.interaction_id)

    async def _channel_id(self) -> int:
        if self._dm_id is None:
            self._dm_id = await self._rest.create_dm(self._origin.user_id)
        return self._dm_id


async def _post(
    rest: DiscordRest,
    channel_id: int,
    origin: Origin,
    last_id: str | None,
    look_back: LookBack,
    body: MessageBody,
) -> Message:
    """Post a message to a channel, or edit the one that an earlier try has posted there."""
    with look_back.noting():
        found = await look_back.found(channel_id, last_id)
        if found is not None:
            return await rest.edit_message(channel_id, found.id, body, attempts=1)
        nonce = _nonce(origin.interaction_id, last_id)
        return await rest.create_message(channel_id, replace(body, nonce=nonce))


def _nonce(interaction_id: int, previous_id: str | None) -> str:
    """Return a nonce that is the same for each try at one message, at most 25 characters."""
    return f"{interaction_id % 10**12:x}-{int(previous_id or 0) % 10**14:x}"


async def whisper(rest: DiscordRest, origin: Origin, text: str) -> None:
    """Send a message that only the person who asked sees, if the token is still valid."""
    try:
        await rest.create_followup(*origin.webhook, MessageBody(text, ephemeral=True))
    except ConnectorError as error:
        log.warning("discord: could not reach the person who asked: %s", error)
