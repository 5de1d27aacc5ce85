"""/settings: the rules of a server, for those who manage it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from discord import AppCommandOptionType, ChannelType, Interaction, Role, app_commands
from discord.abc import GuildChannel, Snowflake
from discord.ext import commands

from bot.errors import Refused
from bot.rules import texts
from bot.rules.languages import find_languages, label_of, language_named
from bot.storage.limits import AtLimit
from bot.storage.rules import DEFAULTS, Model
from bot.times.zones import find_zones, zone_named
from cogs.autocomplete import CHOICE_LENGTH, Choices, model_choices, provider_choices
from cogs.settings.gone import tell_deleted
from cogs.settings.limits import changed
from cogs.settings.panel import (
    ITEMS,
    KINDS,
    LONGEST,
    SettingSelect,
    change,
    facts_of,
    managed_guild,
    show_all,
)
from cogs.ui import Reply, reply, view_of, zone_select

if TYPE_CHECKING:
    from bot.app import Bot

MAY, MAY_NOT, NO_RULE = "may", "may not", "no rule"
RULE = [
    app_commands.Choice(name="may ask", value=MAY),
    app_commands.Choice(name="may not ask", value=MAY_NOT),
    app_commands.Choice(name="no rule", value=NO_RULE),
]
WHERE = [
    app_commands.Choice(name="I answer there", value=MAY),
    app_commands.Choice(name="I do not answer there", value=MAY_NOT),
    app_commands.Choice(name="no rule", value=NO_RULE),
]
ALLOWED = [
    app_commands.Choice(name="may", value=MAY),
    app_commands.Choice(name="no rule", value=NO_RULE),
]
AT_LIMIT = [
    app_commands.Choice(name=label, value=value.value) for value, label in texts.AT_LIMIT.items()
]
ALL = [app_commands.Choice(name=label, value=name) for name, label in texts.LABELS.items()]


class Lasting(app_commands.Transformer):
    """A channel or a category as its id: no thread, which may be gone tomorrow."""

    @property
    def type(self) -> AppCommandOptionType:
        return AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        return KINDS

    async def transform(self, _: Interaction[Any], value: Snowflake, /) -> int:
        return value.id


ChannelId = app_commands.Transform[int, Lasting]


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.default_permissions(manage_guild=True)
class ServerSettings(
    commands.GroupCog, group_name="settings", group_description="The rules of this server"
):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: Role) -> None:
        await tell_deleted(self._bot.services, role.guild, role.id, role.name)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: GuildChannel) -> None:
        await tell_deleted(self._bot.services, channel.guild, channel.id, channel.name)

    @app_commands.command(description="Show all settings, to change them")
    async def show(self, interaction: Interaction[Bot]) -> None:
        await reply(interaction, show_all(interaction))

    @app_commands.command(description="Put a setting back to its default")
    @app_commands.describe(setting="Which setting")
    @app_commands.choices(setting=ALL)
    async def reset(self, interaction: Interaction[Bot], setting: str) -> None:
        await reply(interaction, change(interaction, {setting: getattr(DEFAULTS, setting)}))

    edit = app_commands.Group(name="set", description="Change a setting of this server")

    @edit.command(description="Who may ask: allow or deny a role")
    @app_commands.describe(role="Role", rule="What people with this role may do")
    @app_commands.choices(rule=RULE)
    async def role(self, interaction: Interaction[Bot], role: Role, rule: str) -> None:
        names = "roles_allowed", "roles_denied"
        await reply(interaction, _ruled(interaction, names, role.id, rule))

    @edit.command(description="Where questions are answered: allow or deny a channel")
    @app_commands.describe(channel="Channel or category", rule="Whether questions are answered")
    @app_commands.choices(rule=WHERE)
    async def channel(self, interaction: Interaction[Bot], channel: ChannelId, rule: str) -> None:
        names = "channels_allowed", "channels_denied"
        await reply(interaction, _ruled(interaction, names, channel, rule))

    @edit.command(description="Who is asked first where nobody has chosen with /model")
    @app_commands.describe(model="Model; type to search", provider="Provider")
    @app_commands.autocomplete(provider=provider_choices, model=model_choices)
    async def model(
        self,
        interaction: Interaction[Bot],
        model: str | None = None,
        provider: str | None = None,
    ) -> None:
        await reply(interaction, _chose(interaction, provider, model))

    @edit.command(description="Who is asked next if the default fails; name none to ask nobody")
    @app_commands.describe(first="Provider", second="Provider", third="Provider")
    @app_commands.autocomplete(
        first=provider_choices, second=provider_choices, third=provider_choices
    )
    async def fallbacks(
        self,
        interaction: Interaction[Bot],
        first: str | None = None,
        second: str | None = None,
        third: str | None = None,
    ) -> None:
        typed = [name for name in (first, second, third) if name]
        await reply(interaction, _fall_back(interaction, typed))

    @edit.command(description="Whether only local models may answer, here or in one channel")
    @app_commands.describe(
        only="Whether nothing that is said there may reach a company's servers",
        channel="Channel or category (default: the whole server)",
    )
    async def local(
        self, interaction: Interaction[Bot], only: bool, channel: ChannelId | None = None
    ) -> None:
        if channel is None:
            await reply(interaction, change(interaction, {"is_local_only": only}))
        else:
            rule, names = MAY if only else NO_RULE, ("local_channels",)
            await reply(interaction, _ruled(interaction, names, channel, rule))

    @edit.command(description="The language in which questions are answered")
    @app_commands.describe(language="Language; type to search")
    async def language(self, interaction: Interaction[Bot], language: str) -> None:
        await reply(interaction, _set_language(interaction, language))

    @language.autocomplete("language")
    async def complete_language(self, _: Interaction[Bot], typed: str) -> Choices:
        found = find_languages(typed)
        return [app_commands.Choice(name=label_of(name), value=name) for name in found]

    @edit.command(description="Whether the question is shown above the answer to a command")
    @app_commands.describe(shown="Whether it is shown")
    async def questions(self, interaction: Interaction[Bot], shown: bool) -> None:
        await reply(interaction, change(interaction, {"shows_questions": shown}))

    @edit.command(description="Whether a mention is answered in a thread of its own")
    @app_commands.describe(open_one="Whether a thread is opened")
    async def threads(self, interaction: Interaction[Bot], open_one: bool) -> None:
        await reply(interaction, change(interaction, {"opens_threads": open_one}))

    @edit.command(description="Whether reposts of PluralKit, Tupperbox and the like are answered")
    @app_commands.describe(answered="Answer each once, or not at all")
    async def proxies(self, interaction: Interaction[Bot], answered: bool) -> None:
        await reply(interaction, change(interaction, {"answers_proxies": answered}))

    @edit.command(description="How much each person, a role or this server may use")
    @app_commands.describe(
        limits="Such as: 20 questions/day, 3 questions/minute, $5/month; or none",
        role="Only for people with this role",
        together="For all people of this server together",
    )
    async def limits(
        self,
        interaction: Interaction[Bot],
        limits: app_commands.Range[str, 1, LONGEST],
        role: Role | None = None,
        together: bool = False,
    ) -> None:
        role_id = role.id if role else None
        await reply(interaction, _limit(interaction, limits, role_id, together=together))

    @edit.command(description="Who answers once a limit of a day or a month is reached")
    @app_commands.describe(answers="Who answers then")
    @app_commands.choices(answers=AT_LIMIT)
    async def at_limit(self, interaction: Interaction[Bot], answers: str) -> None:
        await reply(interaction, change(interaction, {"at_limit": AtLimit(answers)}))

    @edit.command(description="How long questions and answers are remembered")
    @app_commands.describe(days="1 to 365 days, or 0 to remember nothing")
    async def retention(
        self, interaction: Interaction[Bot], days: app_commands.Range[int, 0, 365]
    ) -> None:
        await reply(interaction, change(interaction, {"retention_days": days}))

    @edit.command(description="The time zone of this server")
    @app_commands.describe(zone="City, time zone or what your clock shows; type to search")
    async def timezone(self, interaction: Interaction[Bot], zone: str) -> None:
        await reply(interaction, _set_zone(interaction, zone))

    @timezone.autocomplete("zone")
    async def complete_zone(self, interaction: Interaction[Bot], typed: str) -> Choices:
        found = find_zones(typed, interaction.client.services.now())
        return [app_commands.Choice(name=label[:CHOICE_LENGTH], value=key) for key, label in found]

    @edit.command(description="Who may set reminders in channels")
    @app_commands.describe(role="Role", rule="What people with this role may do")
    @app_commands.choices(rule=ALLOWED)
    async def reminders(self, interaction: Interaction[Bot], role: Role, rule: str) -> None:
        await reply(interaction, _ruled(interaction, ("reminder_roles",), role.id, rule))

    @edit.command(description="Who may make digests besides those who manage this server")
    @app_commands.describe(role="Role", rule="What people with this role may do")
    @app_commands.choices(rule=ALLOWED)
    async def digests(self, interaction: Interaction[Bot], role: Role, rule: str) -> None:
        await reply(interaction, _ruled(interaction, ("digest_roles",), role.id, rule))


async def _limit(
    interaction: Interaction[Bot], typed: str, role_id: int | None, *, together: bool
) -> Reply:
    rules = (await facts_of(interaction)).rules
    return await change(interaction, changed(rules, typed, role_id, together=together))


async def _ruled(
    interaction: Interaction[Bot], names: tuple[str, ...], item: int, rule: str
) -> Reply:
    """Put a role or a channel on the list that it belongs to, and off the other one."""
    rules = (await facts_of(interaction)).rules
    changes: dict[str, object] = {}
    for name, wanted in zip(names, (MAY, MAY_NOT), strict=False):
        old: tuple[int, ...] = getattr(rules, name)
        new = tuple(i for i in old if i != item) + ((item,) if rule == wanted else ())
        if set(new) != set(old):
            changes[name] = new
    return await change(interaction, changes or _same(rules, names[0]))


def _same(rules: object, name: str) -> Mapping[str, object]:
    return {name: getattr(rules, name)}


async def _fall_back(interaction: Interaction[Bot], typed: Sequence[str]) -> Reply:
    admit = interaction.client.services.catalog.admit
    names = [(await admit(name, None))[0] for name in typed]
    return await change(interaction, {"fallbacks": tuple(dict.fromkeys(names))})


async def _set_language(interaction: Interaction[Bot], typed: str) -> Reply:
    language = language_named(typed)
    if language is None:
        raise Refused(texts.NO_SUCH_LANGUAGE)
    return await change(interaction, {"language": language})


async def _set_zone(interaction: Interaction[Bot], typed: str) -> Reply:
    """Set the time zone, or ask which one is meant. Raises Refused."""
    managed_guild(interaction)
    zone = zone_named(typed)
    if zone is not None:
        return await change(interaction, {"zone": zone.key})
    found = find_zones(typed, interaction.client.services.now()) if typed.strip() else []
    if not found:
        raise Refused(texts.NO_SUCH_ZONE)
    return Reply(texts.WHICH_ZONE, view_of(SettingSelect(zone_select("abi:set:zone", found))))


async def _chose(interaction: Interaction[Bot], provider: str | None, model: str | None) -> Reply:
    name, chosen = await interaction.client.services.catalog.choose(provider, model)
    return await change(interaction, {"model": Model(name, chosen)})


async def setup(bot: Bot) -> None:
    bot.add_dynamic_items(*ITEMS)
    await bot.add_cog(ServerSettings(bot))
