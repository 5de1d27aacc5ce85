"""OpenAI's API, for every server that is compatible: chat, streams, models and embeddings."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from connectors.chat import ChatRequest, Model
from connectors.shared import ConnectorError
from connectors.wires.call import Call
from connectors.wires.openai import reply as openai_reply
from connectors.wires.openai.request import encode_chat
from connectors.wires.openai.stream import StreamDecoder
from connectors.wires.wire import Wire

EMBED_BATCH: Final = 256


class OpenAIWire(Wire):
    """Chat, streams, model lists and health of a server compatible with OpenAI."""

    async def models(self) -> list[Model]:
        """Return the model list; that of a local server may include models not loaded."""
        return await self._get("models", openai_reply.models)

    async def context_length(self, model: str | None = None) -> int | None:
        """Return what a list of the models in memory says, or None without one (LM Studio)."""
        if self._dialect.state_path is None:
            return None
        wanted = await self._choice.for_chat(model)
        listed = await self._models_by_preference()
        return next((m.context_length for m in listed if wanted in (None, m.id)), None)

    async def _models_by_preference(self) -> list[Model]:
        path = self._dialect.state_path
        if path is None:
            return await self.models()
        try:
            return await self._get(path, openai_reply.models, retries=0)
        except ConnectorError as error:
            if error.reason in ("auth", "timeout", "unavailable"):
                raise
            return await self.models()  # an older version, or another server in its place

    async def _chat_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        model = await self._choice.for_chat(request.model)
        body = encode_chat(request, model=model, dialect=self._dialect, is_stream=is_stream)
        is_llama_cpp = self._config.provider.is_local or not self._is_at_owner  # or may be
        probe = partial(self._probe, request, model) if is_llama_cpp else None
        read = openai_reply.completion
        return self._call(self.chat_path, body, model, read, StreamDecoder, probe)

    def _probe(self, request: ChatRequest, model: str | None) -> bytes:
        short = msgspec.structs.replace(request, max_tokens=1)
        return encode_chat(short, model=model, dialect=self._dialect, is_stream=False)


class OpenAIEmbeddings(OpenAIWire):
    """The same for a server that also has embeddings."""

    async def embed(self, texts: Sequence[str], *, model: str | None = None) -> list[list[float]]:
        """Return one vector per text, in the order given.

        Shape ``(len(texts), d)``, where d is the model's. More than EMBED_BATCH texts are sent in
        several calls. Raises InvalidResponse rather than return fewer vectors than texts.
        """
        return await self._embed(texts, EMBED_BATCH, model, self._embed_batch)

    async def _embed_batch(self, model: str | None, texts: list[str]) -> list[list[float]]:
        named = {} if model is None else {"model": model}
        body = {**named, "input": texts}
        return await self._post("embeddings", body, openai_reply.vectors, texts=len(texts))
