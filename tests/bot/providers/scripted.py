"""Connectors that follow a script, in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence

from bot.providers.catalog import Catalog
from bot.providers.outlet import Outlet
from bot.providers.preferences import Place
from bot.providers.routing import Route
from connectors import (
    PROVIDERS,
    ChatRequest,
    Chunk,
    Completion,
    ConnectorError,
    Connectors,
    Model,
)

END = Chunk(finish_reason="stop")
Act = Sequence[Chunk | ConnectorError]  # what one request brings


class Scripted:
    """A connector that does one act after the other."""

    def __init__(self, acts: Sequence[Act]) -> None:
        self.acts = list(acts)
        self.requests: list[ChatRequest] = []

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        for said in self.acts.pop(0):
            if isinstance(said, ConnectorError):
                raise said
            yield said

    async def __aenter__(self) -> Scripted:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def ask(self, prompt: str, system: str | None = None) -> str:  # noqa: ARG002
        raise AssertionError

    async def chat(self, _: ChatRequest) -> Completion:
        raise AssertionError

    async def models(self) -> list[Model]:
        return []

    async def aclose(self) -> None:
        return


class Cast(Connectors):
    """Connectors whose parts are written."""

    def __init__(self, parts: Mapping[str, Sequence[Act]], environ: Mapping[str, str] = {}) -> None:
        super().__init__(environ, providers={name: PROVIDERS[name] for name in parts})
        self.parts = {name: Scripted(acts) for name, acts in parts.items()}

    def get(self, name: str) -> Scripted:
        return self.parts[name]

    def asked(self) -> dict[str, int]:
        return {name: len(part.requests) for name, part in self.parts.items()}


class ToAll:
    """A routing that asks everybody."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self.catalog = Catalog(cast)

    async def route(self, *_: object) -> Route:
        return Route(tuple(self._cast.parts), None, "")

    def instead(self, *_: object, **__: object) -> None:
        return

    def outlet(self, place: Place) -> Outlet:
        return Outlet(self._cast, place)


def said(text: str) -> Chunk:
    return Chunk(text=text)
