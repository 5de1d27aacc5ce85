"""The connectors, by their public names only."""

from collections.abc import AsyncGenerator

import connectors
from bench.connectors.clients import Messages


class Ours:
    def __init__(self, api: str, base: str, limit: int) -> None:  # noqa: ARG002 - needs no limit
        row = connectors.PROVIDERS[api]
        environ = {row.url_env[0]: base, row.model_env[0]: "bench-model"}
        if row.key_env:
            environ[row.key_env[0]] = "bench-key"
        self._connector = connectors.connect(row.load_from_env(environ))

    async def complete(self, messages: Messages) -> str:
        return (await self._connector.chat(_request(messages))).text

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        async for chunk in self._connector.stream(_request(messages)):
            if chunk.text:
                yield chunk.text

    async def aclose(self) -> None:
        await self._connector.aclose()


def _request(messages: Messages) -> connectors.ChatRequest:
    return connectors.ChatRequest(
        messages=tuple(connectors.ChatMessage(m["role"], m["content"]) for m in messages)
    )
