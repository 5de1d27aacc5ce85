"""Requests of the page, carried out in the Discord server."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord_server.client.picker import THINGS, find_command, leaf_options
from bot.sandbox.discord_server.objects import (
    JSON,
    Attachment,
    Channel,
    Interaction,
    Message,
    Role,
    User,
    walk,
)
from bot.sandbox.discord_server.rules.permissions import (
    MANAGE_MESSAGES,
    can_see,
    channel_permissions,
)
from bot.sandbox.page_requests import (
    Autocomplete,
    Click,
    CloseThread,
    Context,
    Delete,
    Dismiss,
    Edit,
    File,
    Forward,
    NewThread,
    Post,
    React,
    Select,
    Slash,
    Submit,
)

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer

# The server gives the bot 3 s; tests that change this stay below a minute.
ANSWER_LIMIT_S = 60.0
NOT_ANSWERED = "The application did not respond"
FAILED = "This interaction failed"
TRY_AGAIN = "Something went wrong. Try again."
THING_SELECTS = frozenset({5, 6, 7, 8})
SLASH_COMMAND = 1


class Person:
    """Acts for ``user``. Each act returns what the page shows next; errors are sentences."""

    def __init__(self, discord: DiscordServer, user: User) -> None:
        self.dismissed: set[str] = set()
        self._discord = discord
        self._world = discord.world
        self._user = user
        self._modals: dict[str, Interaction] = {}

    async def post(self, asked: Post) -> JSON:
        await self._discord.post(
            self._user,
            self._channel(asked.channel),
            asked.content,
            reply_to=None if asked.reply_to is None else self._message(asked.reply_to),
            ping=asked.ping,
            attachments=[_attachment(file) for file in asked.files],
        )
        return {}

    async def edit(self, asked: Edit) -> JSON:
        await self._discord.edit_message(self._user, self._message(asked.message), asked.content)
        return {}

    async def delete(self, asked: Delete) -> JSON:
        message = self._message(asked.message)
        allowed = channel_permissions(message.channel, self._user)
        if message.author is not self._user and not allowed & MANAGE_MESSAGES:
            raise LookupError("You can delete only your own messages.")
        await self._discord.delete_message(self._user, message)
        return {}

    async def react(self, asked: React) -> JSON:
        message = self._message(asked.message)
        await self._discord.react(self._user, message, asked.emoji, added=asked.on)
        return {}

    async def forward(self, asked: Forward) -> JSON:
        channel = self._channel(asked.channel)
        await self._discord.forward(self._user, self._message(asked.message), channel)
        return {}

    async def thread(self, asked: NewThread) -> JSON:
        """Return the new thread's id."""
        channel = self._channel(asked.channel)
        place = channel if asked.message is None else self._message(asked.message)
        thread = await self._discord.create_thread(self._user, place, asked.name)
        return {"thread": str(thread.id)}

    async def close(self, asked: CloseThread) -> JSON:
        await self._discord.edit_thread(self._channel(asked.channel), archived=True)
        return {}

    async def slash(self, asked: Slash) -> JSON:
        channel = self._channel(asked.channel)
        options = self._options(channel, asked.name, asked.options)
        options |= {name: _attachment(file) for name, file in asked.files.items()}
        begun = await self._discord.slash(self._user, channel, asked.name, options)
        return await self._outcome(begun, NOT_ANSWERED)

    async def autocomplete(self, asked: Autocomplete) -> JSON:
        channel = self._channel(asked.channel)
        choices = await self._discord.autocomplete(
            self._user,
            channel,
            asked.name,
            self._options(channel, asked.name, asked.options),
            focused=asked.focused,
        )
        return {"choices": choices}

    async def click(self, asked: Click) -> JSON:
        message = self._message(asked.message)
        begun = await self._discord.click(self._user, message, asked.custom_id)
        return await self._outcome(begun, FAILED)

    async def select(self, asked: Select) -> JSON:
        message = self._message(asked.message)
        values = self._chosen(message.components, asked.custom_id, asked.values)
        begun = await self._discord.select(self._user, message, asked.custom_id, values)
        return await self._outcome(begun, FAILED)

    async def submit(self, asked: Submit) -> JSON:
        opened = self._modals.get(asked.interaction)
        if opened is None or opened.modal is None:
            raise LookupError("This dialog is no longer open.")
        parts = opened.modal["components"]
        fields = {
            custom_id: value if isinstance(value, str) else self._chosen(parts, custom_id, value)
            for custom_id, value in asked.values.items()
        }
        begun = await self._discord.submit(self._user, opened, fields)
        return await self._outcome(begun, TRY_AGAIN)

    async def context(self, asked: Context) -> JSON:
        message = self._message(asked.message)
        begun = await self._discord.context(
            self._user, message.channel, asked.name, message=message
        )
        return await self._outcome(begun, NOT_ANSWERED)

    async def dismiss(self, asked: Dismiss) -> JSON:
        self.dismissed.add(asked.message)
        return {}

    async def _outcome(self, interaction: Interaction, failure: str) -> JSON:
        """Wait for the bot's first response: nothing to add, a modal to show, or a failure."""
        await self._discord.until(lambda: interaction.state != "waiting", timeout_s=ANSWER_LIMIT_S)
        if interaction.state == "failed":
            return {"error": failure}
        if interaction.modal is None:
            return {}
        self._modals[str(interaction.id)] = interaction
        return {"modal": interaction.modal, "interaction": str(interaction.id)}

    def _channel(self, channel_id: str) -> Channel:
        channel = self._world.channels.get(snowflake(channel_id))
        if channel is None or not can_see(channel, self._user):
            raise LookupError("This channel no longer exists.")
        return channel

    def _message(self, message_id: str) -> Message:
        wanted = snowflake(message_id)
        for channel in self._world.channels.values():
            if wanted in channel.messages:
                return channel.messages[wanted]
        raise LookupError("This message no longer exists.")

    def _thing(self, thing_id: str) -> User | Role | Channel:
        wanted = snowflake(thing_id)
        for guild in self._world.guilds.values():
            if wanted in guild.roles:
                return guild.roles[wanted]
        found = self._world.users.get(wanted) or self._world.channels.get(wanted)
        if found is None:
            raise LookupError("Your choice no longer exists.")
        return found

    def _options(self, channel: Channel, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options with users, roles and channels instead of their ids."""
        command, *path = name.split()
        offered = self._discord.offered_commands(self._user, channel)
        options = leaf_options(find_command(offered, SLASH_COMMAND, command), path)
        things = {option["name"] for option in options if option["type"] in THINGS}
        return {
            name: self._thing(value) if name in things else value for name, value in values.items()
        }

    def _chosen(
        self, components: Sequence[JSON], custom_id: str, values: Sequence[str]
    ) -> list[Any]:
        parts = [part for _, part in walk(components) if part.get("custom_id") == custom_id]
        if parts and parts[0]["type"] in THING_SELECTS:
            return [self._thing(value) for value in values]
        return list(values)


def snowflake(text: str) -> int:
    """Return an id, or 0 if text is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def _attachment(file: File) -> Attachment:
    data = base64.b64decode(file.base64, validate=True)
    return Attachment(file.filename, data, content_type=file.content_type)
