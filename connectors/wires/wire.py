"""What all wires share: the model of a request that names none, whole replies, streams, batches and health."""

from __future__ import annotations

import copy
import logging
import re
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from connectors.chat import ChatRequest, Chunk, Completion, Model
from connectors.provider import Config, plain_name
from connectors.shared import (
    ApiRequestFailed,
    ChatMessage,
    ConnectorError,
    InvalidResponse,
    Role,
    refuse_bare_string,
)
from connectors.wires.decoders.forms import is_stream
from connectors.wires.endpoint import Endpoint
from connectors.wires.failures import identified
from connectors.wires.request_checks import check
from connectors.wires.stream import Decoder

if TYPE_CHECKING:
    from typing import Self

    from connectors.http.transport import Reply, Transport

log = logging.getLogger(__name__)

# Their chat templates write the opening mark, so that the answer begins inside the thinking.
_THINKS_UNOPENED: Final = re.compile(
    r"deepseek-?r1|(?<![a-z0-9])r1(?![a-z0-9])|qwq|thinking|exaone-deep|glm-z1|openreasoning",
    re.IGNORECASE,
)
FIRST_MODEL_S: Final = 60.0
AFTER_FINISH_S: Final = 5.0  # for the usage that follows the finish reason


class Call(msgspec.Struct, frozen=True):
    """A request ready to be sent, and how its reply is read, whole or as a stream.

    ``probe`` makes the same request for one token, not streamed, where that may say why a stream is empty.
    """

    path: str
    body: bytes
    read: Callable[[bytes], Completion]
    decoder: Callable[[], Decoder]
    model: str | None = None
    probe: Callable[[], bytes] | None = None

    def read_any(self, body: bytes) -> Completion:
        """Return the answer of a whole body, also where it is a stream, or a list, that nobody asked for."""
        if is_stream(body):
            return joined(self.decoder(), body)
        try:
            return self.read(body)
        except InvalidResponse:
            if not body.lstrip().startswith(b"["):
                raise
        return joined(self.decoder(), body)  # Google answers with lists, also of errors


class Wire(ABC):
    """Chat, streams and health over one endpoint. Closing it wipes the key of its configuration."""

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
        self._first_model: tuple[str | None, float] | None = None  # with the moment it is stale
        self._told: set[str] = set()
        self._thinks_unopened: set[str] = set()  # models whose thinking only closes
        self._is_at_owner = config.is_own_address

    async def ask(self, prompt: str, system: str | None = None) -> str:
        """Return the answer to one question.

        Raises ConnectorError where there is no whole answer to return: refused, empty, cut off by the limit of tokens.
        """
        turns = [ChatMessage(Role.USER, prompt)]
        if system is not None:
            turns.insert(0, ChatMessage(Role.SYSTEM, system))
        return whole_text(self._name, await self.chat(ChatRequest(turns)))

    async def chat(self, request: ChatRequest) -> Completion:
        """Return the whole answer."""
        return await self._complete(await self._checked(request, is_stream=False))

    def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Yield the answer as it is written; closing the generator early closes the connection.

        When the stream fails, what came before is yielded first. Raises InvalidResponse (truncated) when it ends
        without a finish reason.
        """
        return self._chunks(partial(self._checked, request, is_stream=True))

    async def health(self) -> float:
        """Return the seconds a small request took, tried once; raises ConnectorError when the provider is down."""
        began = self._clock()
        await self._check_health()
        return self._clock() - began

    async def probe(self) -> list[Model]:
        """Return what the provider lists, nothing where it has no list; raises as a question would, and costs nothing."""
        from connectors.wires.probing import probe

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
        """Return what the provider lists; local servers may list models that are not loaded."""

    @abstractmethod
    async def _chat_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        """Return the request in this wire's own form."""

    async def _check_health(self) -> None:
        timeouts = self._endpoint.short_timeouts()
        path = self._dialect.health_path
        await self._endpoint.fetch("GET", path, read=len, timeouts=timeouts, retries=0)

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
                read = b""  # it may quote the key, and a raised error shows the locals
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
        """Raise why a stream was empty, if the server says so to a request that is not streamed (llama.cpp)."""
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
        decoder: Callable[..., Decoder],
        probe: Callable[[], bytes] | None = None,
    ) -> Call:
        """Return the call; thinking in the text is told apart wherever the provider does not do so itself."""
        strips = self._dialect.strips_think_block or not self._is_at_owner
        name = model or ""
        read = partial(completion, self._name, refuse=self._refuse, strips_think_block=strips)
        thinks_first = name in self._thinks_unopened or _THINKS_UNOPENED.search(name) is not None
        return Call(
            path,
            body,
            partial(_whole, read, only_thinks_if_cut=strips and thinks_first),
            partial(
                decoder,
                self._name,
                self._refuse,
                strips_think_block=strips,
                waits_for_close=strips and thinks_first,
            ),
            model,
            probe,
        )

    async def _embed(
        self,
        texts: Sequence[str],
        batch: int,
        model: str | None,
        embed: Callable[[str | None, list[str]], Awaitable[list[list[float]]]],
    ) -> list[list[float]]:
        refuse_bare_string("texts", texts)
        vectors: list[list[float]] = []
        if texts:
            model = model or await self._embed_model()
        for start in range(0, len(texts), batch):
            vectors += await embed(model, list(texts[start : start + batch]))
        return vectors

    async def _embed_model(self) -> str | None:
        """Return the row's model at its own servers, else the first that the server lists beside those that chat."""
        row = self._config.provider
        if row.embed_model is not None and self._config.is_own_address:
            return row.embed_model
        if not self._dialect.names_model:
            return None
        try:
            listed = await self.models()
        except ConnectorError as error:
            if error.status is None and not isinstance(error, InvalidResponse):
                raise
            return None  # a server of one model may have no list (text-embeddings-inference)
        found = next((model.id for model in listed if not model.is_chat), None)
        if found is None:
            summary = "the server lists no embedding model; name one with model="
            raise ApiRequestFailed(self._name, reason="not_found", summary=summary)
        return found

    def _capped(self, request: ChatRequest) -> ChatRequest:
        cap = self._config.max_tokens
        if cap is None or request.max_tokens is not None:
            return request
        return msgspec.structs.replace(request, max_tokens=cap)

    async def _model_of(self, request: ChatRequest) -> str | None:
        self._tell_successors()
        model = request.model or self._config.model_on(self._today())
        return model or await self._servers_model()

    async def _named_model(self, request: ChatRequest) -> str:
        """Return the model for a wire that cannot leave the choice to the server."""
        model = await self._model_of(request)
        if model is None:
            variable = plain_name(self._config.provider.model_env)
            summary = f"no model is set and the server lists none; set {variable}"
            raise ApiRequestFailed(self._name, reason="not_found", summary=summary)
        return model

    def _tell_successors(self) -> None:
        today, config = self._today(), self._config
        if config.model_is_default:
            self._tell("model", config.model, config.model_on(today))
        if config.address_is_default:
            successor = config.provider.current(config.base_url, today)
            self._tell("address", config.base_url, successor)

    def _tell(self, what: str, documented: str | None, used: str | None) -> None:
        if used in (documented, None) or what in self._told:
            return
        self._told.add(what)
        text = "%s: the default %s %s is retired; %s is used instead"
        log.warning(text, self._name, what, documented, used)

    async def _servers_model(self) -> str | None:
        """Return the first chat model a local server lists, or None to leave the choice to the server."""
        if not self._dialect.names_model:
            return None
        known = self._first_model
        if known is not None and self._clock() < known[1]:
            return known[0]
        try:
            model = await self._first_listed()
        except ConnectorError as error:
            if known is None or error.reason != "timeout":
                raise
            model = known[0]  # a busy server is late with its list, and answers all the same
        self._first_model = (model, self._clock() + FIRST_MODEL_S)
        return model

    async def _models_to_choose_from(self) -> list[Model]:
        """Return the models, those first that the server would rather use."""
        return await self.models()

    async def _first_listed(self) -> str | None:
        try:
            listed = await self._models_to_choose_from()
        except ConnectorError as error:
            if error.status is None and error.reason in ("unavailable", "timeout"):
                raise
            # A server whose list is broken may well chat (transformers serve).
            log.info("%s: the model list is unreadable", error)
            return self._first_model[0] if self._first_model else None
        return next((model.id for model in listed if model.is_chat), None)


def whole_text(provider: str, completion: Completion) -> str:
    """Return the text of a whole answer. Raises ConnectorError for any other."""
    if completion.refusal or completion.finish_reason == "content_filter":
        raise ApiRequestFailed(
            provider, reason="content_filter", summary="the model refused to answer"
        )
    if completion.finish_reason in ("length", "pause"):
        summary = "the answer was cut off; ask with chat() and a higher max_tokens"
        raise InvalidResponse(provider, reason="truncated", retryable=False, summary=summary)
    if completion.finish_reason != "stop":
        raise InvalidResponse(provider, summary="the model did not finish its answer")
    if not completion.text.strip():
        raise InvalidResponse(provider, summary="the answer is empty")
    return completion.text


async def _read(reply: Reply, decoder: Decoder) -> bytes:
    if decoder.is_finished:
        reply.wait_s = AFTER_FINISH_S
    elif decoder.has_begun:
        # Not before: servers send comments, pings and roles while a model reads and thinks.
        reply.wait_s = reply.timeouts.between_s
    try:
        return await reply.read()
    except ConnectorError as error:
        decoder.fail(error)
        return b""


def _whole(
    read: Callable[[bytes], Completion], body: bytes, *, only_thinks_if_cut: bool
) -> Completion:
    """Return a whole answer; one of a model that thinks first is cut off inside its thinking if that has no end."""
    completion = read(body)
    if only_thinks_if_cut and completion.finish_reason == "length" and not completion.reasoning:
        return msgspec.structs.replace(completion, text="", reasoning=completion.text)
    return completion


def joined(decoder: Decoder, body: bytes) -> Completion:
    """Return the answer that a whole stream holds. Raises the error it ends in."""
    chunks = decoder.feed(body) + decoder.finish()
    if decoder.error is not None:
        raise decoder.error
    last = chunks[-1]
    begin = max((at for at, chunk in enumerate(chunks) if chunk.retracts), default=0)
    early = "".join(chunk.text for chunk in chunks[:begin])
    return Completion(
        text="".join(chunk.text for chunk in chunks[begin:]),
        reasoning=early + "".join(chunk.reasoning for chunk in chunks),
        refusal="".join(chunk.refusal for chunk in chunks),
        tool_plan="".join(chunk.tool_plan for chunk in chunks),
        tool_calls=tuple(chunk.tool_call for chunk in chunks if chunk.tool_call is not None),
        usage=last.usage,
        finish_reason=last.finish_reason or "stop",
        finish_raw=last.finish_raw,
        model=last.model,
    )
