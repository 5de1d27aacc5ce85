"""The plans of the statements that a test's code runs: none may read a large table whole."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests import statements

if TYPE_CHECKING:
    from sqlalchemy import Connection

OURS = tuple(str(Path(__file__).parents[1] / part) for part in ("bot/", "connectors/"))
TESTS = str(Path(__file__).parent)
WATCHERS = (__file__, statements.__file__)
# These grow with time or with what people do.
LARGE = ("jobs", "turns", "turn_messages", "summaries")
# A deletion looks for a person's words wherever others may have quoted them: no index can help,
# and people ask for it once.
ON_PURPOSE = ("extras LIKE", "payload LIKE")
_EXPLAINED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)
_TAKE_FOR_LARGE = """
UPDATE pg_class SET reltuples = 1000000, relpages = 1 WHERE relname = ANY(%s) OR oid IN (
    SELECT indexrelid FROM pg_index JOIN pg_class of ON of.oid = indrelid
    WHERE of.relname = ANY(%s))
"""
_SCAN = re.compile(r"SCAN (\w+)")

_seen: set[tuple[str, str]] = set()


@pytest.fixture(autouse=True)
def no_statement_reads_a_large_table_whole() -> Iterator[None]:
    """Look at the plan of each statement of ours when it is run for the first time."""
    found: list[str] = []

    def look(connection: Connection, statement: str, parameters: Any) -> None:
        key = connection.dialect.name, statement
        is_exempt = any(words in statement for words in ON_PURPOSE)
        if key not in _seen and not is_exempt and _EXPLAINED.match(statement) and _is_ours():
            _seen.add(key)
            found.extend(f"{why}:\n{statement}" for why in scans(connection, statement, parameters))

    with statements.looked_at(look):
        yield
    assert not found, "\n\n".join(found)


def scans(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return which large tables a statement reads whole."""
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        rows = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
        names = {name: name for name in LARGE} | _aliases(statement)
        scanned = [match[1] for row in rows if (match := _SCAN.match(row[-1]))]
        return [f"SQLite scans {names[name]}" for name in scanned if name in names]
    # Of small tables the planner reads every one whole: so they are taken for large ones.
    with raw.transaction(force_rollback=True):
        raw.execute("SET LOCAL enable_seqscan = off")
        raw.execute(_TAKE_FOR_LARGE, [list(LARGE), list(LARGE)])
        (plan,) = raw.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchone()
    tops = plan if isinstance(plan, list) else msgspec.json.decode(plan)
    found = [why for top in tops for why in _scans_in(top["Plan"])]
    return [why for why in found if not _is_empty(raw, why.split()[2])]


def _is_empty(raw: Any, table: str) -> bool:
    """Return whether a table has no page yet, so that it cannot be taken for a large one."""
    return bool(raw.execute("SELECT pg_relation_size(%s) = 0", [table]).fetchone()[0])


def _scans_in(node: dict[str, Any], *, is_limited: bool = False) -> Iterator[str]:
    kind, name = node["Node Type"], node.get("Relation Name")
    # A step in an index, for the least of something, has no condition but a limit.
    has_condition = "Index Cond" in node or kind == "Bitmap Heap Scan" or is_limited
    if name in LARGE and kind.endswith("Scan") and not has_condition:
        yield f"PostgreSQL reads {name} by {kind}"
    for child in node.get("Plans", ()):
        yield from _scans_in(child, is_limited=kind == "Limit")


def _aliases(statement: str) -> dict[str, str]:
    """Return the names that a statement gives to large tables."""
    pairs = re.findall(rf"\b({'|'.join(LARGE)}) (?:AS )?(\w+)\b", statement)
    return {alias: table for table, alias in pairs}


def _is_ours() -> bool:
    """Return whether the statement that is being run stands in our code, not in a test."""
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(TESTS) and path not in WATCHERS:
            return False
        if path.startswith(OURS) and "/versions/" not in path and "migrations" not in path:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
