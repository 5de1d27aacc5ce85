"""The client of Discord's REST API: all resources together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Self

from connectors.discord.channels import Channels
from connectors.discord.commands import Commands
from connectors.discord.config import Config
from connectors.discord.downloads import Downloads
from connectors.discord.gateway import Gateway
from connectors.discord.global_limit import GLOBAL_PER_S, GlobalLimit
from connectors.discord.guilds import Guilds
from connectors.discord.interactions import Interactions
from connectors.discord.messages import Messages, Reactions
from connectors.discord.sending import Sender
from connectors.discord.users import Users
from connectors.discord.webhooks import Webhooks

if TYPE_CHECKING:
    from connectors.http.transport import Transport


class DiscordRest(
    Users,
    Guilds,
    Channels,
    Messages,
    Downloads,
    Reactions,
    Commands,
    Interactions,
    Webhooks,
    Gateway,
):
    """Discord's REST API with a bot's token. Every method raises only ConnectorError.

    Requests wait for rate limits, and a 429 is retried after its wait, up to four tries. A 5xx or
    a lost connection is retried only if the method or a nonce makes that safe. ``processes`` share
    the token and the global limit, ``per_s``. ``async with`` wipes the token at the end.
    """

    def __init__(
        self,
        config: Config,
        transport: Transport,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        processes: int = 1,
        per_s: float = GLOBAL_PER_S,
        owns_transport: bool = False,
    ) -> None:
        self._config = config
        self._transport = transport
        self._owns_transport = owns_transport
        super().__init__(
            Sender(
                config.api_url,
                transport,
                sign=lambda: f"Bot {config.token.reveal()}",
                clock=clock,
                sleep=sleep,
                processes=processes,
                per_s=per_s,
            )
        )

    @property
    def global_limit(self) -> GlobalLimit:
        """The limit of requests a second, whose share others may set."""
        return self._sender.global_limit

    @property
    def clock_ahead_s(self) -> float | None:
        """The lead of this machine's clock over Discord's at the last reply, if there was one."""
        return self._sender.server_clock.measured_s

    async def aclose(self) -> None:
        """Wipe the token, and close the transport if it was opened for this client.

        Every method raises MissingApiKey after that.
        """
        self._sender.is_closed = True
        self._config.close()
        if self._owns_transport:
            await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def connect(
    config: Config, *, transport: Transport | None = None, processes: int = 1
) -> DiscordRest:
    """Return a client. Without a ``transport`` it opens its own, which it closes at the end."""
    from connectors.http.transport import Transport

    return DiscordRest(
        config, transport or Transport(), processes=processes, owns_transport=transport is None
    )
