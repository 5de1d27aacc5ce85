"""The rules of a server as messages: all of them, one of them, and what was just changed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from discord import (
    ButtonStyle,
    ChannelType,
    Interaction,
    SelectDefaultValue,
    SelectDefaultValueType,
    SelectOption,
    ui,
)

from bot.errors import Refused
from bot.limits.grammar import read
from bot.providers.preferences import Place, Scope
from bot.rules import texts
from bot.rules.languages import find_languages, label_of
from bot.rules.overview import Facts, overview, page, said, undoable
from bot.storage.limits import AtLimit
from bot.storage.rules import DEFAULTS, LIMITS, NAMES, Change, Model
from bot.text.formatting import counted, on_one_line
from bot.times.zones import common_zones
from cogs.settings.gone import gone
from cogs.settings.limits import in_words
from cogs.ui import BotButton, BotModal, BotSelect, Reply, reply, text_field, view_of, zone_select

if TYPE_CHECKING:
    from bot.app import Bot

WRITTEN = ("limits_person", "limits_server")
LONGEST = 300  # characters
MOST = 25  # source: discord, a select
DAYS = (1, 7, 14, 30, 90, 180, 365)
KINDS = [
    ChannelType.category,
    ChannelType.text,
    ChannelType.news,
    ChannelType.forum,
    ChannelType.voice,
    ChannelType.stage_voice,
]


def managed_guild(interaction: Interaction[Bot]) -> int:
    """Return the id of a server that this person manages. Raises Refused."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise Refused(texts.NOT_ALLOWED)
    return interaction.guild_id


async def facts_of(interaction: Interaction[Bot]) -> Facts:
    """Return the rules of a server that this person manages. Raises Refused."""
    guild_id, services = managed_guild(interaction), interaction.client.services
    rules, changes = await services.rules.read(guild_id)
    personas = await services.personas.at(0, guild_id)
    chosen = await services.preferences.read(Place(0, 0, guild_id))
    server = next((c for c in chosen if c.scope is Scope.SERVER), None)
    deleted = gone(rules, interaction.guild)
    return Facts(
        rules,
        changes,
        gone=deleted,
        limits=in_words(rules, deleted),
        labels={name: row.label for name, row in services.connectors.providers.items()},
        usable=services.catalog.usable(),
        days=services.settings.history_days,
        persona=personas[0].name if personas else None,
        chosen=Model(server.provider, server.model) if server else None,
        has_local=any(map(services.catalog.is_local, services.catalog.usable())),
        remote=[n for n in services.connectors.providers if not services.connectors.is_local(n)],
    )


async def show_all(interaction: Interaction[Bot]) -> Reply:
    facts = await facts_of(interaction)
    return Reply(overview(facts), view_of(SettingMenu()))


async def show_one(interaction: Interaction[Bot], name: str) -> Reply:
    facts = await facts_of(interaction)
    return Reply(page(facts, name), view_of(*_items(interaction, facts, name)))


async def change(interaction: Interaction[Bot], changes: Mapping[str, object]) -> Reply:
    """Change rules of a server that this person manages, and say so. Raises Refused."""
    guild_id, rules = managed_guild(interaction), interaction.client.services.rules
    for name, value in changes.items():
        if isinstance(value, tuple) and len(value) > MOST:
            raise Refused(texts.TOO_MANY)
        stored = None if value == getattr(DEFAULTS, name) else value
        await rules.change(guild_id, name, stored, _change_by(interaction))
    return await _confirmed(interaction, list(changes))


async def undo(interaction: Interaction[Bot], names: Sequence[str], change_id: int) -> Reply:
    """Undo changes that were made together. Raises Refused."""
    guild_id, rules = managed_guild(interaction), interaction.client.services.rules
    for name in names:
        await rules.undo(guild_id, name, change_id, _change_by(interaction))
    return await _confirmed(interaction, names)


def _change_by(interaction: Interaction[Bot]) -> Change:
    return Change(interaction.id, interaction.user.id, interaction.client.services.now())


async def _confirmed(interaction: Interaction[Bot], names: Sequence[str]) -> Reply:
    facts = await facts_of(interaction)
    items = [*_undo(interaction, facts, names), SettingButton("all")]
    return Reply(said(facts, names), view_of(*items), is_stored=True)


def _undo(
    interaction: Interaction[Bot], facts: Facts, names: Sequence[str]
) -> Iterator[ui.Item[Any]]:
    last = undoable(facts, names[-1], interaction.client.services.now())
    if last is not None:
        yield SettingButton("undo", "+".join(names), last.id)


def _items(interaction: Interaction[Bot], facts: Facts, name: str) -> Iterator[ui.Item[Any]]:
    select = _select(interaction, facts, name)
    if select is not None:
        yield SettingSelect(select)
    yield from _undo(interaction, facts, [name])
    if name in WRITTEN:
        yield SettingButton("write", name)
    if getattr(facts.rules, name) != getattr(DEFAULTS, name):
        yield SettingButton("reset", name)
    yield SettingButton("all")


def _select(interaction: Interaction[Bot], facts: Facts, name: str) -> Any:
    """Return the select of a rule, or None if there is nothing to choose."""
    custom_id, value = f"abi:set:{name}", getattr(facts.rules, name)
    if name == "zone":
        return zone_select(custom_id, common_zones(interaction.client.services.now()))
    if name in LIMITS:
        return None
    if "roles" in name:
        kept = _kept(value, facts.gone, SelectDefaultValueType.role)
        return ui.RoleSelect(
            custom_id=custom_id,
            min_values=0,
            max_values=MOST,
            default_values=kept,
            placeholder=texts.PICK,
        )
    if "channels" in name:
        kept = _kept(value, facts.gone, SelectDefaultValueType.channel)
        return ui.ChannelSelect(
            custom_id=custom_id,
            min_values=0,
            max_values=MOST,
            default_values=kept,
            channel_types=KINDS,
            placeholder=texts.PICK,
        )
    options = list(_options(interaction, facts, name))[:MOST]
    if not options:
        return None
    return ui.Select(custom_id=custom_id, options=options, placeholder=texts.PICK)


def _kept(
    ids: Sequence[int], gone: Collection[int], kind: SelectDefaultValueType
) -> list[SelectDefaultValue]:
    return [SelectDefaultValue(id=i, type=kind) for i in ids if i not in gone][:MOST]


def _options(interaction: Interaction[Bot], facts: Facts, name: str) -> Iterator[SelectOption]:
    """Yield what can be chosen for a rule that is no list of roles or channels."""
    services, rules = interaction.client.services, facts.rules
    if name in texts.EITHER:
        for is_on, label in texts.EITHER[name].items():
            yield SelectOption(label=label, value=str(int(is_on)))
    elif name == "at_limit":
        for at_limit, label in texts.AT_LIMIT.items():
            yield SelectOption(label=label, value=at_limit)
    elif name == "retention_days":
        for days in DAYS:
            yield SelectOption(label=counted(days, "day"), value=str(days))
        yield SelectOption(label=texts.NOTHING_OPTION, value="0")
    elif name == "fallbacks":
        for provider in services.catalog.usable():
            if provider not in (rules.fallbacks or ()):
                yield SelectOption(label=facts.labels[provider], value=provider)
    elif name == "language":
        for language in find_languages(""):
            yield SelectOption(label=label_of(language), value=language)
    else:
        for listed in services.catalog.search("", user_id=interaction.user.id):
            value = f"{listed.provider}:{listed.model}"
            if len(value) <= 100:
                label = f"{on_one_line(listed.model)} · {facts.labels[listed.provider]}"
                yield SelectOption(label=label[:100], value=value)


async def chosen(interaction: Interaction[Bot], name: str, values: Sequence[str]) -> Reply:
    """Change a rule to what was chosen in its select. Raises Refused."""
    facts = await facts_of(interaction)
    value = await _value(interaction, facts, name, values)
    return await change(interaction, {name: value})


async def _value(
    interaction: Interaction[Bot], facts: Facts, name: str, values: Sequence[str]
) -> object:
    if "roles" in name or "channels" in name:
        old: tuple[int, ...] = getattr(facts.rules, name)
        # Where all others are removed, a deleted one still keeps everybody out.
        return tuple(map(int, values)) or tuple(i for i in old if i in facts.gone)
    value = values[0]
    if name in texts.EITHER:
        return value == "1"
    if name == "retention_days":
        return int(value)
    if name == "at_limit":
        return AtLimit(value)
    if name == "fallbacks":
        return (*(facts.rules.fallbacks or ()), value)
    if name == "model":
        return Model(*await interaction.client.services.catalog.choose(None, value))
    return value


class SettingMenu(BotSelect, template="abi:settings:open"):
    """All settings, of which one is opened."""

    def __init__(self) -> None:
        options = [SelectOption(label=label, value=name) for name, label in texts.LABELS.items()]
        select = ui.Select[Any](
            custom_id="abi:settings:open", options=options, placeholder=texts.CHOOSE
        )
        super().__init__(select)

    async def pressed(self, interaction: Interaction[Bot], _: re.Match[str]) -> None:
        await reply(interaction, show_one(interaction, self.item.values[0]))


class SettingSelect(BotSelect, template=rf"abi:set:(?P<name>{'|'.join(NAMES)})"):
    """The values of one setting: roles, channels, or options."""

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        # discord.py gives roles and channels as objects, as far as it knows them.
        data: Any = interaction.data
        await reply(interaction, chosen(interaction, match["name"], data["values"]))


class SettingButton(
    BotButton,
    template=r"abi:settings:(?P<action>all|reset|undo|write):(?P<names>[a-z_+]*):(?P<id>\d+)",
):
    """A button below the settings: to all of them, back to the default, or to what was before."""

    def __init__(self, action: str, names: str = "", change_id: int = 0) -> None:
        labels = {"all": texts.BACK, "reset": texts.RESET, "undo": texts.UNDO, "write": texts.WRITE}
        custom_id = f"abi:settings:{action}:{names}:{change_id}"
        style = ButtonStyle.primary if action == "undo" else ButtonStyle.secondary
        super().__init__(ui.Button(label=labels[action], custom_id=custom_id, style=style))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        names = match["names"].split("+")
        if match["action"] == "write":
            shown_limits = "".join((await facts_of(interaction)).limits[names[0]])
            await interaction.response.send_modal(LimitsModal(names[0], shown_limits))
        elif match["action"] == "all":
            await reply(interaction, show_all(interaction))
        elif match["action"] == "undo":
            await reply(interaction, undo(interaction, names, int(match["id"])))
        else:
            value = getattr(DEFAULTS, names[0])
            await reply(interaction, change(interaction, {names[0]: value}))


class LimitsModal(BotModal):
    """The form in which limits are written."""

    def __init__(self, name: str, now: str) -> None:
        super().__init__(title=texts.LABELS[name], custom_id=f"abi:limits:{name}")
        self._name = name
        self._text = text_field(texts.WRITE_LIMITS, "text", now, limit=LONGEST)
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        await reply(interaction, change(interaction, {self._name: read(self.typed(self._text))}))


ITEMS = (SettingMenu, SettingSelect, SettingButton)
