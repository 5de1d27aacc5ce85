from collections.abc import AsyncIterator

import pytest

from bot.sandbox.channel_rights import TOGGLED, permit, rights
from bot.sandbox.discord_server import Channel, DiscordServer


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        server.add_channel(server.add_guild("kitchen"), "general")
        yield server


def only_channel(discord: DiscordServer) -> Channel:
    (channel,) = discord.world.channels.values()
    return channel


async def test_each_permission_is_denied_and_allowed_again(discord: DiscordServer) -> None:
    channel, before = only_channel(discord), rights(discord)
    assert before[0]["name"] == "general"
    for who in ("bot", "everyone"):
        assert all(before[0][who].values())
        permit(discord, channel, who, "add_reactions", allow=False)
        permit(discord, channel, who, "send_messages", allow=False)
        (seen,) = rights(discord)
        assert [name for name, is_allowed in seen[who].items() if not is_allowed] == [
            "send_messages",
            "add_reactions",
        ]
        permit(discord, channel, who, "send_messages", allow=True)
        permit(discord, channel, who, "add_reactions", allow=True)
    assert rights(discord) == before


async def test_what_everyone_may_not_the_bot_may_if_it_is_allowed(discord: DiscordServer) -> None:
    channel = only_channel(discord)
    permit(discord, channel, "everyone", "view_channel", allow=False)
    assert not any(rights(discord)[0]["bot"].values())
    permit(discord, channel, "bot", "view_channel", allow=True)
    assert rights(discord)[0]["bot"]["view_channel"]


async def test_only_what_is_shown_can_be_toggled(discord: DiscordServer) -> None:
    assert "administrator" not in TOGGLED
    with pytest.raises(LookupError):
        permit(discord, only_channel(discord), "bot", "administrator", allow=True)
