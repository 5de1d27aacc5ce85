"""What all buttons have in common: closed while the bot stops, errors said to the person who pressed."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self, TypeVar

from discord import Interaction, TextStyle, ui

from bot.fallbacks import fallbacks, send_first_accepted
from bot.reminders.job import read_question
from bot.replies import discord_files, edit_original, respond
from connectors.discord import Component, File, MessageBody

if TYPE_CHECKING:
    from bot.app import Bot

QUOTE = re.compile(r"\n>(?:>>)? ")  # begins what a person wrote
CANNOT_ASK = (
    "Discord refuses to show what you typed, so I cannot ask back about it. Set your time zone with "
    "`/timezone`, then use `/remind` with a time that means one thing only, such as `tomorrow 9:00`."
)

ItemT = TypeVar("ItemT", bound=ui.Item[Any])


class BotView(ui.View):
    """Buttons with static ids and no end: registered once, they also work after a restart."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    async def interaction_check(self, interaction: "Interaction[Bot]") -> bool:  # type: ignore[override]
        return await interaction.client.is_open(interaction)

    async def on_error(  # type: ignore[override]
        self, interaction: "Interaction[Bot]", error: Exception, item: ui.Item[Any]
    ) -> None:
        del item
        await interaction.client.reply_to_error(interaction, error)


class _BotItem(ui.DynamicItem[ItemT], template="abi:none"):
    """Known by the pattern of its id, which says all it needs, so it works after a restart, wherever it is."""

    match: re.Match[str]

    @classmethod
    async def from_custom_id(
        cls, _: Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        made = cls.__new__(cls)
        ui.DynamicItem.__init__(made, item)
        made.match = match
        return made

    async def callback(self, interaction: "Interaction[Bot]") -> None:  # type: ignore[override]
        try:
            if await interaction.client.is_open(interaction):
                await self.pressed(interaction, self.match)
        except Exception as error:  # discord.py would only log it
            await interaction.client.reply_to_error(interaction, error)

    async def pressed(self, interaction: "Interaction[Bot]", match: re.Match[str]) -> None:
        """Do what the id says."""
        raise NotImplementedError


class BotButton(_BotItem[ui.Button[Any]], template="abi:button"):
    """A button whose id says what it does to what."""


class BotSelect(_BotItem[ui.Select[Any]], template="abi:select"):
    """A list whose id says what is chosen for what."""


class BotModal(ui.Modal):
    """A form; what goes wrong with it is said to the person who sent it."""

    @staticmethod
    def typed(field: ui.Label[Any]) -> str:
        """Return what was typed into a text field."""
        text = field.component
        return text.value.strip() if isinstance(text, ui.TextInput) else ""

    async def on_error(self, interaction: "Interaction[Bot]", error: Exception) -> None:  # type: ignore[override]
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
    """Return a field of a form; what was in it before is cut to what it takes."""
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
    """Return these items as the rows below a message."""
    view = BotView()
    for item in items:
        view.add_item(item)
    return view


async def show(interaction: "Interaction[Bot]", content: str, view: ui.View | None = None) -> None:
    """Show something to one person only, in the place of what they pressed if that is theirs alone.

    Where Discord refuses it, that person reads a milder form of it: what is quoted in it becomes a file.
    """
    forms = _forms(content, tuple(view.to_components()) if view else ())
    is_over_it = interaction.message is not None and interaction.message.flags.ephemeral

    async def send(body: MessageBody) -> None:
        if interaction.response.is_done():
            await edit_original(interaction, interaction.client.services.rest, body)
        elif is_over_it:
            kept = view if body.components else None
            await interaction.response.edit_message(
                content=body.content, view=kept, attachments=discord_files(body)
            )
        else:
            await respond(interaction, body, view if body.components else None)

    await send_first_accepted(send, forms)


def _forms(content: str, components: tuple[Component, ...]) -> Iterator[MessageBody]:
    """Yield what to show: the whole first, then what stands in for it."""
    body = MessageBody(content, components)
    yield body
    draft = read_question(content, None, None)
    if draft is None:
        said, *quoted = QUOTE.split(content, maxsplit=1)
        yield from fallbacks(body, said if quoted else "")
        return
    # Its buttons read from the message what was typed, so that they would find something else there.
    file = File.from_text("reminder.md", draft.text)
    yield MessageBody(f"{CANNOT_ASK} Your text is in this file.", file=file)
    yield MessageBody(CANNOT_ASK)
