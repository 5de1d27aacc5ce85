import io
import os
from pathlib import Path

import pytest

from bot.sandbox.child import SCRIPTED, SandboxBot, follow, own, providers
from bot.sandbox.clock import SandboxClock
from bot.sandbox.discord_server import DiscordServer
from bot.settings import load
from connectors import PROVIDERS, Connectors
from connectors.discord import load_from_env

REAL = {"DATABASE_URL": "postgresql://db/real", "ABI_DATA_DIR": "/srv/real"}


def test_nothing_is_stored_where_the_real_bot_stores_it(tmp_path: Path) -> None:
    chosen = own(load(REAL), tmp_path)
    assert (chosen.data_dir, chosen.database_url) == (tmp_path, None)
    assert chosen.is_lasting
    assert chosen.ledger.file == tmp_path / "abi.db"


def test_the_scripted_model_answers_if_no_other_can() -> None:
    rows = providers("http://127.0.0.1:1/v1")
    assert [*rows] == [*PROVIDERS, SCRIPTED]
    assert rows[SCRIPTED].base_url == "http://127.0.0.1:1/v1"
    assert not rows[SCRIPTED].needs_key


@pytest.mark.parametrize("name", ["abi-sandbox-x", "data"])
def test_a_bot_whose_sandbox_has_ended_removes_only_what_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    folder, clock = tmp_path / name, SandboxClock()
    folder.mkdir()
    (folder / "abi.db").touch()
    follow(clock, folder, io.StringIO("60.0\n3600.5\n"))
    assert clock.ahead_s == 3600.5
    assert codes == [0]
    assert folder.exists() is (name == "data")


async def test_discord_s_clock_is_compared_with_the_one_that_was_moved(tmp_path: Path) -> None:
    clock = SandboxClock(7200.0)
    async with DiscordServer(clock=clock) as discord, Connectors({}) as connectors:
        environ = {"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        config, chosen = load_from_env(environ), own(load({}), tmp_path)
        bot = SandboxBot(print, chosen, connectors, config, clock=clock)
        await bot.services.rest.current_application()
        ahead_s = bot.services.rest.clock_ahead_s
    assert ahead_s is not None
    assert abs(ahead_s) < 60
