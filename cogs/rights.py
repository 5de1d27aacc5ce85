"""Places and rights of people who ask, by the rules of the server."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from discord import Guild, Interaction, Member, Thread
from discord.abc import GuildChannel
from msgspec.structs import replace

from bot.answers.record import Record
from bot.errors import Refused
from bot.providers.preferences import Place
from bot.providers.reader import Reader
from bot.rules import texts
from bot.rules.access import Asker, refusal, restricts
from bot.schedules.rights import found
from connectors import ConnectorError

if TYPE_CHECKING:
    from bot.answers.acceptance import Admit
    from bot.answers.origin import Origin
    from bot.app import Bot
    from bot.providers.question import Question
    from bot.providers.routing import CannotAsk
    from bot.services import Services
    from bot.storage.rules import Rules


def home_of(interaction: Interaction[Bot]) -> int | None:
    """Return the id of a server that has the bot, and so rules for it; else None.

    Somebody who installed the bot for themselves brings it along to any other server.
    """
    guild_id = interaction.guild_id
    is_member = interaction.is_guild_integration() or interaction.client.get_guild(guild_id or 0)
    return guild_id if is_member else None


def is_away(interaction: Interaction[Bot]) -> bool:
    """Return whether somebody has brought the bot along to a place of which it is no member."""
    if interaction.guild_id is None:
        return interaction.context.private_channel
    return home_of(interaction) is None


def place_of(interaction: Interaction[Bot]) -> Place:
    """Return where somebody asks, as preferences and conversations know it."""
    guild_id, asked_in = home_of(interaction), interaction.guild_id
    away = guild_id is None if asked_in else interaction.context.private_channel
    return Place(interaction.user.id, interaction.channel_id or 0, guild_id, away)


def is_private(interaction: Interaction[Bot], wanted: bool | None = None) -> bool:
    """Return whether only the person who asks is to see the answer; by default, if it is away.

    Of an app that is no member, a server may allow no others. Source: topics/permissions.
    """
    if not is_away(interaction):
        return bool(wanted)
    is_allowed = interaction.guild_id is None or interaction.permissions.use_external_apps
    return wanted is not False or not is_allowed


def is_silenced(interaction: Interaction[Bot]) -> bool:
    """Return whether somebody is timed out: they can write nothing, but still press buttons."""
    person = interaction.user
    return isinstance(person, Member) and person.is_timed_out()


def manages(interaction: Interaction[Bot]) -> bool:
    """Return whether somebody manages a server that has the bot."""
    return home_of(interaction) is not None and interaction.permissions.manage_guild


def reader_of(interaction: Interaction[Bot]) -> Reader:
    """Return how much of what fails concerns somebody."""
    is_owner = interaction.client.services.is_owned_by(interaction.user.id)
    return Reader.of(is_owner=is_owner, manages=manages(interaction))


def why_refused(interaction: Interaction[Bot], error: CannotAsk) -> str:
    """Return why a provider is not asked, and to the bot's owner how it could be."""
    is_owner = reader_of(interaction) is Reader.OWNER
    return f"{error} {error.operator}".strip() if is_owner else str(error)


async def rules_for(interaction: Interaction[Bot]) -> Rules:
    """Return the rules of the server where somebody asks. Raise Refused if they may not."""
    held, place = roles_of(interaction.user), place_of(interaction)
    asker = place.channel_id, place.user_id, held, interaction.channel
    return await rules_in(interaction.client, place.guild_id, *asker)


async def rules_in(
    bot: Bot,
    guild_id: int | None,
    channel_id: int,
    user_id: int,
    roles: Collection[int] | None,
    channel: object = None,
) -> Rules:
    """Return the rules of a server. Raise Refused if somebody may not ask in a channel there.

    ``roles`` are those of the person, or None if they are not known; neither need ``channel`` be.
    """
    rules = await bot.services.rules.of(guild_id)
    if guild_id is None or not restricts(rules):
        return rules
    try:
        places = _places(bot.get_guild(guild_id), channel_id, channel)
        places = places or await _places_asked(bot.services, channel_id)
        held = roles or await _roles_asked(bot.services, guild_id, user_id)
    except ConnectorError as error:
        raise Refused(texts.CANNOT_TELL) from error
    said = refusal(rules, Asker(frozenset(held), frozenset(places)))
    if said:
        raise Refused(said)
    return rules


def roles_of(person: object) -> tuple[int, ...] | None:
    """Return the roles of a member with @everyone, or None where they are not known."""
    if not isinstance(person, Member) or not person.guild.roles:
        return None
    return tuple(role.id for role in person.roles)


def is_manager(person: object) -> bool:
    """Return whether somebody is known to manage the server."""
    if not isinstance(person, Member) or roles_of(person) is None:
        return False
    return person.guild_permissions.manage_guild


def _places(guild: Guild | None, channel_id: int, channel: object) -> set[int]:
    """Return a channel and what it stands in; nothing if they are not known."""
    if guild is None:
        return set()
    channel = guild.get_channel_or_thread(channel_id) or channel
    above = guild.get_channel(channel.parent_id) if isinstance(channel, Thread) else channel
    if not isinstance(above, GuildChannel):
        return set()
    return {channel_id, above.id, above.category_id or 0}


async def _places_asked(services: Services, channel_id: int) -> set[int]:
    places, next_id = set[int](), channel_id
    while next_id and next_id not in places:
        places.add(next_id)
        next_id = int((await services.rest.channel(next_id)).parent_id or 0)
    return places


async def _roles_asked(services: Services, guild_id: int, user_id: int) -> list[int]:
    member = await found(services.rest.member(guild_id, user_id))
    held = member.roles if member else ()  # they have left
    return [guild_id, *map(int, held)]  # the id of @everyone is the server's


def remembered(question: Question, rules: Rules) -> Question:
    """Return a question that is remembered only where a server remembers anything."""
    return replace(question, turn=0) if rules.retention_days == 0 else question


def has_one_of(person: object, roles: Collection[int]) -> bool:
    """Return whether somebody is known to have one of these roles."""
    return not set(roles_of(person) or ()).isdisjoint(roles)


def within_limits(services: Services, roles: Collection[int] | None, admit: Admit) -> Admit:
    """Return an ``admit`` that raises PrivateRefusal first if a limit is reached.

    ``roles`` are those of the person, or None if they are not known.
    """

    async def admitted(question: Question, origin: Origin) -> tuple[Question, Origin]:
        asked = Record.new(question, origin).account, origin.place, question, roles
        is_message = origin.message_id != 0
        async with services.limits.admitting(*asked, is_message=is_message) as within:
            return await admit(within, origin)

    return admitted
