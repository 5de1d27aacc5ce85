"""The way to the providers: the only one by which what people say leaves the bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from connectors import ApiRequestFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.providers.preferences import Place
    from connectors import ChatRequest, Chunk, Connectors

# Tells whether only local models may answer in a place. Never raises.
IsLocalOnly = Callable[["Place"], Awaitable[bool]]


async def nowhere(_: Place) -> bool:
    return False


class Outlet:
    """The way out of one place. The rules are asked anew before each request.

    ``is_local_only`` is what they said the last time.
    """

    def __init__(
        self, connectors: Connectors, place: Place, is_local_only: IsLocalOnly = nowhere
    ) -> None:
        self._connectors = connectors
        self._ask = partial(is_local_only, place)
        self.is_local_only = place.stays_local

    async def check(self, provider: str) -> None:
        """Raise ApiRequestFailed if nothing that is said here may reach a provider."""
        self.is_local_only = await self._ask()
        if self.is_local_only and not self._connectors.is_local(provider):
            raise ApiRequestFailed(provider, reason="not_local")

    async def send(self, provider: str, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        """Return the answer of a provider, to be closed. Raise ConnectorError as ``check`` does."""
        await self.check(provider)
        if self.is_local_only:
            request = replace(request, stays_local=True)
        return self._connectors.get(provider).stream(request)
