"""Roles and channels that are deleted while the rules of their server name them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.answers.origin import Origin
from bot.rules.overview import deleted
from bot.schedules.rights import manager_to_tell
from bot.storage.limits import RoleLimits
from bot.storage.rules import NAMES
from connectors import ConnectorError

if TYPE_CHECKING:
    from discord import Guild

    from bot.services import Services
    from bot.storage.rules import Rules

log = logging.getLogger(__name__)


def gone(rules: Rules, guild: Guild | None) -> set[int]:
    """Return the roles and channels of the rules that are deleted."""
    if guild is None or not guild.roles:  # discord.py does not know the server yet
        return set()
    roles = rules.roles_allowed + rules.roles_denied + rules.reminder_roles + rules.digest_roles
    roles += tuple(each.role_id for each in rules.limits_roles)
    channels = rules.channels_allowed + rules.channels_denied + rules.local_channels
    is_there = {i: guild.get_role(i) for i in roles} | {i: guild.get_channel(i) for i in channels}
    return {i for i, found in is_there.items() if found is None}


async def tell_deleted(services: Services, guild: Guild, gone_id: int, name: str) -> None:
    """Tell whoever changed a rule last, or else the owner, that what it names is deleted."""
    await services.loaded()
    rules = await services.rules.of(guild.id)
    named = [rule for rule in NAMES if gone_id in _ids(getattr(rules, rule))]
    if not named:
        return
    try:
        of_person = await _concerned(services, guild.id, named)
    except ConnectorError as error:
        log.warning("server %s: nobody is told what was deleted: %s", guild.id, error)
        return
    for person, own in of_person.items():
        said, origin = deleted(name, guild.name, own), _to(person, guild.id, gone_id)
        await services.remarks.whisper(said, origin, "deleted", gone_id, person)


async def _concerned(services: Services, guild_id: int, named: list[str]) -> dict[int, list[str]]:
    """Return whom to tell of which rules."""
    _, changes = await services.rules.read(guild_id)
    of_person: dict[int, list[str]] = {}
    for rule in named:
        by = changes[rule].by if rule in changes else 0
        person = await manager_to_tell(services.rest, guild_id, by)
        of_person.setdefault(person, []).append(rule)
    return of_person


def _ids(value: object) -> list[object]:
    ids = value if isinstance(value, tuple) else ()
    return [each.role_id if isinstance(each, RoleLimits) else each for each in ids]


def _to(user_id: int, guild_id: int, gone_id: int) -> Origin:
    return Origin.of_message(
        gone_id, application_id=0, channel_id=0, guild_id=guild_id, user_id=user_id
    )
