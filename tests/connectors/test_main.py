import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bot.sandbox.model_server import ModelServer
from connectors import PROVIDERS, Connectors
from connectors.__main__ import main

KEY = "sk-a-key-that-nothing-shows"


def openai(server: ModelServer) -> Connectors:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
    return Connectors(environ, providers={n: PROVIDERS[n] for n in ("openai", "mistral")})


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
