import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.model_server import ModelServer, Reply
from connectors import PROVIDERS, Connectors
from connectors.__main__ import as_json, main, table
from connectors.check import check
from connectors.survey import survey

KEY = "sk-a-key-that-nothing-shows"


def openai(server: ModelServer) -> Connectors:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
    return Connectors(environ, providers={n: PROVIDERS[n] for n in ("openai", "mistral")})


async def test_a_provider_that_answers_is_shown_with_its_models() -> None:
    async with ModelServer() as server:
        found = await survey(openai(server))
    checked = found[0]
    assert checked.is_configured
    assert checked.latency_s is not None
    assert checked.models == server.models
    assert re.match(r"OpenAI +yes +yes, \d+ ms ", table(found).splitlines()[1])


async def test_a_provider_without_a_key_is_not_asked() -> None:
    async with ModelServer() as server:
        found = await survey(openai(server))
    assert table(found).splitlines()[2].split("  ")[0] == "Mistral"
    assert "no (MISTRAL_API_KEY)" in table(found)
    assert (found[1].latency_s, found[1].error) == (None, None)


async def test_a_provider_that_refuses_is_shown_with_the_reason() -> None:
    async with ModelServer() as server:
        server.api_key = "another"
        found = await survey(openai(server))
    assert "no: the key was refused" in table(found)
    assert KEY not in table(found)


async def test_a_provider_that_hangs_holds_nobody_up() -> None:
    async with ModelServer() as server:
        server.models_reply = Reply(first_byte=asyncio.Event())
        connectors = openai(server)
        checked = await check(connectors, "openai", within_s=0.05)
        await connectors.aclose()
    assert checked.error is not None
    assert checked.error.reason == "timeout"


async def test_the_command_prints_everything_and_reads_the_file_of_variables(
    tmp_path: Path,
) -> None:
    async with ModelServer() as server:
        (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={server.base_url}\n")
        code, printed = await run_command(tmp_path)
        as_data, json_text = await run_command(tmp_path, "--json")
    assert (code, as_data) == (0, 0)
    assert all(row.label in printed for row in PROVIDERS.values())
    assert "sandbox-small" in printed
    assert "no (HF_API_TOKEN)" in printed
    assert "no (LM_STUDIO_HOST)" in printed
    assert "no (DISCORD_BOT_TOKEN)" in printed
    assert "Scheduler" in printed
    found = {one["name"]: one for one in json.loads(json_text)}
    assert list(found) == [*PROVIDERS, "discord", "local_scheduler"]
    assert (found["openai"]["is_configured"], found["openai"]["answers"]) == (True, True)
    assert found["openai"]["models"] == server.models
    assert (found["mistral"]["is_configured"], found["mistral"]["answers"]) == (False, None)
    assert found["vllm"]["error"]["reason"] == "unavailable"
    assert KEY not in printed + json_text


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], ["--json", "--help"]])
def test_help_says_what_it_shows(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Usage: python -m connectors [--json]\n")
    assert printed.err == ""


@pytest.mark.parametrize("arguments", [["dance"], ["--yaml"], ["--json", "dance"], [""]])
def test_an_unknown_word_shows_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == "Usage: python -m connectors [--json]\n"


async def test_discord_is_shown_with_the_bots_name() -> None:
    async with DiscordServer() as server:
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        found = await survey(Connectors({}, providers={}), environ)
        assert f"({server.bot_user.username})" in table(found).splitlines()[1]
        wrong = await survey(Connectors({}, providers={}), environ | {"DISCORD_BOT_TOKEN": "wrong"})
    assert wrong[0].error is not None
    assert (wrong[0].error.reason, wrong[0].is_configured) == ("auth", True)


async def test_a_malformed_variable_is_shown_by_its_name() -> None:
    environ = {"DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": "?", "DATABASE_URL": "redis://db"}
    keyed = {
        "OPENAI_API_KEY": "two words",
        "MISTRAL_API_KEY": KEY,
        "MISTRAL_BASE_URL": "no address",
    }
    names = ("openai", "mistral")
    pool = Connectors(keyed, providers={name: PROVIDERS[name] for name in names})
    shown = table(await survey(pool, environ)).splitlines()
    variables = ("OPENAI_API_KEY", "MISTRAL_BASE_URL", "DISCORD_API_URL", "DATABASE_URL")
    for line, variable in zip(shown[1:], variables, strict=True):
        assert f"no: {variable} " in line
    assert "two words" not in "".join(shown)


async def test_the_scheduler_is_shown_with_its_place_and_nothing_is_made_there(
    tmp_path: Path,
) -> None:
    environ = {"ABI_DATA_DIR": str(tmp_path / "new" / "data")}
    found = await survey(Connectors({}, providers={}), environ)
    assert f"(SQLite in {tmp_path / 'new' / 'data'})" in table(found)
    assert not (tmp_path / "new").exists()


async def test_another_sqlite_is_shown_with_its_own_place(tmp_path: Path) -> None:
    for url, place in (
        (f"sqlite:///{tmp_path}/x/jobs.db", f"(SQLite in {tmp_path / 'x'})"),
        ("sqlite://", "(SQLite in memory)"),
    ):
        found = await survey(Connectors({}, providers={}), {"DATABASE_URL": url})
        assert place in table(found)


async def test_a_database_that_cannot_be_reached_is_shown_without_its_password() -> None:
    environ = {"DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/abi"}
    found = await survey(Connectors({}, providers={}), environ)
    assert found[-1].answers is False
    assert "hunter2" not in table(found) + as_json(found)


async def run_command(cwd: Path, *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "connectors", *arguments),
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = (await process.communicate())[0].decode()
    return process.returncode, printed
