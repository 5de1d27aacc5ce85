"""Messages of an answer that are posted to a channel: replies, and direct messages."""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.answers.buttons import without_ways_on
from bot.answers.look_back import LookBack, shows_end
from bot.answers.origin import Screen
from bot.answers.texts import (
    ALL_BY_DIRECT_MESSAGE,
    ALL_FROM_ELSEWHERE,
    BY_DIRECT_MESSAGE,
    FROM_ELSEWHERE,
)
from connectors import ConnectorError
from connectors.discord import MessageBody, codes, custom_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.answers.origin import Origin
    from connectors.discord import DiscordRest, Message

log = logging.getLogger(__name__)


class Posts:
    """Messages posted to channels, each known by the one before it. ``last_id`` is the last one.

    A message that an earlier try may have posted is looked for, and edited instead.
    """

    def __init__(self, rest: DiscordRest, origin: Origin, last_id: str | None) -> None:
        self._rest = rest
        self._origin = origin
        self.last_id = last_id
        self.look_back = LookBack(rest, origin.interaction_id)

    async def create(self, channel_id: int, body: MessageBody) -> Message:
        with self.look_back.noting():
            found = await self.look_back.found(channel_id, self.last_id)
            if found is not None:
                message = await self._edited(channel_id, found, body)
            else:
                body = replace(body, nonce=self._nonce(channel_id))
                message = await self._rest.create_message(channel_id, body)
                if not _shows(message, body):  # an earlier try had posted it, as it was then
                    message = await self._edited(channel_id, message, body)
        self.last_id = message.id
        return message

    async def _edited(self, channel_id: int, message: Message, body: MessageBody) -> Message:
        return await self._rest.edit_message(channel_id, message.id, body, attempts=1)

    def _nonce(self, channel_id: int) -> str:
        """Return 24 characters, the same for each try at one message and at no other."""
        answer = f"{self._origin.interaction_id}:{self._origin.revision}"
        text = f"{answer}:{channel_id}:{self.last_id or 0}"
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:18]).decode()


class ReplySurface:
    """Messages in the channel of the question; the first is a reply to it."""

    lead = ""

    def __init__(self, rest: DiscordRest, origin: Origin, last_id: str | None = None) -> None:
        self._rest = rest
        self._origin = origin
        self._posts = Posts(rest, origin, last_id)

    async def create(self, body: MessageBody) -> str:
        message_id, channel_id = self._origin.message_id, self._origin.channel_id
        if self._posts.last_id is None and channel_id != message_id:  # not in its own thread
            body = replace(body, reply_to=message_id)
        return (await self._posts.create(channel_id, body)).id

    def opening(self, body: MessageBody) -> MessageBody:
        return body

    async def edit(self, message_id: str, body: MessageBody) -> None:
        """Replace what a message shows, and its files."""
        body = replace(body, removes_files=True)
        await edit_reopened(self._rest, self._origin.channel_id, message_id, body)

    async def delete(self, message_id: str) -> None:
        await self._rest.delete_message(self._origin.channel_id, message_id)

    async def reach(self) -> None:
        """Do nothing: no other place comes before this one."""

    async def shows_end(self) -> bool:
        origin = self._origin
        return await shows_end(self._rest, origin.channel_id, origin.interaction_id)


class DirectSurface:
    """Direct messages to the person who asked: the last resort.

    ``screen`` tells what of the answer stands elsewhere: before these, if it was asked there.
    """

    def __init__(
        self,
        rest: DiscordRest,
        origin: Origin,
        last_id: str | None = None,
        screen: Callable[[], Screen] = Screen,
    ) -> None:
        self._rest = rest
        self._origin = origin
        self._screen = screen
        self._dm_id: int | None = None
        self._posts = Posts(rest, origin, last_id)

    @property
    def lead(self) -> str:
        if self._origin.is_direct:
            return ""
        is_rest = self._screen().base
        if self._origin.is_away:
            return FROM_ELSEWHERE if is_rest else ALL_FROM_ELSEWHERE
        said = BY_DIRECT_MESSAGE if is_rest else ALL_BY_DIRECT_MESSAGE
        return said.format(channel_id=self._origin.channel_id)

    async def create(self, body: MessageBody) -> str:
        """Send a direct message. Raise ApiRequestFailed (code 50007) if the person accepts none."""
        if self._origin.is_direct:
            self._posts.last_id = self._posts.last_id or self._screen().behind_id
        return (await self._posts.create(await self._channel_id(), _for_one(body))).id

    def opening(self, body: MessageBody) -> MessageBody:
        return body

    async def edit(self, message_id: str, body: MessageBody) -> None:
        channel_id = await self._channel_id()
        await self._rest.edit_message(channel_id, message_id, _for_one(body), attempts=1)

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


async def edit_reopened(
    rest: DiscordRest, channel_id: int, message_id: str, body: MessageBody
) -> None:
    """Replace what a message shows; a thread that has been archived is opened for it."""
    try:
        await rest.edit_message(channel_id, message_id, body, attempts=1)
    except ConnectorError as error:
        if error.provider_code != codes.THREAD_ARCHIVED:
            raise
        await rest.unarchive_thread(channel_id)
        await rest.edit_message(channel_id, message_id, body, attempts=1)


def _shows(message: Message, body: MessageBody) -> bool:
    """Return whether a message has a body's text and buttons; Discord strips white space."""
    is_same = message.content.strip() == body.content.strip()
    return is_same and set(custom_ids(message.components)) == set(custom_ids(body.components))


def _for_one(body: MessageBody) -> MessageBody:
    return replace(body, components=without_ways_on(body.components))
