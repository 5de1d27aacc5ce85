"""What all buttons have in common: closed while the bot stops, errors said to the person who pressed."""

from typing import TYPE_CHECKING, Any

from discord import Interaction, ui

if TYPE_CHECKING:
    from bot.app import Bot


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
