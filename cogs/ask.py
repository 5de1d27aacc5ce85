"""/ask, and the buttons below an answer."""

import io
from typing import Self

from discord import File, Interaction, app_commands, ui
from discord.ext import commands

from bot.answers.answer import Answer, Kept, Stopped
from bot.answers.chunking import split
from bot.answers.controls import LABELS, Control
from bot.answers.reading import Question
from bot.answers.surfaces import Origin
from bot.app import Bot
from bot.errors import Refused
from bot.pickers import model_choices, provider_choices
from bot.views import BotView

PROMPT_LIMIT = 6000  # source: discord, a string option

NO_QUESTION = "There is no question in this. Type one behind `prompt:`."
FORGOTTEN = "I no longer know what was asked here. Ask again with `/ask`."
NOT_YOURS = "Only the person who asked can stop this answer. Ask them, or a moderator."


class Ask(commands.Cog):
    """A question to a language model."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @app_commands.command(description="Ask a language model")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(
        prompt="What do you want to know?",
        provider="Who should answer; without it, the bot chooses",
        model="Which model should answer; type to search",
        private="Only you see the answer",
    )
    async def ask(
        self,
        interaction: Interaction[Bot],
        prompt: app_commands.Range[str, 1, PROMPT_LIMIT],
        provider: str | None = None,
        model: str | None = None,
        private: bool = False,
    ) -> None:
        if not prompt.strip():
            raise Refused(NO_QUESTION)
        self.bot.catalogue.resolve(provider, model)  # refuses before anything is promised
        await defer(interaction, private=private)
        route = await self.bot.routing.route(self.bot.place_of(interaction), provider, model)
        name = route.provider if route.is_chosen else None
        begin(interaction, Question(prompt, name, route.model), private=private)

    @ask.autocomplete("provider")
    async def providers(self, _: Interaction[Bot], typed: str) -> list[app_commands.Choice[str]]:
        return provider_choices(self.bot.connectors, self.bot.catalogue, typed)

    @ask.autocomplete("model")
    async def models(
        self, interaction: Interaction[Bot], typed: str
    ) -> list[app_commands.Choice[str]]:
        provider = interaction.namespace.provider
        bot = self.bot
        return model_choices(bot.connectors, bot.catalogue, typed, provider, interaction.user.id)


class Buttons(BotView):
    """The buttons below every answer."""

    @ui.button(label=LABELS[Control.STOP], custom_id=Control.STOP)
    async def stop_answer(self, interaction: Interaction[Bot], _: ui.Button[Self]) -> None:
        running = self._running(interaction)
        asked_by_them = interaction.user.id == running.origin.user_id
        if not (asked_by_them or interaction.permissions.manage_messages):
            raise Refused(NOT_YOURS)
        await interaction.response.defer()
        running.stop(Stopped.BY_PERSON)

    @ui.button(label=LABELS[Control.CONTINUE], custom_id=Control.CONTINUE)
    async def go_on(self, interaction: Interaction[Bot], _: ui.Button[Self]) -> None:
        kept = self._kept(interaction)
        asked = kept.question
        question = Question(asked.prompt, asked.provider, asked.model, so_far=kept.text)
        private = _is_private(interaction)
        await defer(interaction, private=private)
        begin(interaction, question, private=private)

    @ui.button(label=LABELS[Control.AGAIN], custom_id=Control.AGAIN)
    async def ask_again(self, interaction: Interaction[Bot], _: ui.Button[Self]) -> None:
        asked = self._kept(interaction).question
        question = Question(asked.prompt, asked.provider, asked.model)
        private = _is_private(interaction)
        await defer(interaction, private=private)
        begin(interaction, question, private=private)

    @ui.button(label=LABELS[Control.THINKING], custom_id=Control.THINKING)
    async def show_thinking(self, interaction: Interaction[Bot], _: ui.Button[Self]) -> None:
        reasoning = self._kept(interaction).reasoning
        messages = split(reasoning)
        if len(messages) == 1:
            await interaction.response.send_message(messages[0], ephemeral=True)
        else:
            file = File(io.BytesIO(reasoning.encode(errors="replace")), "thinking.md")
            await interaction.response.send_message(file=file, ephemeral=True)

    def _kept(self, interaction: Interaction[Bot]) -> Kept:
        kept = (
            interaction.client.answers.find(str(interaction.message.id))
            if interaction.message
            else None
        )
        if kept is None:
            raise Refused(FORGOTTEN)
        return kept

    def _running(self, interaction: Interaction[Bot]) -> Answer:
        message = interaction.message
        running = interaction.client.answers.running(str(message.id)) if message else None
        if running is None:
            raise Refused(FORGOTTEN)
        return running


async def defer(interaction: Interaction[Bot], *, private: bool) -> None:
    """Tell Discord that an answer comes."""
    await interaction.response.defer(ephemeral=private, thinking=True)


def begin(interaction: Interaction[Bot], question: Question, *, private: bool) -> None:
    """Begin the answer of a deferred interaction."""
    answers = interaction.client.answers
    origin = Origin(
        application_id=interaction.application_id,
        token=interaction.token,
        interaction_id=interaction.id,
        channel_id=interaction.channel_id or 0,
        user_id=interaction.user.id,
        private=private,
        expires_at=answers.expires_at(),
    )
    answers.accept(question, origin)


def _is_private(interaction: Interaction[Bot]) -> bool:
    return interaction.message is not None and interaction.message.flags.ephemeral


async def setup(bot: Bot) -> None:
    """Load the cog; called by discord.py."""
    await bot.add_cog(Ask(bot))
    bot.add_view(Buttons())
