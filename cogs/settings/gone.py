"""Roles and channels that are deleted while the rules of their server name them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.answers.origin import Origin
from bot.rules.overview import deleted
from bot.storage.rules import NAMES
from connectors import ConnectorError

if TYPE_CHECKING:
    from discord import Guild

    from bot.services import Services

log = logging.getLogger(__name__)


async def tell_deleted(services: Services, guild: Guild, gone_id: int, name: str) -> None:
    """Tell whoever changed a rule last that what it names is deleted."""
    await services.loaded()
    rules = await services.rules.of(guild.id)
    named = [rule for rule in NAMES if gone_id in _ids(getattr(rules, rule))]
    if not named:
        return
    try:
        _, changes = await services.rules.read(guild.id)
    except ConnectorError as error:
        log.warning("server %s: nobody is told what was deleted: %s", guild.id, error)
        return
    for rule in named:
        if rule in changes:
            said = deleted(name, guild.name, rule)
            origin = _to(changes[rule].by, guild.id, gone_id)
            await services.remarks.whisper(said, origin, "deleted", rule, gone_id)


def _ids(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _to(user_id: int, guild_id: int, gone_id: int) -> Origin:
    return Origin.of_message(
        gone_id, application_id=0, channel_id=0, guild_id=guild_id, user_id=user_id
    )
