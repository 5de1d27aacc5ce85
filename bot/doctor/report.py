"""Findings as text, for a terminal and for a message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.doctor import texts
from bot.doctor.finding import Finding, State
from bot.doctor.permissions import missing

_LIGHTS = {State.OK: "🟢", State.TO_DO: "🟠", State.FATAL: "🔴"}
_MARKS = {State.OK: "ok", State.TO_DO: "to do", State.FATAL: "wrong"}
# ANSI: green, yellow, red.
_COLOURS = {State.OK: "32", State.TO_DO: "33", State.FATAL: "31"}
_NOTHING, _GREY = "-", "⚪"


def in_terminal(findings: Sequence[Finding], *, is_coloured: bool) -> str:
    """Return a line for each finding, with a mark, the name and what was found."""
    width = max(len(finding.name) for finding in findings)
    return "".join(
        f"{_mark(finding, is_coloured=is_coloured)}  {finding.name.ljust(width)}  "
        f"{finding.line.replace('`', '')}\n"
        for finding in findings
    )


def in_message(findings: Sequence[Finding], *, for_owner: bool) -> str:
    """Return the findings for the bot's owner or for anybody else."""
    lines = [_light_line(finding, for_owner=for_owner) for finding in findings]
    return "\n".join(lines if for_owner else [*lines, texts.MORE_FOR_OPERATOR])


def permissions_here(held: int, *, is_member: bool, is_thread: bool, is_dm: bool) -> Finding:
    """Return what the bot's permissions in a channel lack."""
    if is_dm:
        return Finding(texts.PERMISSIONS, texts.IN_DM)
    if not is_member:
        return Finding(texts.PERMISSIONS, texts.NOT_HERE)
    lacks = missing(held, is_thread=is_thread)
    if not lacks:
        return Finding(texts.PERMISSIONS, texts.ALL_HELD)
    listed = ", ".join(f"{name} ({purpose})" for name, purpose in lacks.items())
    return Finding(texts.PERMISSIONS, texts.LACKS.format(permissions=listed), texts.GIVE)


def _mark(finding: Finding, *, is_coloured: bool) -> str:
    mark = (_MARKS[finding.state] if finding.is_known else _NOTHING).ljust(5)
    if not (is_coloured and finding.is_known):
        return mark
    return f"\x1b[{_COLOURS[finding.state]}m{mark}\x1b[0m"


def _light_line(finding: Finding, *, for_owner: bool) -> str:
    light = _LIGHTS[finding.state] if finding.is_known else _GREY
    is_cut = finding.public is not None and not for_owner
    said = finding.public if is_cut else finding.line
    return f"{light} **{finding.name}** · {said}"
