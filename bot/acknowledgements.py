"""First responses to interactions, sent by our own REST client."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import msgspec
from discord.http import MultipartParameters
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from connectors import ConnectorError
from connectors.discord import DiscordRest, File, ResponseKind, codes

log = logging.getLogger(__name__)

# In a command's extras: it acknowledges in time also while the services are still being loaded.
IN_TIME = "acknowledges in time"
Response = dict[str, Any] | None
Acknowledge = Callable[..., Coroutine[Any, Any, Response]]


class ResponseAdapter(AsyncWebhookAdapter):
    """discord.py's adapter for interactions, with first responses sent by ``acknowledge``.

    discord.py repeats a first response whose reply was lost, and raises if Discord then says that
    the interaction was acknowledged before, so the command would end there. Here this is an error
    only if no earlier try can have been carried out.
    """

    def __init__(self, acknowledge: Acknowledge) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._acknowledge = acknowledge
        self._repeating: set[asyncio.Task[Response]] = set()

    async def create_interaction_response(
        self, interaction_id: int, token: str, *, params: MultipartParameters, **_of_aiohttp: Any
    ) -> Any:
        body, files = _read(params)
        respond = partial(self._acknowledge, interaction_id, token, body, files)
        if body.get("type") == ResponseKind.CHOICES:
            response = await _logged(respond(attempts=1))
        elif body.get("type") == ResponseKind.MODAL:
            response = await self._open_modal(respond)
        else:
            response = await respond()
        return response or {"interaction": {"id": str(interaction_id), "type": 0}}

    async def _open_modal(self, respond: Acknowledge) -> Response:
        """Open a modal, and repeat that in the background if it may be open already.

        discord.py knows a modal only once this returns: before a person can submit it.
        """
        try:
            response = await respond(attempts=1)
        except ConnectorError as error:
            if not error.retryable:
                raise
            return await respond()  # the first try cannot have been carried out
        if response is None:
            task = asyncio.create_task(_logged(respond()))
            self._repeating.add(task)
            task.add_done_callback(self._repeating.discard)
        return response


async def _logged(response: Awaitable[Response]) -> Response:
    """Return a response; log an error and return None: the person types on, or tries again."""
    try:
        return await response
    except ConnectorError as error:
        log.info("discord: a first response failed: %s", error)
        return None


def use_for_first_responses(rest: DiscordRest) -> None:
    """Make discord.py send first responses by ``rest``, in this task and the tasks it starts."""
    async_context.set(ResponseAdapter(rest.acknowledge))


def cannot_be_answered(error: Exception) -> bool:
    """Return whether an error means that another process has responded, or that it is too late."""
    if not isinstance(error, ConnectorError):
        return False
    if error.provider_code == codes.ALREADY_ACKNOWLEDGED:
        log.info("discord: another process has taken an interaction")
    elif error.provider_code == codes.UNKNOWN_INTERACTION:
        log.warning("discord: an interaction came too late to be answered")
    else:
        return False
    return True


def _read(params: MultipartParameters) -> tuple[dict[str, Any], tuple[File, ...]]:
    if not params.multipart:
        return dict(params.payload or {}), ()
    whole, *files = params.multipart
    kept = [File(f["filename"], f["value"].read(), f["content_type"]) for f in files]
    return msgspec.json.decode(whole["value"]), tuple(kept)
