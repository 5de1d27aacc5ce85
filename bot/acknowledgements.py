"""The first response to every interaction: one way to Discord, which tells a lost answer from somebody else's."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from connectors import ConnectorError
from connectors.discord import DiscordRest, File, ResponseKind, codes

if TYPE_CHECKING:
    from discord.http import MultipartParameters

log = logging.getLogger(__name__)


class Acknowledging(AsyncWebhookAdapter):
    """What discord.py sends by an interaction's token.

    discord.py repeats a first response whose answer was lost, and then takes "already acknowledged" for an error, so
    that nobody would go on. Here it is an error only where no earlier try can have been carried out.
    """

    def __init__(self, rest: DiscordRest) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._rest = rest
        self._repeating: set[asyncio.Task[Any]] = set()

    async def create_interaction_response(
        self,
        interaction_id: int,
        token: str,
        *,
        params: "MultipartParameters",
        **of_the_session: Any,
    ) -> Any:
        del of_the_session  # rest has its own
        body, files = _read(params)
        kind = body.get("type")
        respond = partial(self._rest.acknowledge, interaction_id, token, body, files)
        if kind == ResponseKind.CHOICES:
            said = await _quietly(respond(attempts=1))
        elif kind == ResponseKind.MODAL:
            said = await self._open(respond)
        else:
            said = await respond()
        return said or {"interaction": {"id": str(interaction_id), "type": 0}}

    async def _open(self, respond: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
        """Open a form, which discord.py knows only from then on: no time may pass where it may be open already."""
        try:
            said = await respond(attempts=1)
        except ConnectorError as error:
            if not error.retryable:
                raise
            return await respond()  # the first try cannot have been carried out
        if said is None:
            self._repeat(respond())
        return said

    def _repeat(self, response: Coroutine[Any, Any, Any]) -> None:
        """Give a response again in the background: a form that is open already must be known when it is sent."""
        task = asyncio.create_task(_quietly(response))
        self._repeating.add(task)
        task.add_done_callback(self._repeating.discard)


async def _quietly(response: Awaitable[Any]) -> Any:
    """Return what Discord says of a response, or None: the person types on, or presses once more."""
    try:
        return await response
    except ConnectorError as error:
        log.info("discord: a first response failed: %s", error)
        return None


def acknowledge_by(rest: DiscordRest) -> None:
    """Let discord.py give first responses through rest, in this task and those that it starts."""
    async_context.set(Acknowledging(rest))


def is_over(error: Exception) -> bool:
    """Return whether an interaction needs no word of ours: another process answers it, or it is too late."""
    if not isinstance(error, ConnectorError):
        return False
    if error.provider_code == codes.ALREADY_ACKNOWLEDGED:
        log.info("discord: another process has taken an interaction")
    elif error.provider_code == codes.UNKNOWN_INTERACTION:
        log.warning("discord: an interaction came too late to be answered")
    else:
        return False
    return True


def _read(params: "MultipartParameters") -> tuple[dict[str, Any], tuple[File, ...]]:
    if not params.multipart:
        return dict(params.payload or {}), ()
    whole, *files = params.multipart
    kept = [File(f["filename"], f["value"].read(), f["content_type"]) for f in files]
    return msgspec.json.decode(whole["value"]), tuple(kept)
