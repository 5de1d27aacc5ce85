"""Options, buttons, selects and modals that all cogs share."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec
from discord import (
    AppCommandOptionType,
    ChannelType,
    DiscordException,
    Interaction,
    SelectOption,
    TextStyle,
    app_commands,
    ui,
)
from discord.abc import Snowflake

from bot.elsewhere import shows_failure
from bot.errors import AnsweredElsewhere
from bot.fallbacks import fallbacks, send_first_accepted, send_with_fallbacks
from bot.replies import discord_files, edit_original, respond
from bot.schedules.texts import CLOCK_NOW
from connectors import ConnectorError
from connectors.discord import MessageBody

if TYPE_CHECKING:
    from bot.app import Bot

log = logging.getLogger(__name__)

QUOTE = re.compile(r"\n>(?:>>)? ")  # begins what a person wrote
# Discord waits 3 s for a first response.
RESPOND_WITHIN_S = 1.0

T = TypeVar("T")
Acknowledge = Callable[[Interaction["Bot"]], Awaitable[None]]
ItemT = TypeVar("ItemT", bound=ui.Item[Any])


class Readable(app_commands.Transformer):
    """A channel with messages, as its id. Permissions are checked later, by asking Discord."""

    @property
    def type(self) -> AppCommandOptionType:
        return AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        kinds = ChannelType
        return [kinds.text, kinds.news, kinds.public_thread, kinds.news_thread]

    async def transform(self, _: Interaction[Any], value: Snowflake, /) -> int:
        return value.id


ChannelId = app_commands.Transform[int, Readable]


class BotView(ui.View):
    """A view whose items have static ids and no timeout, so they work after a restart too."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    async def interaction_check(self, interaction: Interaction[Bot]) -> bool:  # type: ignore[override]
        return await interaction.client.is_open(interaction)

    async def on_error(  # type: ignore[override]
        self, interaction: Interaction[Bot], error: Exception, item: ui.Item[Any]
    ) -> None:
        del item
        await interaction.client.reply_to_error(interaction, error)


class _BotItem(ui.DynamicItem[ItemT], template="abi:none"):
    """An item whose id says all it needs, so it works after a restart too."""

    match: re.Match[str]

    @classmethod
    async def from_custom_id(
        cls, _: Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        made = cls.__new__(cls)
        ui.DynamicItem.__init__(made, item)
        made.match = match
        return made

    async def callback(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        try:
            if await interaction.client.is_open(interaction):
                await self.pressed(interaction, self.match)
        except Exception as error:  # discord.py would only log it
            await interaction.client.reply_to_error(interaction, error)

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        raise NotImplementedError


class BotButton(_BotItem[ui.Button[Any]], template="abi:button"):
    """A button whose id says what to do."""


class BotSelect(_BotItem[ui.Select[Any]], template="abi:select"):
    """A select whose id says what to do."""


class BotModal(ui.Modal):
    """A modal that reports errors to the person who submitted it."""

    @staticmethod
    def typed(field: ui.Label[Any]) -> str:
        """Return what was typed into a text field."""
        text = field.component
        return text.value.strip() if isinstance(text, ui.TextInput) else ""

    async def on_error(self, interaction: Interaction[Bot], error: Exception) -> None:  # type: ignore[override]
        await interaction.client.reply_to_error(interaction, error)


def text_field(
    label: str,
    custom_id: str,
    default: str = "",
    *,
    limit: int,
    placeholder: str | None = None,
    is_long: bool = False,
    required: bool = True,
) -> ui.Label[Any]:
    """Return a text field of a modal; a longer default is cut to ``limit``."""
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=custom_id,
        style=TextStyle.paragraph if is_long else TextStyle.short,
        default=default[:limit] or None,
        max_length=limit,
        placeholder=placeholder,
        required=required,
    )
    return ui.Label(text=label, component=field)


def view_of(*items: ui.Item[Any]) -> ui.View:
    view = BotView()
    for item in items:
        view.add_item(item)
    return view


def zone_select(custom_id: str, zones: Sequence[tuple[str, str]]) -> ui.Select[Any]:
    """Return a select of time zones, by what their clocks show."""
    options = [SelectOption(label=label[:100], value=name) for name, label in zones[:25]]
    return ui.Select(custom_id=custom_id, options=options, placeholder=CLOCK_NOW)


class Reply(msgspec.Struct, frozen=True):
    """A text for one person; ``is_stored`` if it confirms something that is stored by now."""

    content: str
    view: ui.View | None = None
    instead: tuple[MessageBody, ...] | None = None
    is_stored: bool = False


async def reply(interaction: Interaction[Bot], work: Awaitable[Reply]) -> None:
    """Do what was asked for, then show the reply to it."""
    await show_reply(interaction, await in_time(interaction, work, defer))


async def show_reply(interaction: Interaction[Bot], said: Reply) -> None:
    """Show a reply, also where another process has said that nothing could be stored."""
    shown = show(interaction, said.content, said.view, instead=said.instead)
    if not said.is_stored:
        await shown
        return
    try:
        await confirm(interaction, shown, said.content)
    except AnsweredElsewhere:
        rest = interaction.client.services.rest
        if not await shows_failure(rest, interaction.application_id, interaction.token):
            raise
        edited = partial(edit_original, interaction, rest)
        forms = _forms(said.content, said.view, said.instead)
        await confirm(interaction, send_first_accepted(edited, forms), said.content)


async def in_time(interaction: Interaction[Bot], work: Awaitable[T], acknowledge: Acknowledge) -> T:
    """Return what ``work`` returns, and acknowledge the interaction before if that takes long."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=RESPOND_WITHIN_S)
    if not task.done():
        with suppress(ConnectorError, AnsweredElsewhere):  # what is stored counts
            await acknowledge(interaction)
    return await task


async def defer(interaction: Interaction[Bot]) -> None:
    """Say that the bot is thinking, to one person, or nothing if a reply replaces a message."""
    if sees_alone(interaction):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


def request_of(interaction: Interaction[Bot]) -> int:
    """Return what names a request, however often it is sent: the question answered, or itself."""
    return interaction.id if interaction.message is None else interaction.message.id


async def confirm(interaction: Interaction[Bot], shown: Awaitable[None], said: str) -> None:
    """Show that something is stored; if the reply fails, as a direct message.

    It stays stored, so nobody is told to do it again. Discord shows the message once, even if
    several processes send it.
    """
    try:
        await shown
    except (ConnectorError, DiscordException) as error:
        log.warning("Could not confirm in reply to an interaction: %s", error)
        rest, body = interaction.client.services.rest, MessageBody(said, nonce=f"{interaction.id}")
        try:
            channel_id = await rest.create_dm(interaction.user.id)
            await send_with_fallbacks(partial(rest.create_message, channel_id), body)
        except ConnectorError as failure:
            log.warning("Could not confirm in a direct message: %s", failure)


def sees_alone(interaction: Interaction[Bot]) -> bool:
    """Return whether nobody else sees the message whose component somebody used."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def _body(content: str, view: ui.View | None) -> MessageBody:
    return MessageBody(content, tuple(view.to_components()) if view else ())


async def show(
    interaction: Interaction[Bot],
    content: str,
    view: ui.View | None = None,
    *,
    instead: Iterable[MessageBody] | None = None,
) -> None:
    """Show something to one person only, in place of what they pressed if only they see that.

    Where Discord refuses it, they read the first form of ``instead`` that it takes; without these,
    what is quoted becomes a file.
    """

    async def send(form: MessageBody) -> None:
        kept = view if form.components else None
        if interaction.response.is_done():
            await edit_original(interaction, interaction.client.services.rest, form)
        elif sees_alone(interaction):
            await interaction.response.edit_message(
                content=form.content, view=kept, attachments=discord_files(form)
            )
        else:
            await respond(interaction, form, kept)

    await send_first_accepted(send, _forms(content, view, instead))


def _forms(
    content: str, view: ui.View | None, instead: Iterable[MessageBody] | None
) -> Iterable[MessageBody]:
    body = _body(content, view)
    if instead is None:
        intro, *quoted = QUOTE.split(content, maxsplit=1)
        instead = fallbacks(body, intro if quoted else "")
    return chain([body], instead)
