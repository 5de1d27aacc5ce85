"""DiscordRest: all of Discord's REST API that we know, one file per resource."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from connectors.discord.channels import Channels
from connectors.discord.commands import Commands
from connectors.discord.config import Config
from connectors.discord.gateway import Gateway
from connectors.discord.guilds import Guilds
from connectors.discord.interactions import Interactions
from connectors.discord.messages import Messages, Reactions
from connectors.discord.sending import Sender
from connectors.discord.users import Users
from connectors.discord.webhooks import Webhooks

if TYPE_CHECKING:
    from connectors.transport import Transport


class DiscordRest(
    Users, Guilds, Channels, Messages, Reactions, Commands, Interactions, Webhooks, Gateway
):
    """Discord's REST API with a bot's token. Every method raises only ConnectorError.

    Limits are waited for before they are hit, and a 429 is obeyed, up to four tries; a 5xx or a lost connection is
    tried again only where the method or a nonce makes that safe. ``processes`` is how many processes share the
    token: each takes its part of the global limit.
    """

    def __init__(
        self,
        config: Config,
        transport: "Transport",
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        processes: int = 1,
    ) -> None:
        super().__init__(
            Sender(
                config.api_url,
                transport,
                sign=lambda: f"Bot {config.token.reveal()}",
                clock=clock,
                sleep=sleep,
                processes=processes,
            )
        )
