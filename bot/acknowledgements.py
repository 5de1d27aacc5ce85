"""First responses to interactions, sent by our own REST client."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import msgspec
from discord.http import MultipartParameters
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.errors import AnsweredElsewhere
from connectors import ConnectorError
from connectors.discord import DiscordRest, File, MessageBody, ResponseKind, codes

log = logging.getLogger(__name__)

# In a command's extras: it acknowledges in time also while the services are still being loaded.
IN_TIME = "acknowledges in time"
# When to look whether another process fills a response that was given already.
LOOKS_S = (0.2, 0.3, 0.5, 1.0)
SUPPRESS_EMBEDS = 1 << 2

Response = dict[str, Any] | None
Respond = Callable[..., Coroutine[Any, Any, Response]]


class ResponseAdapter(AsyncWebhookAdapter):
    """discord.py's adapter for interactions, with first responses sent by our REST client.

    A first response that fails, or whose reply is lost, may have been given all the same: what was
    accepted goes on by the interaction's token. Only two errors end it: the interaction is unknown
    (code 10062), or AnsweredElsewhere.
    """

    def __init__(
        self,
        rest: DiscordRest,
        application_id: Callable[[], int],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._rest = rest
        self._application_id = application_id
        self._sleep = sleep
        self._repeating: set[asyncio.Task[Response]] = set()

    async def create_interaction_response(
        self, interaction_id: int, token: str, *, params: MultipartParameters, **_of_aiohttp: Any
    ) -> Any:
        body, files = _read(params)
        respond = partial(self._rest.acknowledge, interaction_id, token, body, files)
        match int(body.get("type") or 0):
            case ResponseKind.CHOICES:
                response = await _logged(respond(attempts=1))
            case ResponseKind.MODAL:
                response = await self._open_modal(respond)
            case ResponseKind.DEFERRED_MESSAGE | ResponseKind.DEFERRED_UPDATE as kind:
                response = await self._defer(respond, token, kind)
            case kind:
                response = await self._say(respond, token, kind, _content(body, files))
        return response or {"interaction": {"id": str(interaction_id), "type": 0}}

    async def _defer(self, respond: Respond, token: str, kind: int) -> Response:
        try:
            response = await respond()
            may_be_others = response is None
        except ConnectorError as error:
            if error.provider_code == codes.UNKNOWN_INTERACTION:
                raise
            log.info("discord: an acknowledgement is in doubt: %s", error)
            response, may_be_others = None, error.provider_code == codes.ALREADY_ACKNOWLEDGED
        # After an update, the original response is the message with the component.
        if may_be_others and kind == ResponseKind.DEFERRED_MESSAGE:
            await self._ensure_unanswered(token)
        return response

    async def _say(self, respond: Respond, token: str, kind: int, body: MessageBody) -> Response:
        """Respond with a message, or edit a response that was given or may have been given."""
        try:
            if response := await respond():
                return response
        except ConnectorError as error:
            if error.provider_code != codes.ALREADY_ACKNOWLEDGED:
                raise
            if kind == ResponseKind.MESSAGE:
                await self._ensure_unanswered(token)
        await self._rest.edit_original(self._application_id(), token, body)
        return None

    async def _open_modal(self, respond: Respond) -> Response:
        """Open a modal, and repeat that in the background if it may be open already.

        discord.py knows a modal only once this returns: before a person can submit it.
        """
        try:
            response = await respond(attempts=1)
        except ConnectorError as error:
            if error.provider_code == codes.ALREADY_ACKNOWLEDGED:
                return None
            if not error.retryable:
                raise
            return await respond()  # the first try cannot have been carried out
        if response is None:
            task = asyncio.create_task(_logged(respond()))
            self._repeating.add(task)
            task.add_done_callback(self._repeating.discard)
        return response

    async def _ensure_unanswered(self, token: str) -> None:
        """Raise AnsweredElsewhere if somebody fills the response that was given before.

        Processes with one database agree on who works; others may share the bot's token only.
        """
        for wait_s in LOOKS_S:
            await self._sleep(wait_s)
            try:
                original = await self._rest.original(self._application_id(), token)
            except ConnectorError:
                return
            if not original.is_loading:
                raise AnsweredElsewhere


async def _logged(response: Awaitable[Response]) -> Response:
    """Return a response; log an error and return None: the person types on, or tries again."""
    try:
        return await response
    except ConnectorError as error:
        log.info("discord: a first response failed: %s", error)
        return None


def use_for_first_responses(rest: DiscordRest, application_id: Callable[[], int]) -> None:
    """Make discord.py send first responses by ``rest``, in this task and the tasks it starts."""
    async_context.set(ResponseAdapter(rest, application_id))


def _content(body: dict[str, Any], files: tuple[File, ...]) -> MessageBody:
    """Return the message of a first response, as an edit of it."""
    data = body.get("data") or {}
    return MessageBody(
        data.get("content") or "",
        tuple(data.get("components") or ()),
        files,
        suppress_embeds=bool(int(data.get("flags") or 0) & SUPPRESS_EMBEDS) or None,
        removes_files=True,
    )


def _read(params: MultipartParameters) -> tuple[dict[str, Any], tuple[File, ...]]:
    if not params.multipart:
        return dict(params.payload or {}), ()
    whole, *files = params.multipart
    kept = [File(f["filename"], f["value"].read(), f["content_type"]) for f in files]
    return msgspec.json.decode(whole["value"]), tuple(kept)
