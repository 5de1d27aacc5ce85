import pytest

from bot.sandbox.discord_server import DiscordServer
from connectors import ApiRequestFailed, MissingApiKey, discord
from connectors.http.timeouts import Timeouts
from connectors.http.transport import Transport


async def test_a_client_is_connected_by_its_configuration_and_wiped_at_the_end() -> None:
    async with DiscordServer() as server:
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        config = discord.load_from_env(environ)
        async with discord.connect(config) as rest:
            assert int((await rest.current_user()).id) == server.bot_user.id
    assert config.token.is_closed


async def test_a_closed_client_sends_nothing_and_waits_for_nothing() -> None:
    async with DiscordServer() as server:
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        transport = Transport()
        of_its_own = discord.connect(discord.load_from_env(environ))
        shared = discord.connect(discord.load_from_env(environ), transport=transport)
        await of_its_own.aclose()
        await shared.aclose()
        for rest in (of_its_own, shared):
            for asking in (rest.current_user(), rest.original(1, "token")):
                with pytest.raises(MissingApiKey, match="the client is closed"):
                    await asking
        assert not server.requests
        open_one = discord.connect(discord.load_from_env(environ), transport=transport)
        await transport.aclose()
        with pytest.raises(MissingApiKey, match="the client is closed"):
            await open_one.current_user()
        with pytest.raises(ApiRequestFailed, match="its connections are closed") as raised:
            await transport.send("x", "GET", server.api_url, headers=dict, timeouts=Timeouts())
        assert (raised.value.retryable, raised.value.was_sent) == (False, False)
