"""Notes to people whose questions Discord no longer waited for: without one they hear nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.answers import texts
from connectors import ConnectorError
from connectors.discord import MessageBody

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.answers.background import Background
    from bot.answers.origin import Origin
    from connectors.discord import DiscordRest

log = logging.getLogger(__name__)

# It happens to many at once: those of a channel are told together.
COLLECT_S = 2.0
AT_ONCE = 40  # mentions, which fit into a message


class TooLate:
    """Tells people in the channel, or where others must not see it, in direct messages."""

    def __init__(
        self, rest: DiscordRest, tasks: Background, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._rest = rest
        self._tasks = tasks
        self._sleep = sleep
        self._missed: dict[int, list[Origin]] = {}

    def tell(self, origin: Origin) -> None:
        """Tell somebody soon. Return at once."""
        if origin.is_hidden:
            self._tasks.spawn(self._tell_alone(origin))
            return
        missed = self._missed.setdefault(origin.channel_id, [])
        missed.append(origin)
        if len(missed) == 1:
            self._tasks.spawn(self._tell_together(origin.channel_id))

    async def _tell_together(self, channel_id: int) -> None:
        await self._sleep(COLLECT_S)
        missed = self._missed.pop(channel_id)
        for begin in range(0, len(missed), AT_ONCE):
            await self._post(channel_id, missed[begin : begin + AT_ONCE])

    async def _tell_alone(self, origin: Origin) -> None:
        try:
            channel_id = await self._rest.create_dm(origin.user_id)
        except ConnectorError as error:
            log.warning("discord: %s; nobody is told that a question came too late", error)
        else:
            await self._post(channel_id, [origin])

    async def _post(self, channel_id: int, missed: Sequence[Origin]) -> None:
        people = list(dict.fromkeys(origin.user_id for origin in missed))
        mentions = " ".join(f"<@{user_id}>" for user_id in people)
        body = MessageBody(
            f"{mentions} {texts.TOO_LATE}",
            nonce=f"late{missed[0].interaction_id}",
            allow_user=people[0] if len(people) == 1 else None,
        )
        try:
            await self._rest.create_message(channel_id, body)
        except ConnectorError as error:
            log.warning("discord: %s; nobody is told that a question came too late", error)
