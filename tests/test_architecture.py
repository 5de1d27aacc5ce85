"""An arrow only ever points down: cogs, then bot, then connectors."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors import PROVIDERS

ROOT = Path(__file__).parent.parent
OURS = {"bot", "cogs", "connectors", "tests", "bench"}
LIBRARIES = {
    "discord",
    "httpx",
    "aiohttp",
    "sqlalchemy",
    "apscheduler",
    "dotenv",
    "dateutil",
}

# For each part of the tree, the longest prefix first: what it may import of ours, and of the libraries.
MAY_IMPORT = {
    "connectors.shared": (set(), set()),
    "connectors.chat": ({"connectors.shared"}, set()),
    "connectors.http.connections": ({"connectors.http.proxies"}, {"aiohttp"}),
    "connectors.http.sockets": ({"connectors.http.connections"}, {"httpx", "aiohttp"}),
    "connectors.http.transport": ({"connectors"}, {"httpx", "aiohttp"}),
    "connectors.env_file": ({"connectors.shared"}, {"dotenv"}),
    "connectors": ({"connectors"}, {"httpx", "apscheduler", "sqlalchemy"}),
    "bot.sandbox": ({"bot", "connectors"}, {"aiohttp"}),
    "bot.run": ({"bot", "connectors"}, {"discord", "aiohttp"}),  # what a lost connection raises
    "bot.database": ({"bot", "connectors"}, {"sqlalchemy"}),
    "bot.choices": ({"bot"}, {"sqlalchemy"}),
    "bot.zones": ({"bot"}, {"sqlalchemy"}),
    "bot.schedules.recurrence": ({"bot.schedules"}, {"dateutil"}),
    "bot.schedules.backlog": ({"bot.schedules", "bot.refusals", "connectors"}, set()),
    "bot.schedules.handlers": ({"bot.schedules", "bot.refusals", "connectors"}, set()),
    "bot.schedules.digest": ({"bot.schedules", "bot.names", "connectors"}, set()),
    "bot.schedules.digesting": (
        {"bot.schedules", "bot.places", "bot.refusals", "bot.writing", "connectors"},
        set(),
    ),
    "bot.schedules.history": ({"connectors"}, set()),
    "bot.schedules.rights": ({"connectors"}, set()),
    "bot.schedules.summary": ({"bot.answers.chunking", "bot.names", "connectors"}, set()),
    "bot.schedules.telling": ({"bot.schedules", "bot.refusals", "connectors"}, set()),
    "bot.schedules.reminders": ({"bot.schedules", "bot.names", "connectors"}, set()),
    "bot.schedules": ({"bot.schedules"}, set()),  # reading times is pure
    "bot": ({"bot", "connectors"}, {"discord"}),
    "cogs": ({"bot", "connectors"}, {"discord"}),
}
FILES = sorted(path for top in ("connectors", "bot", "cogs") for path in (ROOT / top).rglob("*.py"))


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


@functools.cache
def imports(path: Path) -> list[str]:
    return list(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def rule_for(module: str) -> tuple[set[str], set[str]]:
    return MAY_IMPORT[max((p for p in MAY_IMPORT if is_within(module, p)), key=len)]


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_point_down(path: Path) -> None:
    module = module_of(path)
    ours, libraries = rule_for(module)
    for name in imports(path):
        top = name.split(".")[0]
        if top in OURS:
            assert any(is_within(name, allowed) for allowed in ours), f"{module} imports {name}"
        elif top in LIBRARIES:
            assert top in libraries, f"{module} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_nobody_above_knows_a_single_provider(path: Path) -> None:
    if module_of(path).split(".")[0] == "connectors":
        return
    for name in imports(path):
        assert not any(is_within(name, f"connectors.{row}") for row in PROVIDERS), name


def test_a_cog_knows_no_other_cog() -> None:
    for path in (ROOT / "cogs").rglob("*.py"):
        assert not any(name.split(".")[0] == "cogs" for name in imports(path))


def test_only_the_sandbox_imports_the_sandbox() -> None:
    for path in FILES:
        module = module_of(path)
        if is_within(module, "bot.sandbox") or module == "bot.__main__":
            continue
        assert not any(is_within(name, "bot.sandbox") for name in imports(path)), module
