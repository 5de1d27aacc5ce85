"""Messages and threads of people: what they write, answer, change, delete and forward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord_server.objects import (
    FORUM_KINDS,
    FORWARD,
    HAS_SNAPSHOT,
    JSON,
    VOICE_MESSAGE,
    Attachment,
    Channel,
    Message,
    User,
    Webhook,
)
from bot.sandbox.discord_server.rules import intents
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.mentions import WEBHOOK_DEFAULT
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.message_json import snapshot_json
from bot.sandbox.discord_server.world.render import member_json, place_json
from bot.sandbox.discord_server.world.threads import PRIVATE_THREAD, PUBLIC_THREAD

if TYPE_CHECKING:
    from bot.sandbox.discord_server.core import Core

File = Attachment | tuple[str, bytes]
NO_REPLY_PING: JSON = {"parse": ["users", "roles", "everyone"], "replied_user": False}
SPARED_SLOW_MODE = p.MANAGE_MESSAGES | p.MANAGE_CHANNELS


class Talk:
    """Acts for a person, and refuses what the Discord client refuses."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._world = core.world

    async def post(
        self,
        user: User,
        channel: Channel,
        content: str = "",
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        is_resolved: bool = True,
        attachments: Sequence[File] = (),
        stickers: Sequence[str] = (),
        poll: JSON | None = None,
        flags: int = 0,
    ) -> Message:
        """Write a message.

        A reply with ``ping`` False is one with the @ switched off; with ``is_resolved`` False the
        bot gets it without ``referenced_message``. Stickers are given by name, a poll as in a
        request. Raises LookupError if user cannot write here, or DiscordError 20016 (slow mode).
        """
        self._require_post(user, channel)
        body: JSON = {"content": content, "poll": poll, "flags": flags}
        if reply_to is not None and not ping:
            body["allowed_mentions"] = NO_REPLY_PING
        files = [self._core.timeline.upload(file, channel) for file in attachments]
        draft = Draft(body, files, flags=flags, reference=reply_to, is_resolved=is_resolved)
        draft.kind = 0 if reply_to is None else 19
        draft.stickers = [self._sticker(name) for name in stickers]
        return self._core.timeline.create(channel, user, draft)

    def _sticker(self, name: str) -> JSON:
        return {"id": str(self._world.new_id()), "name": name, "format_type": 1}

    def _require_post(self, user: User, channel: Channel) -> None:
        allowed = p.channel_permissions(channel, user)
        if not allowed & p.send_permission(channel):
            raise LookupError(f"{user.username} cannot write in {channel.name}")
        if channel.locked and not allowed & p.MANAGE_THREADS:
            raise LookupError(f"{channel.name} is locked")
        if channel.rate_limit_per_user and not allowed & SPARED_SLOW_MODE:
            earliest = self._world.clock() - channel.rate_limit_per_user
            own = (m for m in channel.messages.values() if m.author is user)
            if any(message.created > earliest for message in own):
                raise DiscordError(20016)

    async def reply(
        self, user: User, message: Message, content: str = "", *, ping: bool = True, **more: Any
    ) -> Message:
        """Answer a message in its channel, with or without notifying its author."""
        return await self.post(user, message.channel, content, reply_to=message, ping=ping, **more)

    async def mention(self, user: User, channel: Channel, text: str = "", **more: Any) -> Message:
        """Write a message that begins by mentioning the bot."""
        content = f"<@{self._world.bot.id}> {text}".strip()
        return await self.post(user, channel, content, **more)

    async def upload(
        self, user: User, channel: Channel, *files: File, content: str = ""
    ) -> Message:
        """Write a message with files, whose links are at ``message.attachments[0].url``."""
        return await self.post(user, channel, content, attachments=files)

    async def send_voice(
        self, user: User, channel: Channel, data: bytes = b"OggS", *, duration_s: float = 2.0
    ) -> Message:
        """Send a voice message: one audio file, and no text."""
        file = Attachment("voice-message.ogg", data, "audio/ogg", duration_s=duration_s)
        return await self.post(user, channel, attachments=[file], flags=VOICE_MESSAGE)

    async def forward(self, user: User, message: Message, channel: Channel) -> Message:
        """Forward a message: its text, without its author; a comment is a message of its own."""
        self._require_post(user, channel)
        draft = Draft({}, flags=HAS_SNAPSHOT, reference=message, reference_kind=FORWARD)
        draft.snapshots = [snapshot_json(message, self._world.bot)]
        return self._core.timeline.create(channel, user, draft)

    async def edit_message(self, user: User, message: Message, content: str) -> Message:
        """Change the text of one's own message; mentions are those of the new text."""
        if message.author is not user or message.deleted or message.channel.locked:
            raise LookupError(f"{user.username} cannot edit this message")
        target = message.reference
        was_pinged = target is not None and target.author in message.mentions
        body: JSON = {"content": content}
        if not was_pinged:
            body["allowed_mentions"] = NO_REPLY_PING
        self._core.timeline.edit(message, Draft(body))
        return message

    async def delete_message(self, user: User, message: Message) -> None:
        is_others = message.visible_to is not None and message.visible_to is not user
        if message.deleted or is_others or not p.can_see(message.channel, user):
            raise LookupError(f"{user.username} cannot see this message")
        self._core.timeline.delete([message])

    async def react(self, user: User, message: Message, emoji: str, *, added: bool = True) -> None:
        """Add or take back a reaction. Raises LookupError if user cannot react here."""
        allowed = p.channel_permissions(message.channel, user)
        is_new = added and emoji not in message.reactions
        needed = p.READ_MESSAGE_HISTORY | (p.ADD_REACTIONS if is_new else 0)
        if message.deleted or allowed & needed != needed:
            raise LookupError(f"{user.username} cannot react in {message.channel.name}")
        self._core.timeline.react(message, user, emoji, added=added)

    async def purge(self, messages: Sequence[Message]) -> None:
        """Delete messages of one channel at once, as a moderator's bot does."""
        self._core.timeline.delete(messages)

    async def show_embeds(self, message: Message, *embeds: JSON) -> None:
        """Show what the links of a message lead to, as Discord does a moment after it was sent."""
        message.embeds = [{"type": "rich"} | embed for embed in embeds]
        self._core.timeline.announce("MESSAGE_UPDATE", message)

    async def send_as(
        self,
        webhook: Webhook,
        content: str = "",
        *,
        name: str | None = None,
        channel: Channel | None = None,
        attachments: Sequence[File] = (),
    ) -> Message:
        """Write through a webhook under a name, as bots do that repost for people."""
        channel = channel or webhook.channel
        author = webhook.user
        if name is not None:
            author = User(webhook.id, name, name, bot=True)
        files = [self._core.timeline.upload(file, channel) for file in attachments]
        draft = Draft({"content": content}, files, default_parse=WEBHOOK_DEFAULT)
        draft.webhook_id = webhook.id
        return self._core.timeline.create(channel, author, draft)

    async def start_typing(self, user: User, channel: Channel) -> None:
        """Show that user is typing, for 10 seconds."""
        intent = intents.DIRECT_TYPING if channel.guild is None else intents.GUILD_TYPING
        body = place_json(channel) | {
            "user_id": str(user.id),
            "timestamp": int(self._world.clock()),
        }
        if channel.guild is not None:
            body["member"] = member_json(channel.guild.members[user.id])
        event = Event("TYPING_START", body, channel.guild_id, intent, channel=channel)
        self._world.feed.dispatch(event)

    async def create_thread(
        self,
        user: User,
        place: Channel | Message,
        name: str,
        *,
        private: bool = False,
        first: str = "",
    ) -> Channel:
        """Open a thread at a message, or in a channel; in a forum ``first`` is its message.

        Raises DiscordError 50024, 160004, 40067 or 50035, as for the bot.
        """
        threads, body = self._core.threads, {"name": name}
        if isinstance(place, Message):
            return threads.open_at(place, user, body)
        if place.kind in FORUM_KINDS:
            return threads.post(place, user, body, Draft({"content": first}))
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        return threads.open(place, user, body, kind)

    async def edit_thread(self, thread: Channel, **changes: Any) -> None:
        """Change ``name``, ``archived``, ``locked``, … of a thread, as its moderators do."""
        self._core.threads.edit(thread, {"archived": False} | changes)

    async def join_thread(self, thread: Channel, user: User) -> None:
        """Add a member to a thread."""
        self._core.threads.join(thread, user)
