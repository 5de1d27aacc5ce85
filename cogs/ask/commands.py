"""The command /ask, and the buttons below an answer."""

import re

from discord import Attachment, Interaction, Message, app_commands
from discord.ext import commands
from msgspec.structs import replace

from bot.acknowledgements import IN_TIME
from bot.answers import texts
from bot.answers.buttons import Button
from bot.answers.record import Record
from bot.answers.resume import EndIsShown
from bot.answers.titles import Named, name_from, title_job
from bot.app import Bot
from bot.errors import Refused
from bot.providers.question import Question, Quote
from bot.providers.reader import Reader
from bot.replies import send_ephemeral
from bot.text.chunking import split
from cogs.ask.questions import InsteadButton, accept, ask_here, heading_of, own_record
from cogs.autocomplete import model_choices, provider_choices
from cogs.objects import file_of, quote_of
from cogs.rights import is_private, reader_of, rules_for
from cogs.ui import BotButton, BotModal, BotSelect, sees_alone, text_field
from connectors import ConnectorError
from connectors.discord import File, MessageBody, codes

PROMPT_LIMIT = 6000  # source: discord, a string option
FIELD_LIMIT = 4000  # source: discord, a text input


class Ask(commands.Cog):
    @app_commands.command(description="Ask a language model", extras={IN_TIME: True})
    @app_commands.describe(
        prompt="What do you want to know?",
        provider="Provider to ask (default: the one chosen with /model)",
        model="Model to use; type to search",
        private="Show the answer only to you (default: only where I am not a member)",
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
        private: bool | None = None,
        attachment: Attachment | None = None,
        attachment2: Attachment | None = None,
        attachment3: Attachment | None = None,
    ) -> None:
        if not prompt.strip():
            raise Refused(texts.NO_QUESTION)
        attached = filter(None, (attachment, attachment2, attachment3))
        files = tuple(map(file_of, attached))
        question = Question(prompt, provider, model, attachments=files)
        shown = is_private(interaction, private)
        await ask_here(interaction, question, private=shown, is_remembered=not private)


class AnswerButton(
    BotButton,
    template=r"(?P<button>abi:(?:stop|continue|again|thinking|reply|thread|why)):(?P<id>[0-9a-f]{16})",
):
    """A button below an answer; its id names the answer."""

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        answer_id, button = match["id"], Button(match["button"])
        if button is Button.STOP:
            await stop(interaction, answer_id)
            return
        if button is Button.REPLY:
            await rules_for(interaction)
            await interaction.response.send_modal(ReplyModal(answer_id))
            return
        if button is Button.WHY:
            await show_reason(interaction, answer_id)
            return
        record = await own_record(interaction, answer_id)
        if button is Button.THREAD:
            await rules_for(interaction)
            await open_thread(interaction, record)
            return
        if button is Button.THINKING:
            await show_thinking(interaction, record.progress.reasoning)
            return
        private = interaction.message is not None and interaction.message.flags.ephemeral
        goes_on = button is Button.CONTINUE
        so_far = record.question.so_far + record.progress.text if goes_on else ""
        question = replace(record.question, so_far=so_far)
        # A continuation is a reply below the message that it continues.
        said = "" if goes_on else heading_of(interaction, question, private=private)
        await accept(interaction, question, said, private=private, is_again=not goes_on)


async def stop(interaction: Interaction[Bot], answer_id: str) -> None:
    """Stop an answer, or show the end of a private one that could not be shown in time."""
    services, shown = interaction.client.services, interaction.message
    may_stop = interaction.permissions.manage_messages
    try:
        await services.answers.stop(answer_id, user_id=interaction.user.id, is_moderator=may_stop)
    except Refused as error:
        if shown is None or not sees_alone(interaction) or isinstance(error, EndIsShown):
            raise
        record = await own_record(interaction, answer_id)
        await interaction.response.defer()
        webhook = interaction.application_id, interaction.token
        await services.leftovers.show_end(webhook, record, shown.content)
        return
    await interaction.response.defer()


class ModelSelect(BotSelect, template=r"abi:model:(?P<id>[0-9a-f]{16})"):
    """A choice of other models below an answer that was asked again."""

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        model = self.item.values[0]
        record = await own_record(interaction, match["id"])
        question = replace(record.question, provider=None, model=model, so_far="")
        private = sees_alone(interaction)
        said = heading_of(interaction, question, private=private)
        await accept(interaction, question, said, private=private, is_again=True)


class ReplyModal(BotModal):
    """The form of a reply to an answer, where Discord does not show the bot what people write."""

    def __init__(self, answer_id: str) -> None:
        # Every process that has opened it takes the reply.
        super().__init__(title=texts.REPLY, custom_id=f"abi:reply:{answer_id}")
        self._answer_id = answer_id
        self._text = text_field(texts.YOUR_REPLY, "text", limit=FIELD_LIMIT, is_long=True)
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        record = await own_record(interaction, self._answer_id)
        turn, private = record.question.turn, record.origin.private
        question = Question(self.typed(self._text), parent=turn)
        is_remembered = turn != 0 or not private
        await ask_here(interaction, question, private=private, is_remembered=is_remembered)


class AboutModal(BotModal):
    """The form of a question about a message, which is kept here until it is sent."""

    def __init__(self, quote: Quote, message_id: int, request_id: int) -> None:
        super().__init__(title=texts.ABOUT_THIS, custom_id=f"abi:about:{request_id}")
        self._quote, self._message_id = quote, message_id
        self._text = text_field(texts.YOUR_QUESTION, "text", limit=FIELD_LIMIT, is_long=True)
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        question = Question(self.typed(self._text), quote=self._quote)
        private = is_private(interaction)
        await ask_here(interaction, question, private=private, reply_to=self._message_id)


@app_commands.context_menu(name=texts.ABOUT_THIS)
async def ask_about(interaction: Interaction[Bot], message: Message) -> None:
    quote = quote_of(message)
    if quote is None:
        raise Refused(texts.NOTHING_TO_READ)
    await rules_for(interaction)
    await interaction.response.send_modal(AboutModal(quote, message.id, interaction.id))


async def open_thread(interaction: Interaction[Bot], record: Record) -> None:
    """Open a thread at the message of an answer, in which it goes on."""
    if not interaction.permissions.create_public_threads or interaction.message is None:
        raise Refused(texts.YOU_MAY_NOT_OPEN)
    await interaction.response.defer(ephemeral=True, thinking=True)
    services, message = interaction.client.services, interaction.message
    name = name_from(record.question.prompt)
    try:
        await services.rest.create_thread_from_message(message.channel.id, message.id, name)
    except ConnectorError as error:
        if error.provider_code != codes.HAS_THREAD:
            raise Refused(texts.NO_THREAD) from error
    else:
        await services.scheduler.add(title_job(Named(message.id, name, record.id), record))
    # The thread of a message has its id. Source: topics/threads.
    said = MessageBody(texts.GO_ON_THERE.format(thread_id=message.id))
    await send_ephemeral(interaction, services.rest, said, is_thinking=True)


async def show_thinking(interaction: Interaction[Bot], reasoning: str) -> None:
    messages = split(reasoning)
    if len(messages) == 1:
        body = MessageBody(messages[0], suppress_embeds=True)
    else:
        body = MessageBody(files=(File.from_text("thinking.md", reasoning),))
    await send_ephemeral(interaction, interaction.client.services.rest, body)


async def show_reason(interaction: Interaction[Bot], answer_id: str) -> None:
    """Show privately why an answer failed, to whom that concerns."""
    reader = reader_of(interaction)
    if reader is Reader.MEMBER:
        raise Refused(texts.WHY_NOT_YOU)
    record = await own_record(interaction, answer_id)
    if not record.reasons:  # the process that showed the failure ended just then
        raise Refused(texts.NO_REASON)
    body = MessageBody(record.reasons[reader - Reader.MANAGER], suppress_embeds=True)
    await send_ephemeral(interaction, interaction.client.services.rest, body)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Ask())
    bot.tree.add_command(ask_about)
    bot.add_dynamic_items(AnswerButton, InsteadButton, ModelSelect)
