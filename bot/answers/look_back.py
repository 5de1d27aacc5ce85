"""Looking for the messages of an answer whose posting is in doubt, or was not recorded."""

from __future__ import annotations

import logging
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from bot.answers.buttons import Button, buttons_in
from connectors import ConnectorError
from connectors.local_scheduler import id_from

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from connectors.discord import DiscordRest, Message

log = logging.getLogger(__name__)


class LookBack:
    """Finds a message again that one request may have posted, before the next one posts it."""

    def __init__(self, rest: DiscordRest, interaction_id: int) -> None:
        self._rest = rest
        self._interaction_id = interaction_id
        self._is_in_doubt = False

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note whether a request in this block, which posts a message, may have been carried out.

        A doubt lasts until such a request succeeds.
        """
        try:
            yield
        except ConnectorError as error:
            is_lost = error.retryable and error.was_sent and error.status != 429
            self._is_in_doubt = self._is_in_doubt or is_lost
            raise
        self._is_in_doubt = False

    async def found(self, channel_id: int, last_id: str | None) -> Message | None:
        """Return the message that may have been posted after the last known one, if it was."""
        if not self._is_in_doubt:
            return None
        after, answer_id = last_id or str(self._interaction_id), id_from(self._interaction_id)
        messages = messages_of(self._rest, channel_id, self._interaction_id, answer_id, after)
        try:
            async with aclosing(messages):
                return await anext(messages, None)
        except ConnectorError as error:
            if error.retryable:
                raise
            log.warning("discord: %s; a message may be shown twice", error)
            return None


async def messages_of(
    rest: DiscordRest, channel_id: int, interaction_id: int, answer_id: str, after: str
) -> AsyncGenerator[Message, None]:
    """Yield an answer's messages after one of a channel, however many others there are."""
    async with aclosing(rest.messages_after(channel_id, after)) as messages:
        async for message in messages:
            metadata = message.interaction_metadata
            is_response = metadata is not None and metadata.id == str(interaction_id)
            if is_response or buttons_in(answer_id, message.components):
                yield message


async def shows_end(rest: DiscordRest, channel_id: int, interaction_id: int) -> bool:
    """Return whether a message of a channel shows the end of an answer. Raise ConnectorError."""
    answer_id, after = id_from(interaction_id), str(interaction_id)
    async with aclosing(messages_of(rest, channel_id, interaction_id, answer_id, after)) as found:
        async for message in found:
            if Button.AGAIN in buttons_in(answer_id, message.components):
                return True
    return False
