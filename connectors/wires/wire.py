"""The base of all wires: whole replies, streams, batches and health over one endpoint."""

from __future__ import annotations

import copy
import re
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Self, TypeVar

import msgspec

from connectors.chat import ChatRequest, Chunk, Completion, Model
from connectors.provider import Config
from connectors.shared import ChatMessage, ConnectorError, Role, encode_json, refuse_bare_string
from connectors.wires.call import Call, whole, whole_text
from connectors.wires.endpoint import Endpoint
from connectors.wires.failures import identified
from connectors.wires.model_choice import ModelChoice
from connectors.wires.probing import probe
from connectors.wires.request_checks import check
from connectors.wires.stream import EventDecoder

if TYPE_CHECKING:
    from connectors.http.reply import Reply
    from connectors.http.transport import Transport

T = TypeVar("T")

# Their chat templates contain the opening mark, so the answer begins inside the thinking.
_THINKS_UNOPENED: Final = re.compile(
    r"deepseek-?r1|(?<![a-z0-9])r1(?![a-z0-9])|qwq|thinking|exaone-deep|glm-z1|openreasoning",
    re.IGNORECASE,
)
AFTER_FINISH_S: Final = 5.0  # for the usage that follows the finish reason


class Wire(ABC):
    """Chat, streams and health over one endpoint. ``aclose`` wipes the key."""

    chat_path: ClassVar[str] = "chat/completions"

    def __init__(
        self,
        config: Config,
        *,
        transport: Transport,
        owns_transport: bool,
        retries: int,
        today: Callable[[], date],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._dialect = config.provider.dialect
        self._name = config.provider.name
        self._endpoint = Endpoint(
            config, transport, owns_transport=owns_transport, retries=retries, today=today
        )
        self._refuse = self._endpoint.refusal
        self._today = today
        self._clock = clock
        self._choice = ModelChoice(
            config,
            listed=self.models,
            by_preference=self._models_by_preference,
            today=today,
            clock=clock,
        )
        self._thinks_unopened: set[str] = set()  # models whose thinking only closes
        self._is_at_owner = config.is_own_address

    async def ask(self, prompt: str, system: str | None = None) -> str:
        """Return the answer to one question.

        Raises ConnectorError for no whole answer: refused, empty, or cut off by the token limit.
        """
        turns = [ChatMessage(Role.USER, prompt)]
        if system is not None:
            turns.insert(0, ChatMessage(Role.SYSTEM, system))
        return whole_text(self._name, await self.chat(ChatRequest(turns)))

    async def chat(self, request: ChatRequest) -> Completion:
        return await self._complete(await self._checked(request, is_stream=False))

    def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Yield the answer as it is written; closing the generator early closes the connection.

        When the stream fails, the chunks before are yielded first. Raises InvalidResponse
        (truncated) when it ends without a finish reason.
        """
        return self._chunks(partial(self._checked, request, is_stream=True))

    async def health(self) -> float:
        """Return the seconds that one small request took. Raises ConnectorError if it failed."""
        began = self._clock()
        await self._check_health()
        return self._clock() - began

    async def probe(self) -> list[Model]:
        """Return the model list, if there is one. Raises what a question would, but is free."""
        once = copy.copy(self)
        once._endpoint = self._endpoint.without_retries()  # noqa: SLF001 - it is one of ours
        return await probe(once, once._endpoint, self._today(), self.chat_path)  # noqa: SLF001

    async def aclose(self) -> None:
        await self._endpoint.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _checked(self, request: ChatRequest, *, is_stream: bool) -> Call:
        check(self._name, request)
        return await self._chat_call(self._capped(request), is_stream=is_stream)

    @abstractmethod
    async def models(self) -> list[Model]:
        """Return the model list; that of a local server may include models not loaded."""

    async def _models_by_preference(self) -> list[Model]:
        """Return the model list, with the models that the server prefers first."""
        return await self.models()

    @abstractmethod
    async def _chat_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        """Return the request in the form of this wire."""

    async def _check_health(self) -> None:
        await self._check_path(self._dialect.health_path)

    async def _check_path(self, path: str) -> None:
        timeouts = self._endpoint.short_timeouts()
        await self._endpoint.fetch("GET", path, read=len, timeouts=timeouts, retries=0)

    async def _get(self, path: str, read: Callable[..., T], *, retries: int | None = None) -> T:
        """Return what ``read`` makes of the reply, which should come soon."""
        timeouts = self._endpoint.short_timeouts()
        reader = self._reader(read)
        return await self._endpoint.fetch(
            "GET", path, read=reader, timeouts=timeouts, retries=retries
        )

    async def _post(self, path: str, body: object, read: Callable[..., T], *, texts: int) -> T:
        """Return what ``read`` makes of the reply about so many texts."""
        reader = self._reader(read, texts=texts)
        return await self._endpoint.fetch("POST", path, encode_json(body), read=reader)

    def _reader(self, read: Callable[..., T], **more: int) -> Callable[[bytes], T]:
        return partial(read, self._name, refuse=self._refuse, **more)

    async def _complete(self, call: Call) -> Completion:
        return await self._endpoint.fetch("POST", call.path, call.body, read=call.read_any)

    async def _chunks(self, make: Callable[[], Awaitable[Call]]) -> AsyncGenerator[Chunk, None]:
        call = await make()
        retries = self._endpoint.retries()
        while True:
            reply = await self._endpoint.send("POST", call.path, call.body, retries=retries)
            decoder = call.decoder()
            try:
                while not decoder.is_done and (read := await _read(reply, decoder)):
                    for chunk in decoder.feed(read):
                        yield chunk
                read = b""  # it may quote the key, and a traceback may show locals
                for chunk in decoder.finish():
                    yield chunk
                await reply.drain()
            finally:
                await reply.aclose()
            if decoder.has_lone_close and call.model is not None:
                self._thinks_unopened.add(call.model)
            if decoder.error is None:
                return
            if decoder.is_silent and call.probe is not None:
                await self._ask_why(call.path, call.probe())
            error = identified(decoder.error, reply.headers)
            if decoder.has_begun or not decoder.is_refused:
                raise error
            await retries.wait_after(error, has_reply=True)

    async def _ask_why(self, path: str, probe: bytes) -> None:
        """Raise why a stream was empty, if a request without a stream says so (llama.cpp)."""
        try:
            await self._endpoint.fetch("POST", path, probe, read=len, retries=0)
        except ConnectorError as error:
            if error.status is not None:
                raise

    def _call(
        self,
        path: str,
        body: bytes,
        model: str | None,
        completion: Callable[..., Completion],
        decoder: Callable[..., EventDecoder],
        probe: Callable[[], bytes] | None = None,
    ) -> Call:
        """Return the call; thinking in the text is split off if the provider may not do so."""
        strips = self._dialect.strips_think_block or not self._is_at_owner
        name = model or ""
        thinks_first = name in self._thinks_unopened or _THINKS_UNOPENED.search(name) is not None
        thinking = {"strips_think_block": strips, "waits_for_close": strips and thinks_first}
        return Call(
            path,
            body,
            read=partial(whole, read=self._reader(completion), **thinking),
            decoder=partial(decoder, self._name, self._refuse, **thinking),
            model=model,
            probe=probe,
        )

    async def _embed(
        self,
        texts: Sequence[str],
        batch: int,
        model: str | None,
        embed: Callable[[str | None, list[str]], Awaitable[list[list[float]]]],
    ) -> list[list[float]]:
        self._endpoint.ensure_open()
        refuse_bare_string("texts", texts)
        vectors: list[list[float]] = []
        if texts:
            model = model or await self._choice.for_embeddings()
        for start in range(0, len(texts), batch):
            vectors += await embed(model, list(texts[start : start + batch]))
        return vectors

    def _capped(self, request: ChatRequest) -> ChatRequest:
        cap = self._config.max_tokens
        if cap is None or request.max_tokens is not None:
            return request
        return msgspec.structs.replace(request, max_tokens=cap)


async def _read(reply: Reply, decoder: EventDecoder) -> bytes:
    if decoder.is_finished:
        reply.wait_s = AFTER_FINISH_S
    elif decoder.has_begun:
        # Not before: servers send comments and pings while a model reads and thinks.
        reply.wait_s = reply.timeouts.between_s
    try:
        return await reply.read()
    except ConnectorError as error:
        decoder.fail(error)
        return b""
