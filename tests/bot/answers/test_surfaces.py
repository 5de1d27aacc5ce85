from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.answers.surfaces import DirectSurface, InteractionSurface, Origin
from bot.sandbox.discord_server import Channel, DiscordServer, User
from connectors import ConnectorError
from connectors.discord import DiscordRest, MessageBody, load_from_env
from connectors.transport import Transport


class Stage:
    """A deferred interaction of alice, and a clock that is set by hand."""

    def __init__(self, server: DiscordServer, channel: Channel, alice: User) -> None:
        self.server, self.channel, self.alice = server, channel, alice
        self.now = 0.0
        self.transport = Transport()
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        self.rest = DiscordRest(load_from_env(environ), self.transport)

    async def origin(self, *, private: bool = False) -> Origin:
        """Let alice use a command, and defer the answer."""
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
            expires_at=840.0,
        )

    async def _api(self, method: str, path: str, body: object) -> None:
        import httpx

        async with httpx.AsyncClient() as client:
            headers = {"authorization": f"Bot {self.server.token}"}
            url = self.server.api_url + path
            (await client.request(method, url, json=body, headers=headers)).raise_for_status()

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


async def test_the_first_message_fills_the_deferred_one_and_the_next_follow(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    await surface.create(MessageBody("two"))
    await surface.edit(first, MessageBody("three"))
    assert stage.contents() == ["three", "two"]
    assert {path.split()[1] for path in stage.paths} == {"webhooks"}


async def test_from_minute_14_the_same_messages_are_edited_in_the_channel(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    stage.now = 840.0
    await surface.edit(first, MessageBody("two"))
    await surface.create(MessageBody("three"))
    assert stage.contents() == ["two", "three"]
    assert stage.paths == ["PATCH webhooks", "PATCH channels", "POST channels"]


async def test_a_token_that_died_early_is_noticed_once(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    stage.used.expire()
    await surface.edit(first, MessageBody("two"))
    await surface.edit(first, MessageBody("three"))
    assert stage.contents() == ["three"]
    assert stage.paths == ["PATCH webhooks", "PATCH webhooks", "PATCH channels", "PATCH channels"]


async def test_a_private_answer_never_goes_to_the_channel(stage: Stage) -> None:
    surface = stage.surface(await stage.origin(private=True))
    await surface.create(MessageBody("one"))
    await surface.create(MessageBody("two"))
    assert all(m.ephemeral for m in stage.server.messages(stage.channel, viewer=stage.alice))
    stage.now = 840.0
    with pytest.raises(ConnectorError) as raised:
        await surface.create(MessageBody("three"))
    assert not raised.value.retryable
    assert stage.contents() == ["one", "two"]


async def test_a_whisper_is_heard_by_one_person(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    await surface.create(MessageBody("one"))
    await surface.whisper("psst")
    assert [m.ephemeral for m in stage.server.messages(stage.channel, viewer=stage.alice)] == [
        False,
        True,
    ]


async def test_a_direct_message_is_the_last_place(stage: Stage) -> None:
    surface = DirectSurface(stage.rest, replace(await stage.origin(), private=True))
    message_id = await surface.create(MessageBody("one"))
    await surface.edit(message_id, MessageBody("two"))
    assert stage.contents(stage.server.dm(stage.alice)) == ["two"]


async def test_a_person_who_takes_no_direct_messages_is_an_error(stage: Stage) -> None:
    stage.alice.blocks_dms = True
    surface = DirectSurface(stage.rest, await stage.origin())
    with pytest.raises(ConnectorError) as raised:
        await surface.create(MessageBody("one"))
    assert raised.value.provider_code == "50007"
