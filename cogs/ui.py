"""Buttons, selects and modals that all cogs share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Self, TypeVar

from discord import Interaction, SelectOption, TextStyle, ui

from bot.fallbacks import fallbacks, send_first_accepted
from bot.replies import discord_files, edit_original, respond
from bot.schedules.texts import CLOCK_NOW
from connectors.discord import MessageBody

if TYPE_CHECKING:
    from bot.app import Bot

QUOTE = re.compile(r"\n>(?:>>)? ")  # begins what a person wrote

ItemT = TypeVar("ItemT", bound=ui.Item[Any])


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
    body = MessageBody(content, tuple(view.to_components()) if view else ())
    if instead is None:
        intro, *quoted = QUOTE.split(content, maxsplit=1)
        instead = fallbacks(body, intro if quoted else "")
    replaces = interaction.message is not None and interaction.message.flags.ephemeral

    async def send(form: MessageBody) -> None:
        kept = view if form.components else None
        if interaction.response.is_done():
            await edit_original(interaction, interaction.client.services.rest, form)
        elif replaces:
            await interaction.response.edit_message(
                content=form.content, view=kept, attachments=discord_files(form)
            )
        else:
            await respond(interaction, form, kept)

    await send_first_accepted(send, chain([body], instead))
