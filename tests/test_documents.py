"""Tests that the documents say what the code does."""

import asyncio
import importlib.util
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot import app
from bot.process.texts import HELP
from cogs.settings.commands import ServerSettings
from connectors import PROVIDERS, Embedder, Generator, Provider, Reranker, connect
from connectors import discord as discord_rest
from tests.connectors.local_server import Received, head, serving
from tests.e2e.world import World

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "bench/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)
COMMANDS, DEVELOPMENT, LIBRARY, LISTED = (
    (ROOT / "docs" / f"{name}.md").read_text()
    for name in ("commands", "development", "library", "providers")
)
OWN = {
    "ABI_PROVIDER",
    "ABI_PROVIDERS",
    "ABI_ANSWER_MINUTES",
    "ABI_DATA_DIR",
    "ABI_FILES_LAST",
    "ABI_HISTORY_DAYS",
    "ABI_SHARD_COUNT",
    "ABI_SHARDS",
    "ABI_GLOBAL_RATE",
    "ABI_LIMITS",
    "ABI_USER_LIMITS",
    "ABI_AT_LIMIT",
    "ABI_LOG_FORMAT",
    "ABI_PRICES",
    "ABI_LOG_LEVEL",
    "DATABASE_URL",
    "DISCORD_API_URL",
    "DISCORD_BOT_TOKEN",
    "DISCORD_CLIENT_ID",
    "DISCORD_CLIENT_SECRET",
    "DISCORD_PUBLIC_KEY",
    "PORT",
}

ABILITIES: dict[str, type] = {"embed": Embedder, "generate": Generator, "rerank": Reranker}


def plain_variables() -> set[str]:
    return {
        name
        for row in PROVIDERS.values()
        for name in row.key_env + row.url_env + row.model_env
        if not name.startswith("ABI_")
    }


def test_the_example_lists_every_variable_and_sets_none() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = {line.rstrip("=") for line in lines if line and not line.startswith("#")}
    parallel = {row.parallel_env[0] for row in PROVIDERS.values()}
    assert listed == plain_variables() | OWN | parallel
    assert discord_rest.TOKEN_ENV[-1] in listed


def test_the_code_reads_no_variable_that_the_example_does_not_list() -> None:
    known = plain_variables() | OWN
    for top in ("bot", "cogs", "connectors"):
        for path in (ROOT / top).rglob("*.py"):
            # One file knows the names that are not ours, to tell which is meant.
            if "sandbox" in path.parts or path.name == "misnamed.py":
                continue
            for name in re.findall(r'"((?:ABI|DISCORD|[A-Z_]+_API)_[A-Z_]+)"', path.read_text()):
                assert name in known or name.removeprefix("ABI_") in known, f"{path}: {name}"


@pytest.mark.parametrize("row", PROVIDERS.values(), ids=list(PROVIDERS))
async def test_every_provider_is_listed_as_it_is(row: Provider) -> None:
    line = next(line for line in LISTED.splitlines() if line.startswith(f"| {row.label} |"))
    for name in row.key_env + row.url_env + row.model_env:
        assert name.startswith("ABI_") or f"`{name}`" in line
    assert f"`{row.name}`" in line
    assert row.base_url in line
    assert row.model is None or f"`{row.model}`" in line
    for value, (day, successor) in row.retired.items():
        assert f"`{value}`, retired on {day}: `{successor}`" in line
    connector = connect(row.load_from_env(dict.fromkeys(row.key_env, "a-key")))
    abilities = [name for name, kind in ABILITIES.items() if isinstance(connector, kind)]
    await connector.aclose()
    assert line.split("|")[-2].strip() == ", ".join(abilities)


def test_the_providers_are_listed_in_their_order() -> None:
    labels = [row.label for row in PROVIDERS.values()]
    listed = [line.split(" | ")[0].removeprefix("| ") for line in LISTED.splitlines()]
    assert [label for label in listed if label in labels] == labels


def blocks(document: str) -> list[str]:
    """Return the examples in Python."""
    return re.findall(r"```python\n(.*?)```", document, re.S)


async def run_script(**environ: str) -> tuple[int | None, str, str]:
    script = blocks(LIBRARY)[0]
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", script),
        cwd=ROOT,
        env=environ,
        stdout=PIPE,
        stderr=PIPE,
    )
    printed, errors = await running.communicate()
    return running.returncode, printed.decode(), errors.decode()


async def test_the_script_for_the_library_runs() -> None:
    body = b'data: {"choices":[{"delta":{"content":"Because."},"finish_reason":"stop"}]}\n\n'
    reply = head(kind="text/event-stream", content_length=str(len(body))) + body

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)

    async with serving(answer) as server:
        environ = {"OPENAI_API_KEY": "a-key", "OPENAI_BASE_URL": server.url, "OPENAI_MODEL": "m"}
        assert await run_script(**environ) == (0, "Because.", "")


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "openai: no key is set; set ABI_OPENAI_API_KEY or OPENAI_API_KEY"),
        ({"OPENAI_API_KEY": "two words"}, "openai: OPENAI_API_KEY holds"),
        (
            {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "no address"},
            "openai: OPENAI_BASE_URL is not",
        ),
        (
            {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:9", "OPENAI_MODEL": "m"},
            "openai: it does not accept connections",
        ),
    ],
    ids=["no key", "bad key", "bad address", "server down"],
)
async def test_the_script_for_the_library_ends_in_one_sentence_when_it_cannot_work(
    environ: dict[str, str], says: str
) -> None:
    code, printed, errors = await run_script(**environ)
    assert (code, printed) == (1, "")
    assert errors.startswith(says)
    assert len(errors.splitlines()) == 1


def test_the_row_that_is_shown_is_a_whole_one() -> None:
    assert (ROOT / "connectors" / "mistral.py").read_text().rstrip() in DEVELOPMENT


def test_what_the_contributors_guide_names_exists() -> None:
    quoted = re.findall(r"`([^`\n]+)`", (ROOT / "CONTRIBUTING.md").read_text())
    paths = [name for name in quoted if re.fullmatch(r"[\w.]+(/[\w.]*)+|\w+\.(md|toml)", name)]
    symbols = [name for name in quoted if re.fullmatch(r"[A-Z]+[a-z]\w+|[a-z]+(_[a-z]+)+", name)]
    assert [path for path in paths if not (ROOT / path).exists()] == []
    sources = [
        path.read_text()
        for package in ("bot", "cogs", "connectors")
        for path in (ROOT / package).rglob("*.py")
    ]
    known = set(re.findall(r"\w+", "\n".join(sources)))
    assert [symbol for symbol in symbols if symbol not in known] == []
    assert "connectors/wires/" in " ".join(paths)


def test_every_command_is_named() -> None:
    found = set()
    for path in (ROOT / "cogs").rglob("*.py"):
        source = path.read_text()
        group = re.search(r'group_name="(\w+)"', source)
        for options, name in re.findall(
            r"app_commands\.command\((.*?)async def (\w+)", source, re.S
        ):
            given = re.match(r'name="(\w+)"', options)
            found.add(" ".join(filter(None, [group and group[1], given[1] if given else name])))
    assert {"ask", "digest add", "digest list"} <= found
    for name in found:
        row = re.search(rf"\| `/{name}[ `]", COMMANDS)
        assert row is not None, f"add /{name} to docs/commands.md"


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in words}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_command_of_python_that_is_shown_can_be_started(document: Path) -> None:
    offered = {line.split()[0] for line in HELP.splitlines() if line.startswith("  ")} | {"--help"}
    shown = re.findall(r"python(?:\.exe)? -m ([\w.]+)(?: ([\w-]+))?", document.read_text())
    for module, word in shown:
        if module.split(".")[0] in ("bot", "connectors", "tests", "bench"):
            assert importlib.util.find_spec(module) is not None, module
        if module == "bot" and word:
            assert word in offered, word


async def test_the_other_examples_for_the_library_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = b'{"choices":[{"message":{"content":"Because."},"finish_reason":"stop"}]}'

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head(content_length=str(len(reply))) + reply)

    names: dict[str, Any] = {}
    for block in blocks(LIBRARY)[1:]:
        exec(block, names)  # noqa: S102 - it is our own
    for name in plain_variables():
        monkeypatch.delenv(name, raising=False)
    async with serving(answer) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "a-key")
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_MODEL", "m")
        assert await names["whole"]() == "Because."
        assert await names["first"]() == "openai: Because."
    assert await names["remind"](tmp_path) == "The tea is ready."


async def test_the_command_that_is_shown_works_as_its_test_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, cog, test = blocks(DEVELOPMENT)
    module = ModuleType("cogs.hello")
    exec(cog, module.__dict__)  # noqa: S102 - it is our own
    monkeypatch.setitem(sys.modules, module.__name__, module)
    others = [name for name in app.COGS if name != module.__name__]  # of whoever tries the recipe
    monkeypatch.setattr(app, "COGS", (*others, module.__name__))
    names: dict[str, Any] = {"World": World}
    exec(test, names)  # noqa: S102 - it is our own
    await names["test_hello_greets_whoever_is_named"]()


def test_each_path_that_is_shown_exists() -> None:
    quoted = re.findall(r"`([^`\n]+)`", DEVELOPMENT)
    paths = {name for name in quoted if re.fullmatch(r"[\w.]+(/[\w.]*)+", name)}
    assert [
        path
        for path in paths - {"cogs/hello.py", "tests/e2e/test_hello.py"}
        if not (ROOT / path).exists()
    ] == []


def test_the_documents_describe_each_rule_of_a_server() -> None:
    table = COMMANDS.partition("| `/settings set` |")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    described = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert described == {command.name for command in ServerSettings.edit.commands}
