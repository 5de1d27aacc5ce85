"""First responses to interactions, sent by our own REST client."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any

import msgspec
from discord.http import MultipartParameters
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.elsewhere import LOOKS_AT_OTHERS_S, LOOKS_S, PATIENCE_S, ensure_unanswered
from connectors import ConnectorError
from connectors.discord import DiscordRest, File, MessageBody, ResponseKind, codes

log = logging.getLogger(__name__)

# In a command's extras: it acknowledges in time also while the services are still being loaded.
IN_TIME = "acknowledges in time"
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
        is_message = kind == ResponseKind.DEFERRED_MESSAGE
        try:
            response = await respond()
        except ConnectorError as error:
            if error.provider_code == codes.UNKNOWN_INTERACTION:
                raise
            log.info("discord: an acknowledgement is in doubt: %s", error)
            if is_message and error.provider_code == codes.ALREADY_ACKNOWLEDGED:
                await self._ensure_unanswered(token, LOOKS_AT_OTHERS_S, is_ours=False)
            return None
        # After an update, the original response is the message with the component.
        if response is None and is_message:
            await self._ensure_unanswered(token, LOOKS_S, is_ours=True)
        # Without the message, which is empty: discord.py would take long to build it.
        return response and {"interaction": response["interaction"]}

    async def _say(self, respond: Respond, token: str, kind: int, body: MessageBody) -> Response:
        """Respond with a message, or edit a response that was given or may have been given."""
        try:
            if response := await respond():
                return response
        except ConnectorError as error:
            if error.provider_code != codes.ALREADY_ACKNOWLEDGED:
                raise
            if kind == ResponseKind.MESSAGE:
                await self._ensure_unanswered(token, LOOKS_S, is_ours=False)
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

    async def _ensure_unanswered(
        self, token: str, looks_s: Iterable[float], *, is_ours: bool
    ) -> None:
        """Raise AnsweredElsewhere if somebody else fills the response that was given before.

        ``is_ours`` if that may be a try of our own; otherwise code 40060 answered the first one.
        """
        await ensure_unanswered(
            self._rest,
            self._application_id(),
            token,
            looks_s,
            is_ours=is_ours,
            patience_s=0.0 if is_ours else PATIENCE_S,
            sleep=self._sleep,
        )


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
