"""The command /ask, and the buttons below an answer."""

import re
import time

from discord import Attachment, Interaction, app_commands
from discord.ext import commands
from msgspec.structs import replace

from bot.acknowledgements import IN_TIME
from bot.answers.buttons import Button
from bot.answers.heading import heading
from bot.answers.origin import TOKEN_LIFE_S, TOKEN_MARGIN_S, Origin
from bot.answers.texts import NO_QUESTION
from bot.app import Bot
from bot.errors import Refused
from bot.providers.question import Question
from bot.replies import send_ephemeral
from bot.text.chunking import split
from cogs.autocomplete import model_choices, provider_choices
from cogs.ui import BotButton, file_of
from connectors.discord import File, MessageBody

PROMPT_LIMIT = 6000  # source: discord, a string option


class Ask(commands.Cog):
    @app_commands.command(description="Ask a language model", extras={IN_TIME: True})
    @app_commands.describe(
        prompt="What do you want to know?",
        provider="Provider to ask (default: the one chosen with /model)",
        model="Model to use; type to search",
        private="Show the answer only to you",
        attachment="A picture, a PDF, or a text file to ask about",
        attachment2="Another file",
        attachment3="Another file",
    )
    @app_commands.autocomplete(provider=provider_choices, model=model_choices)
    async def ask(
        self,
        interaction: Interaction[Bot],
        prompt: app_commands.Range[str, 1, PROMPT_LIMIT],
        provider: str | None = None,
        model: str | None = None,
        private: bool = False,
        attachment: Attachment | None = None,
        attachment2: Attachment | None = None,
        attachment3: Attachment | None = None,
    ) -> None:
        if not prompt.strip():
            raise Refused(NO_QUESTION)
        # Refuses before the question is accepted.
        await interaction.client.services.catalog.admit(provider, model)
        attached = filter(None, (attachment, attachment2, attachment3))
        files = tuple(map(file_of, attached))
        question = Question(prompt, provider, model, attachments=files)
        said = heading_of(interaction, question, private=private)
        await accept(interaction, question, said, private=private)


class AnswerButton(
    BotButton, template=r"(?P<button>abi:(?:stop|continue|again|thinking)):(?P<id>[0-9a-f]{16})"
):
    """A button below an answer; its id names the answer."""

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        answers, answer_id = interaction.client.services.answers, match["id"]
        button = Button(match["button"])
        if button is Button.STOP:
            may_stop = interaction.permissions.manage_messages
            await answers.stop(answer_id, user_id=interaction.user.id, is_moderator=may_stop)
            await interaction.response.defer()
            return
        record = await answers.find(answer_id)
        if button is Button.THINKING:
            await show_thinking(interaction, record.progress.reasoning)
            return
        private = interaction.message is not None and interaction.message.flags.ephemeral
        goes_on = button is Button.CONTINUE
        so_far = record.question.so_far + record.progress.text if goes_on else ""
        question = replace(record.question, so_far=so_far)
        # A continuation is a reply below the message that it continues.
        said = "" if goes_on else heading_of(interaction, question, private=private)
        await accept(interaction, question, said, private=private)


async def show_thinking(interaction: Interaction[Bot], reasoning: str) -> None:
    messages = split(reasoning)
    if len(messages) == 1:
        body = MessageBody(messages[0], suppress_embeds=True)
    else:
        body = MessageBody(files=(File.from_text("thinking.md", reasoning),))
    await send_ephemeral(interaction, interaction.client.services.rest, body)


def heading_of(interaction: Interaction[Bot], question: Question, *, private: bool) -> str:
    """Return the line above an answer that others can read, or ""."""
    if private or interaction.guild_id is None or not question.prompt:
        return ""
    files = [file.filename for file in question.attachments]
    return heading(interaction.user.display_name, question.prompt, files)


async def accept(
    interaction: Interaction[Bot], question: Question, said: str, *, private: bool
) -> None:
    origin = Origin(
        application_id=interaction.application_id,
        token=interaction.token,
        interaction_id=interaction.id,
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        user_id=interaction.user.id,
        private=private,
        expires_at=time.time() + TOKEN_LIFE_S - TOKEN_MARGIN_S,
        heading=said,
        is_away=not (interaction.context.dm_channel or interaction.is_guild_integration()),
    )

    async def acknowledge() -> bool:
        response = await interaction.response.defer(ephemeral=private, thinking=True)
        return response is not None and response.is_thinking()

    await interaction.client.services.accept(question, origin, acknowledge)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Ask())
    bot.add_dynamic_items(AnswerButton)
