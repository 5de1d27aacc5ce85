"""Requests of the page."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class File(msgspec.Struct):
    """A file of a message or an option."""

    filename: str
    content_type: str
    base64: str


class Post(msgspec.Struct):
    """Send a plain message, perhaps as a reply that notifies the other or does not."""

    channel: str
    content: str = ""
    reply_to: str | None = None
    ping: bool = True
    files: list[File] = []


class Edit(msgspec.Struct):
    """Change one's own message."""

    message: str
    content: str


class Delete(msgspec.Struct):
    """Delete one's own message, or as a moderator another's."""

    message: str


class React(msgspec.Struct):
    """Add one's own reaction to a message, or take it back."""

    message: str
    emoji: str
    on: bool


class Forward(msgspec.Struct):
    """Forward a message."""

    message: str
    channel: str


class NewThread(msgspec.Struct):
    """Open a thread in a channel or, if one is given, at a message."""

    channel: str
    name: str
    message: str | None = None


class CloseThread(msgspec.Struct):
    """Archive a thread."""

    channel: str


class Slash(msgspec.Struct):
    """Run a slash command; ``name`` includes the sub-command, as in ``digest add``."""

    channel: str
    name: str
    options: dict[str, Any] = {}
    files: dict[str, File] = {}


class Autocomplete(msgspec.Struct):
    """Ask the bot for choices of one option."""

    channel: str
    name: str
    focused: str
    options: dict[str, Any] = {}


class Click(msgspec.Struct):
    """Press a button."""

    message: str
    custom_id: str


class Select(msgspec.Struct):
    """Choose values of a select."""

    message: str
    custom_id: str
    values: list[str]


class Submit(msgspec.Struct):
    """Send a filled-in modal."""

    interaction: str
    values: dict[str, str | list[str]]


class Context(msgspec.Struct):
    """Run a command from a message's menu."""

    message: str
    name: str


class Dismiss(msgspec.Struct):
    """Hide an ephemeral message."""

    message: str


class Plug(msgspec.Struct):
    """Kill the bot; it starts again by itself."""


class MoveClock(msgspec.Struct):
    """Move the clock forward: ``by`` seconds, or ``to`` the next job or 9:00 tomorrow in a zone."""

    by: float | None = None
    to: Literal["next", "tomorrow"] | None = None
    zone: str = "UTC"


class Permit(msgspec.Struct):
    """Allow or deny one permission in a channel."""

    channel: str
    who: Literal["bot", "everyone"]
    permission: str
    allow: bool


class SwitchFault(msgspec.Struct):
    """Switch a fault on or off."""

    name: str
    on: bool
