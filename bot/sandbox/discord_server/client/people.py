"""Interactions that people begin in the client: commands, buttons, selects and modals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord_server.client import picker
from bot.sandbox.discord_server.objects import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    JSON,
    MODAL_SUBMIT,
    Channel,
    Interaction,
    InteractionFailed,
    Message,
    User,
)
from bot.sandbox.discord_server.rules.commands import CHAT_INPUT, MESSAGE_COMMAND, USER_COMMAND
from bot.sandbox.discord_server.rules.permissions import can_see

if TYPE_CHECKING:
    from bot.sandbox.discord_server.core import Core

Options = Mapping[str, Any]
BUTTON = frozenset({2})
SELECT = frozenset({3, 5, 6, 7, 8})


class People:
    """Acts for a person, and refuses what the Discord client refuses."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self, user: User, channel: Channel) -> list[JSON]:
        """Return the commands that the client offers to user in channel."""
        bot = self._core.world.bot
        return picker.visible_commands(self._core.commands, user, channel, bot)

    async def slash(
        self, user: User, channel: Channel, command: str, options: Options | None = None
    ) -> Interaction:
        data = self._slash_data(user, channel, command, options or {})
        return self._core.interactions.begin(COMMAND, user, channel, data)

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Options | None = None,
        *,
        focused: str,
    ) -> list[JSON]:
        """Return the bot's choices for the option that is being typed."""
        data = self._slash_data(user, channel, command, options or {}, focused)
        interactions = self._core.interactions
        begun = interactions.begin(AUTOCOMPLETE, user, channel, data)
        wait_s = interactions.response_deadline_s + 1.0
        await self._core.world.feed.until(lambda: begun.state != "waiting", wait_s)
        if begun.choices is None:
            raise InteractionFailed(f"no choices for {focused!r} of /{command} in time")
        return begun.choices

    def _slash_data(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Options,
        focused: str | None = None,
    ) -> JSON:
        self._see(user, channel)
        name, *path = command.removeprefix("/").split()
        found = picker.find_command(self.commands(user, channel), CHAT_INPUT, name)
        resolved = picker.Resolved(channel, self._core.world.bot)
        given = {key: self._core.timeline.upload(value) for key, value in options.items()}
        leaf = picker.leaf_options(found, path)
        filled = picker.fill_options(leaf, given, resolved, focused)
        return picker.invocation(found, path, filled) | resolved.data()

    async def context(
        self,
        invoker: User,
        channel: Channel,
        command: str,
        *,
        message: Message | None = None,
        user: User | None = None,
    ) -> Interaction:
        """Run a command from the menu of a message or a user."""
        target = message or user
        if target is None:
            raise ValueError("a context command needs a message or a user")
        self._see(invoker, channel)
        kind = USER_COMMAND if isinstance(target, User) else MESSAGE_COMMAND
        found = picker.find_command(self.commands(invoker, channel), kind, command)
        resolved = picker.Resolved(channel, self._core.world.bot)
        data: JSON = {"id": found["id"], "name": found["name"], "type": kind}
        if isinstance(target, Message):
            self._core.world.files.refresh(target.attachments)
        data["target_id"] = resolved.add(target)
        if isinstance(target, Message):
            if target.ephemeral:
                raise LookupError("ephemeral messages have no commands")
            resolved.add(target.author)
        return self._core.interactions.begin(COMMAND, invoker, channel, data | resolved.data())

    async def click(self, user: User, message: Message, name: str) -> Interaction:
        """Press a button, found by its custom_id or its label."""
        button = self._component(user, message, name, BUTTON)
        return self._use(user, message, button, {})

    async def select(
        self, user: User, message: Message, custom_id: str, values: Sequence[Any]
    ) -> Interaction:
        select = self._component(user, message, custom_id, SELECT)
        picker.check_selection(select, values)
        resolved = picker.Resolved(message.channel, self._core.world.bot)
        chosen = [v if isinstance(v, str) else resolved.add(v) for v in values]
        return self._use(user, message, select, {"values": chosen} | resolved.data())

    def _component(self, user: User, message: Message, name: str, kinds: frozenset[int]) -> JSON:
        self._see_message(user, message)
        return picker.find_component(message, name, kinds)

    def _use(self, user: User, message: Message, part: JSON, more: JSON) -> Interaction:
        data = {"component_type": part["type"], "custom_id": part["custom_id"]}
        data |= {"id": part.get("id", 0)} | more
        begin = self._core.interactions.begin
        return begin(COMPONENT, user, message.channel, data, source=message)

    async def submit(
        self, user: User, interaction: Interaction, fields: Mapping[str, Any]
    ) -> Interaction:
        """Fill in the modal that an interaction has opened, and send it."""
        modal, channel = interaction.modal, interaction.channel
        if modal is None or interaction.user is not user:
            raise LookupError("this person has no open modal")
        resolved = picker.Resolved(channel, self._core.world.bot)
        given = {key: self._uploaded(value) for key, value in fields.items()}
        components = picker.fill_modal(modal, given, resolved)
        data: JSON = {"custom_id": modal["custom_id"], "components": components}
        data |= resolved.data()
        begin = self._core.interactions.begin
        return begin(
            MODAL_SUBMIT, user, channel, data, source=interaction.source, opened_by=interaction
        )

    def _uploaded(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._core.timeline.upload(entry) for entry in value]
        return value

    def _see(self, user: User, channel: Channel) -> None:
        if not can_see(channel, user):
            raise LookupError(f"{user.username} cannot see {channel.name}")

    def _see_message(self, user: User, message: Message) -> None:
        self._see(user, message.channel)
        is_others = message.visible_to is not None and message.visible_to is not user
        if message.deleted or is_others:
            raise LookupError(f"{user.username} cannot see this message")
