from pathlib import Path

import pytest

from bot.app import Bot
from bot.process import doctor
from bot.sandbox.discord_server import DiscordServer
from bot.settings import Settings
from connectors.discord import load_from_env

KEY = "sk-a-key-that-nothing-shows"


async def test_it_compares_the_commands_of_the_bot_and_connects_to_no_gateway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with DiscordServer() as server:
        server.add_guild("Kitchen")
        environ = {
            "DISCORD_BOT_TOKEN": server.token,
            "DISCORD_API_URL": server.api_url,
            "MISTRAL_API_KEY": KEY,
            "MISTRAL_BASE_URL": "http://127.0.0.1:9",
        }
        settings, config = Settings(data_dir=tmp_path), load_from_env(environ)
        code = await doctor.run(Bot, settings, environ, config, within_s=2.0)
        assert server.identifies == 0
        assert {request.method for request in server.requests} == {"GET"}
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert code == 1
    assert (
        "to do  Commands      none is registered. Start the bot: it registers them by itself."
        in lines
    )
    assert any(line.startswith("to do  Mistral       cannot be reached") for line in lines)
    assert (tmp_path / "abi.db").exists() is False
    for secret in (KEY, server.token):
        assert secret not in printed.out + printed.err


async def test_without_a_token_it_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await doctor.run(Bot, Settings(data_dir=tmp_path), {}, None, within_s=2.0)
    assert code == 2
    assert "wrong  Token" in capsys.readouterr().out
