import asyncio
from pathlib import Path

from bot.doctor import texts
from bot.doctor.examination import examine, version
from bot.doctor.finding import exit_code
from bot.process.version import VERSION
from bot.sandbox.discord_server import DiscordServer, Fault
from connectors import Connectors
from connectors.database import Config
from connectors.discord import DiscordRest, load_from_env


async def test_without_a_token_everything_else_is_still_looked_at(tmp_path: Path) -> None:
    async with Connectors({}, providers={}) as connectors:
        findings = await examine(Config(tmp_path), connectors, None, ())
    names = [finding.name for finding in findings]
    assert names == ["Version", "Token", "Providers", "Database", "Disk"]
    assert exit_code(findings) == 2


async def test_a_discord_that_never_answers_is_told_once_and_in_time(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with DiscordServer() as server, Connectors({}, providers={}) as connectors:
        server.inject(Fault(hold=never, times=100))
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        rest = DiscordRest(load_from_env(environ), connectors.transport)
        async with asyncio.timeout(9.0):
            findings = await examine(Config(tmp_path), connectors, rest, (), within_s=0.05)
        never.set()
    token, *others = findings[1:7]
    assert (token.name, token.to_do) == (texts.TOKEN, texts.CHECK_NETWORK)
    assert all((f.said, f.to_do) == (texts.NOT_KNOWN, "") for f in others)
    assert exit_code(findings) == 1


def test_the_version_is_told_with_those_that_it_stands_on() -> None:
    assert version().said.startswith(f"Abi {VERSION}, Python 3.")
