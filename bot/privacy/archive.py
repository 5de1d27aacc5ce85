"""The data of a person as files: JSON for programs, Markdown for people; pure."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.discord import File

# Discord takes 10 MiB; the rest is for the form that files are sent in.
LIMIT = 10 * 1024 * 1024 - 64 * 1024
NAME = "abi-data"
ZIP = "application/zip"

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Entry = tuple[str, Mapping[str, Any]]


def parts_of(rows: Rows, about: Mapping[str, Any], limit: int = LIMIT) -> list[tuple[File, ...]]:
    """Return the files of each message: one with both, or zip archives that Discord takes."""
    entries = [(section, row) for section, found in rows.items() for row in found]
    plain = _files(entries, about)
    if sum(len(file.data) for file in plain) <= limit:
        return [plain]
    packed = list(_packed(entries, about, limit))
    return [
        (File(f"{NAME}-{number}.zip" if len(packed) > 1 else f"{NAME}.zip", data, ZIP),)
        for number, data in enumerate(packed, 1)
    ]


def _packed(entries: Sequence[Entry], about: Mapping[str, Any], limit: int) -> Iterator[bytes]:
    """Yield archives that are small enough, each with whole entries."""
    data = _zipped(_files(entries, about))
    if len(data) <= limit or len(entries) <= 1:
        yield data
        return
    middle = len(entries) // 2
    yield from _packed(entries[:middle], about, limit)
    yield from _packed(entries[middle:], about, limit)


def _zipped(files: Sequence[File]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(file.name, file.data)
    return buffer.getvalue()


def _files(entries: Sequence[Entry], about: Mapping[str, Any]) -> tuple[File, File]:
    sections: dict[str, list[Mapping[str, Any]]] = {}
    for section, row in entries:
        sections.setdefault(section, []).append(row)
    text = json.dumps({**about, **sections}, ensure_ascii=False, indent=1)
    return (
        File(f"{NAME}.json", text.encode(errors="replace"), "application/json"),
        File.from_text(f"{NAME}.md", markdown(sections, about)),
    )


def markdown(rows: Rows, about: Mapping[str, Any]) -> str:
    """Return rows for people to read."""
    lines = ["# What is stored about you", ""]
    lines += [f"- {name}: {value}" for name, value in about.items()]
    for section, found in rows.items():
        lines += ["", f"## {section.capitalize()}"]
        form = _turn if section == "conversations" else _row
        for row in found:
            lines += ["", *form(row)]
    return "\n".join(lines) + "\n"


def _turn(row: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {row['created_at']}, channel {row['channel_id']}"
    yield f"**You:** {row['prompt']}"
    if row.get("extras"):
        yield f"- came with: {_brief(row['extras'])}"
    if row.get("answer"):
        by = " · ".join(filter(None, (row.get("provider"), row.get("model"))))
        yield ""
        yield f"**Answer** ({by}): {row['answer']}"


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        shown = _brief(value) if isinstance(value, (dict, list)) else value
        if shown not in ("", "{}", "[]"):
            yield f"- {name.replace('_', ' ')}: {shown}"


def _brief(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
