from pathlib import Path

import pytest

from bot.app import Bot
from bot.process import doctor
from bot.sandbox.discord_server import DiscordServer
from bot.settings import Settings

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
        code = await doctor.run(Bot, Settings(data_dir=tmp_path), environ, within_s=2.0)
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
    settings = Settings(data_dir=tmp_path)
    for environ, said in (
        ({}, "none is set. Copy it from https://discord.com/developers/applications "),
        ({"DISCORD_BOT_TOKEN": "two words"}, "DISCORD_BOT_TOKEN holds a space or a character "),
    ):
        assert await doctor.run(Bot, settings, environ, within_s=2.0) == 2
        printed = capsys.readouterr().out
        assert f"wrong  Token         {said}" in printed
        assert "two words" not in printed


async def test_a_variable_under_another_name_is_told_with_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"DISCORD_TOKEN": "secret"}
    assert await doctor.run(Bot, Settings(data_dir=tmp_path), environ, within_s=2.0) == 2
    printed = capsys.readouterr().out
    said = "DISCORD_TOKEN is set, but the bot reads DISCORD_BOT_TOKEN. Rename or unset it."
    assert f"to do  Variables     {said}" in printed
    assert "secret" not in printed
