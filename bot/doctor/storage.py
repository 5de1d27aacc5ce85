"""Checks of where the bot keeps what it knows."""

from __future__ import annotations

import shutil

from bot.doctor import texts
from bot.doctor.finding import Finding
from connectors import database
from connectors.database import Config, DatabaseState
from connectors.database.versions import HEAD

FEW_BYTES = 100_000_000
_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def in_bytes(size: float) -> str:
    """Return a size in a fitting unit, such as "1.2 MB"."""
    unit, factor = next((u for u in _UNITS if size >= u[1]), _UNITS[-1])
    return f"{size / factor:.1f} {unit}"


def database_finding(ledger: Config) -> Finding:
    """Return the state of the database. Blocks; changes nothing."""
    found = database.state(ledger)
    if found.trouble is not None:
        trouble, place = found.trouble, {"kind": found.kind, "where": found.where}
        said = texts.DATABASE_TROUBLE.format(cause=trouble.cause, **place)
        to_do = f"{trouble.remedy}." if trouble.remedy else texts.WAIT
        is_fatal = bool(trouble.remedy)
        return Finding(texts.DATABASE, said, to_do, texts.DATABASE_FAILS, is_fatal=is_fatal)
    size = "" if found.size_bytes is None else f", {in_bytes(found.size_bytes)}"
    said = texts.DATABASE_IS.format(
        kind=found.kind, where=found.where, tables=_tables(found), size=size
    )
    return Finding(texts.DATABASE, said, public=texts.DATABASE_WORKS)


def _tables(found: DatabaseState) -> str:
    if found.version is None:
        return texts.NO_TABLES
    form = texts.OLD_TABLES if found.version < HEAD else texts.TABLES
    return form.format(version=found.version, head=HEAD)


def disk(ledger: Config) -> Finding:
    """Return whether files last, and how much room is left. Blocks."""
    if ledger.loss is not None:
        loss = ledger.loss[:1].upper() + ledger.loss[1:]
        return Finding(texts.DISK, texts.NOT_LASTING, f"{loss}.", texts.NOT_LASTING_PUBLIC)
    file = ledger.file
    if file is None:
        return Finding(texts.DISK, texts.DISK_NOT_NEEDED)
    folder = file.absolute().parent
    try:
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
    except OSError:  # told with the database
        return Finding(texts.DISK, texts.NOT_SEEN, is_known=False)
    if free < FEW_BYTES:
        said = texts.NEARLY_FULL.format(free=in_bytes(free))
        return Finding(texts.DISK, said, texts.MAKE_SPACE.format(folder=folder), said)
    return Finding(
        texts.DISK, texts.LASTING.format(free=in_bytes(free)), public=texts.DATABASE_WORKS
    )
