from bot.sandbox.discord_server import DiscordServer
from connectors import discord


async def test_a_client_is_connected_by_its_configuration_and_wiped_at_the_end() -> None:
    async with DiscordServer() as server:
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        config = discord.load_from_env(environ)
        async with discord.connect(config) as rest:
            assert int((await rest.current_user()).id) == server.bot_user.id
    assert config.token.is_closed
