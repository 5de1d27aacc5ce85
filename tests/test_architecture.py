"""An arrow only ever points down: cogs, then bot, then connectors."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from connectors import PROVIDERS
from tests.house import imports_of, tree_of, uncollected

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
    "prometheus_client",
}

SHARED = {
    "bot.elsewhere",
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
    "connectors.http": (
        {"connectors.http", "connectors.recorder", "connectors.shared"},
        {"httpx", "aiohttp"},
    ),
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
    "bot.limits": (SHARED | {"bot.limits"}, set()),
    "bot.rules": (SHARED | {"bot.rules"}, set()),
    "bot.reminders": (SHARED | {"bot.reminders"}, set()),
    "bot.digests": (SHARED | {"bot.digests"}, set()),
    "bot.process": ({"bot", "connectors"}, {"discord", "aiohttp", "prometheus_client"}),
    "bot.doctor": (SHARED | {"bot.command_sync", "bot.doctor", "bot.process.version"}, set()),
    "bot.privacy": (SHARED | {"bot.privacy"}, set()),
    "bot.help": (SHARED | {"bot.help"}, set()),
    "bot.usage": (SHARED | {"bot.usage"}, {"PIL", "dateutil"}),
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
    with uncollected():
        statements = [found.node for found in imports_of(tree_of(path))]
    for node in statements:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def rule_for(module: str) -> tuple[set[str], set[str]]:
    return MAY_IMPORT[max((p for p in MAY_IMPORT if is_within(module, p)), key=len)]


def may_import(module: str, name: str) -> bool:
    ours, libraries = rule_for(module)
    top = name.split(".")[0]
    if top in OURS:
        return any(is_within(name, allowed) for allowed in ours)
    return top not in LIBRARIES or top in libraries


def test_imports_point_down() -> None:
    edges = [(module_of(path), name) for path in FILES for name in imports(path)]
    assert [
        f"{module} imports {name}" for module, name in edges if not may_import(module, name)
    ] == []


def test_only_the_outlet_sends_to_a_provider() -> None:
    sending = re.compile(r"\.(ask|chat|stream|embed|rerank|generate_stream)\(")
    above = [path for path in FILES if module_of(path).split(".")[0] != "connectors"]
    found = {module_of(path) for path in above if sending.search(path.read_text())}
    assert found == {"bot.providers.outlet"}


def test_nobody_above_knows_a_single_provider() -> None:
    above = [path for path in FILES if module_of(path).split(".")[0] != "connectors"]
    names = {name for path in above for name in imports(path)}
    assert [n for n in names for row in PROVIDERS if is_within(n, f"connectors.{row}")] == []


def test_a_cog_knows_no_other_cog() -> None:
    for path in (ROOT / "cogs").rglob("*.py"):
        feature = ".".join(module_of(path).split(".")[:2])
        shared = ("cogs.ui", "cogs.autocomplete", "cogs.objects", "cogs.rights", feature)
        for name in imports(path):
            is_a_cog = is_within(name, "cogs")
            assert not is_a_cog or any(is_within(name, allowed) for allowed in shared), name


def test_only_the_sandbox_imports_the_sandbox() -> None:
    for path in FILES:
        module = module_of(path)
        if not is_within(module, "bot.sandbox"):
            assert not any(is_within(name, "bot.sandbox") for name in imports(path)), module
