"""Conversations, put together from what they read and ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversations.attachments import Attachments
from bot.conversations.context import Context
from bot.conversations.service import Conversations
from bot.providers.context_lengths import ContextLengths

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from bot.conversations.summary import Complete
    from bot.providers.catalog import Catalog
    from bot.storage.rules import RulesOf
    from bot.storage.stored import Stored
    from connectors.discord import DiscordRest


def open_conversations(
    stored: Stored,
    rest: DiscordRest,
    catalog: Catalog,
    complete: Complete,
    rules: RulesOf,
    now: Callable[[tzinfo], datetime],
) -> Conversations:
    context = Context(
        stored.turns,
        Attachments(rest, catalog.sees_images),
        ContextLengths(catalog.connectors, catalog),
        complete,
        personas=stored.personas,
        timezones=stored.timezones,
        rules=rules,
        now=now,
    )
    return Conversations(stored.turns, context)
