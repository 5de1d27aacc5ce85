from collections.abc import AsyncIterator

import pytest

from bot.answers.origin import Origin
from bot.answers.surfaces import InteractionSurface
from bot.sandbox.discord_server import Channel, DiscordServer, User
from connectors.discord import DiscordRest, load_from_env
from connectors.http.transport import Transport
from tests.sandbox import plain_client


async def no_wait(_: float) -> None:
    """Try again at once."""


class Stage:
    """A deferred interaction of alice, and a clock that is set by hand."""

    def __init__(self, server: DiscordServer, channel: Channel, alice: User) -> None:
        self.server, self.channel, self.alice = server, channel, alice
        self.now = 0.0
        self.transport = Transport(sleep=no_wait)
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        self.rest = DiscordRest(load_from_env(environ), self.transport)

    async def origin(self, *, private: bool = False) -> Origin:
        """Use a command as alice, and defer the answer."""
        command = {"name": "ask", "description": "x", "type": 1}
        await self._api("PUT", f"/applications/{self.server.application_id}/commands", [command])
        self.used = used = await self.server.slash(self.alice, self.channel, "ask")
        flags = {"flags": 64} if private else {}
        path = f"/interactions/{used.id}/{used.token}/callback"
        await self._api("POST", path, {"type": 5, "data": flags})
        return Origin(
            application_id=self.server.application_id,
            token=used.token,
            interaction_id=used.id,
            channel_id=self.channel.id,
            guild_id=None,
            user_id=self.alice.id,
            private=private,
            expires_at=self.now + 840.0,
        )

    async def _api(self, method: str, path: str, body: object) -> None:
        async with plain_client() as client:
            headers = {"authorization": f"Bot {self.server.token}"}
            url = self.server.api_url + path
            (await client.request(method, url, json=body, headers=headers)).raise_for_status()

    async def chatter(self, count: int) -> None:
        """Write so many messages in the channel as alice."""
        for n in range(count):
            await self.server.post(self.alice, self.channel, f"chatter {n}")

    def answers(self, channel: Channel | None = None) -> list[str]:
        """Return what the bot has said."""
        shown = self.server.messages(channel or self.channel, viewer=self.alice)
        return [m.content for m in shown if m.author is self.server.bot_user]

    def surface(self, origin: Origin) -> InteractionSurface:
        return InteractionSurface(self.rest, origin, clock=lambda: self.now)

    def contents(self, channel: Channel | None = None) -> list[str]:
        shown = self.server.messages(channel or self.channel, viewer=self.alice)
        return [message.content for message in shown]

    @property
    def paths(self) -> list[str]:
        return [f"{r.method} {r.path.split('/')[1]}" for r in list(self.server.requests)[2:]]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with DiscordServer() as server:
        guild = server.add_guild("Kitchen")
        alice = server.add_user("alice")
        server.add_member(guild, alice)
        stage = Stage(server, server.add_channel(guild, "general"), alice)
        yield stage
        await stage.transport.aclose()
