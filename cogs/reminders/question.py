"""Questions about a reminder that is not set yet. Their messages hold all that was typed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from discord import Interaction, ui

from bot.errors import Refused
from bot.reminders import texts
from bot.reminders.job import NewReminder
from bot.text.chunking import MESSAGE_LIMIT
from bot.times.when import PHRASE_LIMIT
from cogs.ui import Reply, view_of
from connectors.discord import File, MessageBody

if TYPE_CHECKING:
    from bot.app import Bot

# When a phrase was read, and which of its readings was chosen.
Pick = tuple[datetime, int]
_TYPED = re.compile(
    r"\n-# when: (?P<when>[^\n]*)(?:\n-# about: (?P<link>\S+))?\n>>> (?P<text>.*)", re.DOTALL
)


def as_lines(reminder: NewReminder) -> str:
    """Return the lines below a question from which ``read_lines`` makes the same reminder."""
    when = " ".join(reminder.when.split())[:PHRASE_LIMIT]
    about = f"\n-# about: {reminder.link}" if reminder.link else ""
    return f"\n-# when: {when}{about}\n>>> {reminder.text}"


def read_lines(content: str, channel_id: int | None, guild_id: int | None) -> NewReminder | None:
    """Return the reminder that a question is about, or None if a message is no question."""
    found = _TYPED.search(content)
    if found is None:
        return None
    return NewReminder(found["when"], found["text"], channel_id, guild_id, found["link"])


def asked_about(interaction: Interaction[Bot], channel: str = "0") -> NewReminder:
    """Return the reminder of the question whose answer was pressed. Raises Refused."""
    content = interaction.message.content if interaction.message else ""
    channel_id = int(channel) or None
    reminder = read_lines(content, channel_id, interaction.guild_id if channel_id else None)
    if reminder is None:
        raise Refused(texts.FORGOTTEN)
    return reminder


def ask(question: str, reminder: NewReminder | None, *items: ui.Item[Any]) -> Reply:
    """Return a question, about a reminder if there is one; the items are the answers."""
    if reminder is None:
        return Reply(question, view_of(*items))
    lines = as_lines(reminder)
    # A form without the lines has no buttons: they would find nothing to read.
    file = File.from_text("reminder.md", reminder.text)
    with_file = MessageBody(f"{texts.CANNOT_ASK} {texts.IN_FILE}", files=(file,))
    content = question[: MESSAGE_LIMIT - len(lines)] + lines
    return Reply(content, view_of(*items), (with_file, MessageBody(texts.CANNOT_ASK)))
