"""No import circles, few layers, short functions and files, imports at the top."""

from __future__ import annotations

import statistics
from pathlib import Path

from tests.house import House, percentile, report

HOUSE = House()


# Where a function imports, and why: what it imports must not delay the start.
LATE = {
    "bot.__main__": "signals are caught before anything slow is imported",
    "bot.conversations.parsers": "resource, which Windows lacks",
    "bot.process.served": "aiohttp's server and prometheus_client, only with a port",
    "bot.process.run": "checks that a start does not need, once it is ready",
    "bot.process.signals": "asyncio, for the same reason",
    "bot.services": "the database's packages, in a thread beside the login",
    "bot.settings": "tomllib and expressions, only with prices and limits of the operator",
    "bot.text.graphemes": "regex, only for a text that must be cut",
    "cogs.doctor": "the same checks",
    "cogs.usage": "Pillow, only for a picture",
    "connectors.database.migrations": "alembic, only if the schema is behind",
    "connectors.database.preflight": "psycopg, only for PostgreSQL",
    "connectors.database.state": "psycopg, for the same reason",
    "connectors.discord.rest": "httpx and aiohttp, with the first client",
    "connectors.local_scheduler.living": "psycopg, only for PostgreSQL",
    "connectors.local_scheduler.runner": "psycopg, only for PostgreSQL",
    "connectors.registry": "httpx and aiohttp, with the first connector",
}


def test_functions_are_short() -> None:
    lengths = HOUSE.function_lengths()
    assert statistics.median(lengths) <= 8
    assert percentile(lengths, 0.95) <= 25


def test_files_are_short() -> None:
    assert {name for name, lines in HOUSE.file_lengths().items() if lines > 300} == set()


def test_few_files_stand_directly_in_bot() -> None:
    assert len(HOUSE.loose_files()) <= 10


def test_the_house_has_few_layers() -> None:
    assert max(HOUSE.layers().values()) <= 11, HOUSE.tower()


def test_only_what_would_delay_the_start_is_imported_late() -> None:
    assert HOUSE.late_imports().keys() == LATE.keys()


def test_what_all_connectors_share_stands_at_the_bottom() -> None:
    layers = HOUSE.layers()
    assert (layers["connectors.shared"], layers["connectors.chat"]) == (1, 2)


def test_no_import_leads_in_a_circle() -> None:
    assert HOUSE.circle() == []


def built(root: Path, **sources: str) -> House:
    """Return the house of these modules, whose names have a double underscore for a dot."""
    for name, source in sources.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return House(root)


def test_a_layer_is_one_above_all_that_is_imported_but_types(tmp_path: Path) -> None:
    only_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bot.b\n"
    house = built(
        tmp_path,
        bot__a="import os\n",
        bot__b="def f() -> None:\n    from bot import a\n",
        bot__c=only_types,
        bot__d=f"{only_types}else:\n    import bot.b\n",
    )
    assert house.layers() == {"bot.a": 1, "bot.b": 2, "bot.c": 1, "bot.d": 3}
    assert house.tower() == ["bot.d", "bot.b", "bot.a"]
    assert house.late_imports() == {"bot.b": ["from bot import a"]}


def test_a_name_comes_from_the_file_that_defines_it(tmp_path: Path) -> None:
    house = built(
        tmp_path,
        connectors__x__one="NAME = 1\n",
        connectors__x__two="import connectors.x.one\n",
        bot__user="from connectors.x import FIRST\nfrom connectors.x import two\n",
    )
    (tmp_path / "connectors/x/__init__.py").write_text(
        "from connectors.x import two\nfrom connectors.x.one import NAME as FIRST\n"
    )
    graph = House(tmp_path).graph(with_type_only=False)
    assert graph["bot.user"] == {"connectors.x.one", "connectors.x.two"}
    assert house.circle() == []


def test_a_circle_of_types_is_a_circle(tmp_path: Path) -> None:
    only_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot.b import B\n"
    house = built(tmp_path, bot__a=only_types, bot__b="import bot.a\n")
    assert set(house.circle()) == {"bot.a", "bot.b"}
    assert house.layers() == {"bot.a": 1, "bot.b": 2}


def test_the_report_names_each_measure(tmp_path: Path) -> None:
    function = "def f() -> None:\n    import os\n    print(os)\n"
    house = built(tmp_path, bot__a=function + "\n" * 300)
    assert list(report(house)) == [
        "files directly in bot/: 1",
        "circle: none",
        "layers: 1 (bot.a)",
        "functions: 1, median 3 lines, 95 % at most 3",
        "long file: bot.a, 303 lines",
        "late imports: bot.a: import os",
    ]
