"""OpenAI's chat/completions and embeddings: one connector class for every server that speaks them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from connectors.chat import ChatRequest, Chunk, Completion, Model
from connectors.provider import Config

if TYPE_CHECKING:
    from connectors.transport import Transport


class OpenAIWire:
    def __init__(
        self,
        config: Config,
        *,
        transport: Transport,
        owns_transport: bool,
        retries: int,
        today: Callable[[], date],
    ) -> None: ...

    async def chat(self, request: ChatRequest) -> Completion:
        raise NotImplementedError

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        raise NotImplementedError
        yield

    async def models(self) -> list[Model]:
        raise NotImplementedError

    async def health(self) -> float:
        raise NotImplementedError

    async def aclose(self) -> None:
        raise NotImplementedError


class OpenAIEmbeddings(OpenAIWire):
    async def embed(self, texts: Sequence[str], *, model: str) -> list[list[float]]:
        raise NotImplementedError
