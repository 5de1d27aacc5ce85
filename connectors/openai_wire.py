"""OpenAI's chat/completions and embeddings: one connector class for every server that speaks them."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from connectors import openai_reply
from connectors.chat import ChatRequest, Chunk, Completion, Model
from connectors.endpoint import Endpoint, read_whole
from connectors.openai_request import encode_chat
from connectors.openai_stream import StreamDecoder
from connectors.provider import Config
from connectors.shared import ConnectorError, InvalidResponse

if TYPE_CHECKING:
    from connectors.transport import Reply, Transport

log = logging.getLogger(__name__)

CHAT_PATH: Final = "chat/completions"
EMBED_BATCH: Final = 256
FIRST_MODEL_S: Final = 60.0
AFTER_FINISH_S: Final = 5.0  # for the usage that follows the finish reason


class OpenAIWire:
    """Chat, streams, model lists and health over one endpoint. Closing it wipes the key of its configuration."""

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
        self._endpoint = Endpoint(config, transport, owns_transport=owns_transport, retries=retries)
        self._today = today
        self._clock = clock
        self._first_model: tuple[str | None, float] | None = None  # with the moment it is stale
        self._has_told_successor = False

    async def chat(self, request: ChatRequest) -> Completion:
        """Return the whole answer."""
        body = await self._body(request, is_stream=False)
        return await self._endpoint.fetch("POST", CHAT_PATH, body, read=self._completion)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Yield the answer as it is written; closing the generator early closes the connection.

        When the stream fails, what came before is yielded first. Raises InvalidResponse (truncated) when it ends
        without a finish reason.
        """
        body = await self._body(request, is_stream=True)
        reply = await self._endpoint.send("POST", CHAT_PATH, body)
        decoder = self._decoder()
        try:
            if _is_whole(reply):
                for chunk in _chunks_of(await read_whole(reply, self._completion)):
                    yield chunk
                return
            while not decoder.is_done and (read := await _read(reply, decoder)):
                for chunk in decoder.feed(read):
                    yield chunk
            read = b""  # it may quote the key, and a raised error shows the locals
            for chunk in decoder.finish():
                yield chunk
            await reply.drain()
        finally:
            await reply.aclose()
        if decoder.error is not None:
            raise decoder.error

    async def models(self) -> list[Model]:
        """Return what the provider lists; local servers may list models that are not loaded."""
        return await self._endpoint.fetch(
            "GET",
            "models",
            read=lambda body: openai_reply.models(
                self._endpoint.name, body, self._endpoint.refusal
            ),
            waits=self._endpoint.short_waits(),
        )

    async def health(self) -> float:
        """Return the seconds a small request took, tried once; raises ConnectorError when the provider is down."""
        began = self._clock()
        await self._endpoint.fetch(
            "GET",
            self._dialect.health_path,
            read=len,
            waits=self._endpoint.short_waits(),
            retries=0,
        )
        return self._clock() - began

    async def aclose(self) -> None:
        await self._endpoint.aclose()

    async def _body(self, request: ChatRequest, *, is_stream: bool) -> bytes:
        model = request.model or self._default_model() or await self._servers_model()
        return encode_chat(request, model=model, dialect=self._dialect, is_stream=is_stream)

    def _default_model(self) -> str | None:
        model = self._config.model_on(self._today())
        if model != self._config.model and not self._has_told_successor:
            self._has_told_successor = True
            log.warning(
                "%s: the default model %s is retired; %s answers instead",
                self._endpoint.name,
                self._config.model,
                model,
            )
        return model

    async def _servers_model(self) -> str | None:
        """Return the first chat model a local server lists, or None to leave the choice to the server."""
        if not self._dialect.names_model:
            return None
        if self._first_model is not None and self._clock() < self._first_model[1]:
            return self._first_model[0]
        model = await self._first_listed()
        self._first_model = (model, self._clock() + FIRST_MODEL_S)
        return model

    async def _first_listed(self) -> str | None:
        try:
            listed = await self.models()
        except ConnectorError as error:
            if error.status is None and not isinstance(error, InvalidResponse):
                raise
            # A server whose list is broken may well chat (transformers serve).
            log.info("%s: the model list is unreadable", error)
            return None
        return next((model.id for model in listed if model.is_chat), None)

    def _completion(self, body: bytes) -> Completion:
        return openai_reply.completion(
            self._endpoint.name,
            body,
            self._endpoint.refusal,
            strips_think_block=self._dialect.strips_think_block,
        )

    def _decoder(self) -> StreamDecoder:
        return StreamDecoder(
            self._endpoint.name,
            self._endpoint.refusal,
            strips_think_block=self._dialect.strips_think_block,
        )


class OpenAIEmbeddings(OpenAIWire):
    """The same wire at a server that has embeddings too."""

    async def embed(self, texts: Sequence[str], *, model: str) -> list[list[float]]:
        """Return one vector per text, in the order given.

        Shape ``(len(texts), d)``, where d is the model's. At most EMBED_BATCH texts per call are sent; more are split.
        Raises InvalidResponse rather than return fewer vectors than texts.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), EMBED_BATCH):
            vectors += await self._embed_batch(list(texts[start : start + EMBED_BATCH]), model)
        return vectors

    async def _embed_batch(self, texts: list[str], model: str) -> list[list[float]]:
        return await self._endpoint.fetch(
            "POST",
            "embeddings",
            msgspec.json.encode({"model": model, "input": texts}),
            read=lambda body: openai_reply.vectors(
                self._endpoint.name, body, self._endpoint.refusal, count=len(texts)
            ),
        )


async def _read(reply: Reply, decoder: StreamDecoder) -> bytes:
    if decoder.is_finished:
        reply.wait_s = AFTER_FINISH_S
    elif decoder.has_begun:
        # Not before: a local server sends keep-alive comments while it reads a long prompt.
        reply.wait_s = reply.waits.between_s
    try:
        return await reply.read()
    except ConnectorError as error:
        decoder.fail(error)
        return b""


def _is_whole(reply: Reply) -> bool:
    # Some gateways ignore "stream"; and a page of HTML is best read as one reply that is no JSON.
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("application/json", "text/html")


def _chunks_of(completion: Completion) -> Iterator[Chunk]:
    if completion.text or completion.reasoning or completion.refusal:
        yield Chunk(
            text=completion.text,
            reasoning=completion.reasoning,
            refusal=completion.refusal,
            model=completion.model,
        )
    for call in completion.tool_calls:
        yield Chunk(tool_call=call)
    yield Chunk(
        usage=completion.usage,
        finish_reason=completion.finish_reason,
        finish_raw=completion.finish_raw,
        model=completion.model,
    )
