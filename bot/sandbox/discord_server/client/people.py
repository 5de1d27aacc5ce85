"""What people do: run commands, press buttons, fill in modals, write and delete messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.discord_server.client import picker
from bot.sandbox.discord_server.core import Core
from bot.sandbox.discord_server.objects import JSON, Attachment, Channel, Message, User
from bot.sandbox.discord_server.rules.commands import CHAT_INPUT, MESSAGE_COMMAND, USER_COMMAND
from bot.sandbox.discord_server.rules.permissions import (
    can_see,
    channel_permissions,
    send_permission,
)
from bot.sandbox.discord_server.world import interactions as kinds
from bot.sandbox.discord_server.world.interactions import Interaction, InteractionFailed
from bot.sandbox.discord_server.world.timeline import Draft

File = Attachment | tuple[str, bytes]
BUTTON = frozenset({2})
SELECT = frozenset({3, 5, 6, 7, 8})


class People:
    """Acts for a person as the Discord client would, with what it would refuse."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def commands(self, user: User, channel: Channel) -> list[JSON]:
        return picker.visible_commands(self._core.commands, user, channel)

    def slash(
        self, user: User, channel: Channel, command: str, options: Mapping[str, Any]
    ) -> Interaction:
        data = self._slash_data(user, channel, command, options, focused=None)
        return self._core.interactions.begin(kinds.COMMAND, user, channel, data)

    async def autocomplete(
        self, user: User, channel: Channel, command: str, options: Mapping[str, Any], focused: str
    ) -> list[JSON]:
        data = self._slash_data(user, channel, command, options, focused=focused)
        interaction = self._core.interactions.begin(kinds.AUTOCOMPLETE, user, channel, data)
        wait_s = self._core.interactions.deadline_s + 1.0
        await self._core.feed.until(lambda: interaction.state != "waiting", wait_s)
        if interaction.choices is None:
            raise InteractionFailed(f"no choices for {focused!r} of /{command} in time")
        return interaction.choices

    def _slash_data(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, Any],
        *,
        focused: str | None,
    ) -> JSON:
        self._see(user, channel)
        name, *path = command.removeprefix("/").split()
        found = picker.find_command(self.commands(user, channel), CHAT_INPUT, name)
        resolved = picker.Resolved(channel, self._core.bot)
        given = {key: self._stored(value, channel) for key, value in options.items()}
        leaf = picker.leaf_options(found, path)
        filled = picker.fill_options(leaf, given, resolved, focused)
        data = picker.invocation(found, path, filled)
        if resolved.body:
            data["resolved"] = resolved.body
        return data

    def _stored(self, value: Any, channel: Channel) -> Any:
        """Return the value, with a file uploaded first."""
        is_pair = isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], bytes)
        file = Attachment(*value) if is_pair else value
        if isinstance(file, Attachment) and not file.url:
            self._core.timeline.store(file, channel.id)
        return file

    def context(
        self, user: User, channel: Channel, command: str, target: Message | User
    ) -> Interaction:
        self._see(user, channel)
        kind = USER_COMMAND if isinstance(target, User) else MESSAGE_COMMAND
        found = picker.find_command(self.commands(user, channel), kind, command)
        resolved = picker.Resolved(channel, self._core.bot)
        data = {"id": found["id"], "name": found["name"], "type": kind}
        data["target_id"] = resolved.add(target)
        if isinstance(target, Message):
            if target.ephemeral:
                raise LookupError("ephemeral messages have no commands")
            resolved.add(target.author)
        data["resolved"] = resolved.body
        return self._core.interactions.begin(kinds.COMMAND, user, channel, data)

    def click(self, user: User, message: Message, name: str) -> Interaction:
        self._see_message(user, message)
        button = picker.find_component(message, name, BUTTON)
        data = {"component_type": 2, "custom_id": button["custom_id"], "id": button.get("id", 0)}
        return self._core.interactions.begin(
            kinds.COMPONENT, user, message.channel, data, source=message
        )

    def select(self, user: User, message: Message, name: str, values: Sequence[Any]) -> Interaction:
        self._see_message(user, message)
        select = picker.find_component(message, name, SELECT)
        picker.check_selection(select, values)
        resolved = picker.Resolved(message.channel, self._core.bot)
        chosen = [v if isinstance(v, str) else resolved.add(v) for v in values]
        data: JSON = {"component_type": select["type"], "custom_id": select["custom_id"]}
        data |= {"id": select.get("id", 0), "values": chosen}
        if resolved.body:
            data["resolved"] = resolved.body
        return self._core.interactions.begin(
            kinds.COMPONENT, user, message.channel, data, source=message
        )

    def submit(self, user: User, opened: Interaction, fields: Mapping[str, Any]) -> Interaction:
        if opened.modal is None or opened.user is not user:
            raise LookupError("this person has no open modal")
        resolved = picker.Resolved(opened.channel, self._core.bot)
        given = {key: self._uploaded(value, opened.channel) for key, value in fields.items()}
        components = picker.fill_modal(opened.modal, given, resolved)
        data: JSON = {"custom_id": opened.modal["custom_id"], "components": components}
        if resolved.body:
            data["resolved"] = resolved.body
        return self._core.interactions.begin(
            kinds.MODAL_SUBMIT,
            user,
            opened.channel,
            data,
            source=opened.source,
            opened_by=opened,
        )

    def _uploaded(self, value: Any, channel: Channel) -> Any:
        if isinstance(value, list):
            return [self._stored(entry, channel) for entry in value]
        return value

    def post(
        self,
        user: User,
        channel: Channel,
        content: str,
        reply_to: Message | None,
        attachments: Sequence[File],
    ) -> Message:
        needed = send_permission(channel)
        if channel_permissions(channel, user) & needed != needed:
            raise LookupError(f"{user.username} cannot write in {channel.name}")
        files = [self._stored(file, channel) for file in attachments]
        kind = 0 if reply_to is None else 19
        draft = Draft({"content": content}, files, kind=kind, reference=reply_to)
        return self._core.timeline.create(channel, user, draft)

    def delete(self, user: User, message: Message) -> None:
        self._see_message(user, message)
        self._core.timeline.delete([message])

    def _see(self, user: User, channel: Channel) -> None:
        if not can_see(channel, user):
            raise LookupError(f"{user.username} cannot see {channel.name}")

    def _see_message(self, user: User, message: Message) -> None:
        self._see(user, message.channel)
        is_others = message.visible_to is not None and message.visible_to is not user
        if message.deleted or is_others:
            raise LookupError(f"{user.username} cannot see this message")
