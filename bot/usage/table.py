"""Figures as a CSV file that spreadsheets open; pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from bot.storage.usage_report import Amount, Line
from bot.text.formatting import on_one_line
from bot.usage import texts

# Without this mark Excel takes UTF-8 for an older encoding.
BOM = "\ufeff"
# What a table begins each line with, by what its lines are.
OWN, SERVER, MONTHS, TOTALS = "own", "server", "months", "totals"
_COLUMNS = {
    OWN: ("day", "provider", "model"),
    SERVER: ("day", "person", "provider", "model"),
    MONTHS: ("month", "person"),
    TOTALS: ("day", "provider", "model"),
}
# Where a spreadsheet begins a cell, also one that takes other separators than we do.
_FORMULA = re.compile(r'(^|[;|])([\s"]*)([=+\-@＝＋－＠])')  # noqa: RUF001 - these work, too


def header(kind: str) -> bytes:
    return (BOM + _csv([(*_COLUMNS[kind], *texts.COLUMNS)])).encode()


def rows(kind: str, lines: Iterable[Line], labels: Mapping[str, str]) -> bytes:
    """Return lines of a table; ``labels`` are the display names of providers."""
    return _csv([*_words(kind, line, labels), *_numbers(line.amount)] for line in lines).encode()


def file(kind: str, lines: Sequence[Line], labels: Mapping[str, str]) -> bytes:
    """Return a whole table, or nothing if it has no lines."""
    return header(kind) + rows(kind, lines, labels) if lines else b""


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return _FORMULA.sub(r"\1\2'\3", on_one_line(text))


def _csv(cells: Iterable[Iterable[object]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows(cells)
    return file.getvalue()


def _words(kind: str, line: Line, labels: Mapping[str, str]) -> Iterator[str]:
    for column in _COLUMNS[kind]:
        if column == "person":
            # As a number it would lose its last digits.
            known = texts.PERSON.format(id=line.person)
            yield texts.DELETED if line.person is None else known
        elif column == "provider":
            yield harmless(labels.get(line.provider, line.provider))
        elif column == "model":
            yield harmless(line.model)
        else:
            yield line.day.isoformat() if column == "day" else line.day.isoformat()[:7]


def _numbers(amount: Amount) -> Iterator[int | Decimal]:
    for name, number in msgspec.structs.asdict(amount).items():
        yield Decimal(number).scaleb(-6) if name == "cost" else number
