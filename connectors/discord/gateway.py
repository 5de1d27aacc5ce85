"""Addresses of the gateway and the voice regions."""

import msgspec

from connectors.discord.objects import GatewayBot, VoiceRegion
from connectors.discord.routes import route
from connectors.discord.sending import Resource


class _Gateway(msgspec.Struct, frozen=True):
    url: str


class Gateway(Resource):
    """``/gateway`` and ``/voice/regions``."""

    async def gateway(self) -> str:
        return (await self._get(_Gateway, route("GET", "/gateway"))).url

    async def gateway_bot(self) -> GatewayBot:
        """Return the gateway's address, the recommended shards and the session start limit."""
        return await self._get(GatewayBot, route("GET", "/gateway/bot"))

    async def voice_regions(self) -> list[VoiceRegion]:
        return await self._get(list[VoiceRegion], route("GET", "/voice/regions"))
