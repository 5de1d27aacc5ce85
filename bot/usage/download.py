"""All figures of a person or a server as one file that Discord takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from bot.usage import table

if TYPE_CHECKING:
    from bot.storage.usage_report import Line
    from bot.storage.usage_reports import Reports

FILE_BYTES = 8_000_000  # Discord takes 10 MiB


class Download(msgspec.Struct, frozen=True):
    """A CSV file, and what its lines are; without any, ``data`` is empty."""

    kind: str
    data: bytes


async def of_person(
    reports: Reports, user_id: int, first: date, labels: Mapping[str, str]
) -> Download:
    """Return what a person used since a day."""
    lines = await reports.lines_of_person(user_id, first)
    return Download(table.OWN, table.file(table.OWN, lines, labels))


async def of_server(
    reports: Reports,
    guild_id: int,
    first: date,
    labels: Mapping[str, str],
    *,
    limit: int = FILE_BYTES,
) -> Download:
    """Return what a server used since a day: by day and person as far as that fits a file."""
    for kind, pages in (
        (table.SERVER, reports.lines_of_server(guild_id, first)),
        (table.MONTHS, reports.months_of_server(guild_id, first)),
    ):
        data = await _joined(kind, pages, labels, limit)
        if data is not None:
            return Download(kind, data)
    lines = await reports.totals_of_server(guild_id, first)
    return Download(table.TOTALS, table.file(table.TOTALS, lines, labels))


async def _joined(
    kind: str, pages: AsyncIterator[list[Line]], labels: Mapping[str, str], limit: int
) -> bytes | None:
    """Return pages as a file, or None if it is too large."""
    data = bytearray()
    async for lines in pages:
        data += await asyncio.to_thread(table.rows, kind, lines, labels)
        if len(data) > limit:
            return None
    return table.header(kind) + data if data else b""
