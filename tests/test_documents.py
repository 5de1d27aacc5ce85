"""What the documents say is what the code does."""

import re
from pathlib import Path

from connectors import PROVIDERS
from connectors import discord as discord_rest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
OWN = {
    "ABI_PROVIDER",
    "ABI_DATA_DIR",
    "ABI_LOG_LEVEL",
    "DATABASE_URL",
    "DISCORD_API_URL",
    "DISCORD_BOT_TOKEN",
}


def plain_variables() -> set[str]:
    return {
        names[-1]
        for row in PROVIDERS.values()
        for names in (row.key_env, row.url_env, row.model_env)
        if names
    }


def test_the_example_lists_every_variable_and_sets_none() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = {line.rstrip("=") for line in lines if line and not line.startswith("#")}
    assert listed == plain_variables() | OWN
    assert discord_rest.TOKEN_ENV[-1] in listed


def test_the_code_reads_no_variable_that_the_example_does_not_list() -> None:
    known = plain_variables() | OWN
    for top in ("bot", "cogs", "connectors"):
        for path in (ROOT / top).rglob("*.py"):
            if "sandbox" in path.parts:
                continue
            for name in re.findall(r'"((?:ABI|DISCORD|[A-Z_]+_API)_[A-Z_]+)"', path.read_text()):
                assert name in known or name.removeprefix("ABI_") in known, f"{path}: {name}"


def test_the_readme_lists_every_provider_with_its_variables() -> None:
    for row in PROVIDERS.values():
        line = next(line for line in README.splitlines() if line.startswith(f"| {row.label} |"))
        for names in (row.key_env, row.url_env, row.model_env):
            assert not names or f"`{names[-1]}`" in line
        assert row.base_url in line


def test_the_readme_shows_a_whole_row() -> None:
    assert (ROOT / "connectors" / "mistral.py").read_text().rstrip() in README


def test_every_file_the_contributors_guide_names_exists() -> None:
    for path in re.findall(
        r"`((?:bot|cogs|connectors)/[\w/.]*)`", (ROOT / "CONTRIBUTING.md").read_text()
    ):
        assert (ROOT / path).exists(), path


def test_the_readme_names_every_command() -> None:
    found = set()
    for path in (ROOT / "cogs").glob("*.py"):
        found |= set(
            re.findall(r"app_commands\.command\(.*?async def (\w+)", path.read_text(), re.S)
        )
    assert found
    for name in found:
        assert re.search(rf"\| `/{name}[ `]", README), name
