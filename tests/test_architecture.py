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
    "alembic",
    "psycopg",
    "PIL",
    "pypdf",
}

SHARED = {
    "bot.errors",
    "bot.providers",
    "bot.fallbacks",
    "bot.schedules",
    "bot.storage",
    "bot.text",
    "bot.times",
    "connectors",
}

# For each package, the longest prefix first: what it may import of ours, and of the libraries.
MAY_IMPORT = {
    "connectors.http": ({"connectors.http", "connectors.shared"}, {"httpx", "aiohttp"}),
    "connectors.wires": ({"connectors"}, set()),
    "connectors.discord": ({"connectors"}, set()),
    "connectors.database": ({"connectors"}, {"sqlalchemy", "alembic", "psycopg"}),
    "connectors.local_scheduler": ({"connectors"}, {"sqlalchemy", "apscheduler", "psycopg"}),
    "connectors": ({"connectors"}, {"dotenv", "psycopg"}),
    "bot.sandbox": ({"bot", "connectors"}, {"aiohttp"}),
    "bot.times": ({"bot.times"}, {"dateutil"}),
    "bot.text": ({"bot.text"}, set()),
    "bot.storage": (SHARED | {"bot.settings"}, {"sqlalchemy"}),
    "bot.providers": (SHARED, set()),
    "bot.schedules": (SHARED, set()),
    "bot.answers": (SHARED | {"bot.answers"}, set()),
    "bot.conversations": (SHARED | {"bot.conversations"}, {"PIL", "pypdf"}),
    "bot.reminders": (SHARED | {"bot.reminders"}, set()),
    "bot.digests": (SHARED | {"bot.digests"}, set()),
    "bot.process": ({"bot", "connectors"}, {"discord", "aiohttp"}),
    "bot": ({"bot", "connectors"}, {"discord"}),
    "cogs": ({"bot", "connectors", "cogs"}, {"discord"}),
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
        feature = ".".join(module_of(path).split(".")[:2])
        shared = ("cogs.ui", "cogs.autocomplete", feature)
        for name in imports(path):
            is_a_cog = is_within(name, "cogs")
            assert not is_a_cog or any(is_within(name, allowed) for allowed in shared), name


def test_only_the_sandbox_imports_the_sandbox() -> None:
    for path in FILES:
        module = module_of(path)
        if not is_within(module, "bot.sandbox"):
            assert not any(is_within(name, "bot.sandbox") for name in imports(path)), module
