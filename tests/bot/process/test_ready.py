import io
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.doctor.texts import LOOK_AGAIN
from bot.process.ready import own_terminal, tell
from bot.sandbox.model_server import ModelServer
from bot.settings import Settings
from connectors import PROVIDERS, Connectors

KEY = "sk-a-key-that-nothing-shows"
INSTALL = "https://discord.com/oauth2/authorize?client_id=12&"
INVITE = "https://discord.com/oauth2/authorize?client_id=12&scope=bot+applications.commands&"


def bot_with(connectors: Connectors, folder: Path, *, is_closing: bool = False) -> Any:
    services = SimpleNamespace(settings=Settings(data_dir=folder), connectors=connectors)
    return SimpleNamespace(
        services=services,
        reads_content=True,
        application_id=12,
        installs={0, 1},
        guilds=[],
        user="Abi",
        is_closing=is_closing,
    )


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "bot.process.ready")
    return caplog


async def test_a_log_gets_a_line_for_each_fact(
    tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    rows = {name: PROVIDERS[name] for name in ("openai", "cohere", "mistral")}
    async with ModelServer() as model:
        environ = {
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": model.base_url,
            "MISTRAL_API_KEY": KEY,
            "MISTRAL_BASE_URL": "http://127.0.0.1:9",
        }
        async with Connectors(environ, providers=rows, retries=0) as connectors:
            await tell(bot_with(connectors, tmp_path))
    lines = [(record.levelname, record.getMessage()) for record in log.records]
    version, installs, intents, openai, mistral, stored, invite = lines
    assert version[1].startswith("Version: Abi ")
    assert installs[1].endswith(f"{INSTALL}scope=applications.commands&integration_type=1")
    assert intents == ("INFO", "Intents: Message Content is granted")
    assert openai[1].startswith("OpenAI: answers (")
    assert mistral == ("WARNING", f"Mistral: cannot be reached. {LOOK_AGAIN}")
    assert stored[1].startswith(f"Database: SQLite, {tmp_path}/abi.db: no tables yet")
    assert invite[1].startswith(f"Invite link: {INVITE}permissions=")
    assert KEY not in log.text


async def test_a_terminal_gets_a_banner_with_the_invitation_last(
    tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    terminal = io.StringIO()
    async with Connectors({}, providers={}) as connectors:
        await tell(bot_with(connectors, tmp_path), terminal=terminal)
    title, *_, invitation, address = terminal.getvalue().strip().splitlines()
    assert title.endswith(". Ready as Abi in 0 servers.")
    assert invitation == "Invite the bot to a server (Ctrl-C stops it):"
    assert address.startswith(INVITE)
    assert log.records == []


async def test_a_bot_that_stops_says_nothing_more(
    tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    async with Connectors({}, providers={}) as connectors:
        await tell(bot_with(connectors, tmp_path, is_closing=True))
    assert log.records == []


def test_only_a_terminal_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert own_terminal() is None
    monkeypatch.setattr(sys, "stdout", None)
    assert own_terminal() is None
