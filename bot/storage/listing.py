"""The rows of a person, as JSON objects: what an export holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, text

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping, TextClause

    from bot.storage.holdings import Extent

_TURNS: Final = text("""
SELECT id, parent_id, guild_id, channel_id, author, prompt, extras, answer, provider, model,
    created_at FROM turns WHERE author_id = :subject_id AND deleted_at IS NULL ORDER BY id
""")
_JOBS: Final = text("""
SELECT id, kind, state, guild_id, channel_id, zone, rule, wall_time, next_run, created_at, payload,
    draft FROM jobs WHERE owner_id = :subject_id AND payload <> '{}' AND kind <> 'export'
ORDER BY created_at, id
""")
_SIMPLE: Final = {
    "models": text("SELECT provider, model FROM choices WHERE user_id = :subject_id"),
    "time zone": text("SELECT zone FROM zones WHERE user_id = :subject_id"),
    "left out of": text("SELECT name FROM opt_outs WHERE user_id = :subject_id"),
    "usage": text("""
SELECT day, guild_id, provider, model, questions, input_tokens, cached_tokens, output_tokens,
    cost AS cost_in_millionths_of_a_dollar FROM usage_days WHERE user_id = :subject_id ORDER BY day
"""),
}
_PERSONAS: Final = text("""
SELECT name, prompt FROM personas WHERE scope = 'conversation' AND place_id IN :places
""").bindparams(bindparam("places", expanding=True))
_TIMES: Final = ("created_at", "next_run")
_JSON: Final = ("extras", "payload", "draft")


def rows(connection: Connection, extent: Extent) -> dict[str, list[dict[str, Any]]]:
    """Return what is stored about a person, by what it is, and without tokens."""
    values = msgspec.structs.asdict(extent)
    found = {
        "conversations": _read(connection, _TURNS, values),
        "answers and reminders": _read(connection, _JOBS, values),
        "personas": _read(connection, _PERSONAS, {"places": list(extent.places)}),
    }
    return found | {name: _read(connection, query, values) for name, query in _SIMPLE.items()}


def _read(
    connection: Connection, query: TextClause, values: dict[str, Any]
) -> list[dict[str, Any]]:
    return [_object(row) for row in connection.execute(query, values).mappings()]


def _object(row: RowMapping) -> dict[str, Any]:
    """Return a row with times as ISO 8601, ids as strings, and JSON as such."""
    return {name: _value(name, value) for name, value in row.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    if name in _TIMES:
        return _iso(value)
    if name in _JSON:
        return without_tokens(_parsed(value))
    # Programs that read JSON lose digits of numbers as long as Discord's ids.
    return str(value) if name.endswith("id") else value


def _iso(us: int) -> str:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us)
    return moment.isoformat(timespec="seconds")


def _parsed(stored: str) -> Any:
    try:
        return json.loads(stored or "{}")
    except ValueError:
        return stored


def without_tokens(value: Any) -> Any:
    """Return a JSON value in which nothing is called a token, and ids are strings."""
    if isinstance(value, dict):
        return {k: without_tokens(v) for k, v in value.items() if k != "token"}
    if isinstance(value, list):
        return [without_tokens(item) for item in value]
    is_id = isinstance(value, int) and not isinstance(value, bool) and value >= 2**53
    return str(value) if is_id else value
