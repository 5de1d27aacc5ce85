"""Changes of messages, and their events."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.sandbox.discord_server.objects import (
    EPHEMERAL,
    JSON,
    LOADING,
    Attachment,
    Channel,
    Message,
    User,
)
from bot.sandbox.discord_server.rules import intents
from bot.sandbox.discord_server.rules.checks import FILE_LIMIT, REQUEST_LIMIT, check_message, is_v2
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.mentions import find
from bot.sandbox.discord_server.world.draft import (
    DRAFT_FIELDS,
    Draft,
    embeds,
    merged,
    numbered,
    poll,
    refuse_empty,
)
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.files import EPHEMERAL_FOLDER
from bot.sandbox.discord_server.world.message_json import (
    depends_on_intent,
    emoji_json,
    message_event_json,
    message_json,
)
from bot.sandbox.discord_server.world.render import place_json
from bot.sandbox.discord_server.world.world import World

SETTABLE_FLAGS = (1 << 2) | (1 << 12) | (1 << 15)


class Timeline:
    """Posts, edits and deletes messages."""

    def __init__(self, world: World) -> None:
        self.refused_words: dict[str, DiscordError] = {}
        self.before_thread_post: Callable[[Message], None] = lambda _: None
        self._world = world

    def create(self, channel: Channel, author: User, draft: Draft) -> Message:
        """Post a message, or raise 50035, 50006 or 40005."""
        body = draft.body
        flags = draft.flags | (int(body.get("flags") or 0) & (SETTABLE_FLAGS | EPHEMERAL))
        check_message(body, is_v2=is_v2(flags), files=len(draft.files))
        self._refuse_words(body)
        message = self._new(channel, author, draft, flags)
        message.content = str(body.get("content") or "")
        message.embeds = embeds(body)
        message.components = numbered(body.get("components") or [])
        message.nonce = body.get("nonce")
        message.poll = poll(body, message.created)
        message.attachments = self._stored(channel, draft.files, body)
        refuse_empty(message)
        self._mention(message, body, draft.default_parse, notify=True)
        message.revisions.append((message.created, message.content))
        if channel.is_thread:
            if channel.archived:
                channel.archived, channel.changed_at = False, message.created
                self._world.announce(channel, "THREAD_UPDATE")
            self.before_thread_post(message)
        return self._add(message)

    def create_loading(self, channel: Channel, draft: Draft) -> Message:
        """Post the "is thinking" message of a deferred interaction."""
        return self._add(self._new(channel, self._world.bot, draft, draft.flags | LOADING))

    def add_system(
        self,
        channel: Channel,
        kind: int,
        content: str = "",
        reference: Message | None = None,
        *,
        author: User | None = None,
        thread: Channel | None = None,
    ) -> Message:
        """Post a system message, by default as the bot; that of a new thread has its id."""
        draft = Draft({}, kind=kind, reference=reference)
        draft.message_id = None if thread is None else thread.id
        message = self._new(channel, author or self._world.bot, draft, 0)
        message.content, message.thread = content, thread
        return self._add(message)

    def _new(self, channel: Channel, author: User, draft: Draft, flags: int) -> Message:
        return Message(
            id=draft.message_id or self._world.new_id(),
            channel=channel,
            author=author,
            created=self._world.clock(),
            flags=flags,
            **{name: getattr(draft, name) for name in DRAFT_FIELDS},
        )

    def _add(self, message: Message) -> Message:
        """Put a new message into its channel."""
        message.channel.messages[message.id] = message
        self.announce("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, draft: Draft) -> None:
        """Change the fields that the body has; a "thinking" message becomes a real one."""
        body = draft.body
        was_loading = message.loading
        flags = message.flags & ~LOADING
        if body.get("flags") is not None:
            kept = flags & ~(1 << 2)
            flags = kept | (int(body["flags"]) & SETTABLE_FLAGS)
        result = merged(message, body)
        check_message(result, is_v2=is_v2(flags))
        self._refuse_words(body)
        attachments = self._edited_attachments(message, draft)
        if not (result["content"] or result["embeds"] or result["components"] or attachments):
            raise DiscordError(50006)
        message.flags = flags
        message.content = str(result["content"] or "")
        message.embeds = embeds(result)
        if "components" in body:
            message.components = numbered(body["components"] or [])
        message.attachments = attachments
        self._mention(message, body, draft.default_parse, notify=was_loading)
        self._edited(message, is_edit=not was_loading)

    def _refuse_words(self, body: JSON) -> None:
        content = str(body.get("content") or "")
        for word, error in self.refused_words.items():
            if word in content:
                raise error

    def _edited(self, message: Message, *, is_edit: bool) -> None:
        now = self._world.clock()
        message.edits += is_edit
        message.edited = now if is_edit else None
        message.revisions.append((now, message.content))
        self.announce("MESSAGE_UPDATE", message)

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages of one channel; two or more are one bulk deletion."""
        channel = messages[0].channel
        for message in messages:
            message.deleted = True
            channel.messages.pop(message.id, None)
            self.publish("message_delete", message)
        is_bulk = len(messages) > 1
        name = "MESSAGE_DELETE_BULK" if is_bulk else "MESSAGE_DELETE"
        shown = [str(message.id) for message in messages]
        ids: JSON = {"ids": shown} if is_bulk else {"id": shown[0]}
        place = place_json(channel)
        if messages[0].ephemeral:
            place.pop("guild_id", None)
        self._dispatch(name, messages[0], place | ids)

    def announce(self, name: str, message: Message) -> None:
        """Send a message to the bot and to the pages."""
        bot = self._world.bot
        self._world.files.refresh(message.attachments)
        bare = None
        if depends_on_intent(message, bot):
            bare = message_event_json(message, bot, has_intent=False)
        self._dispatch(name, message, message_event_json(message, bot), bare)
        self.publish(name.lower(), message)

    def _dispatch(self, name: str, message: Message, data: JSON, bare: JSON | None = None) -> None:
        """Send an event of a message; an ephemeral one has no channel and counts as direct."""
        channel = None if message.ephemeral else message.channel
        guild_id = None if channel is None else channel.guild_id
        intent = intents.DIRECT_MESSAGES if guild_id is None else intents.GUILD_MESSAGES
        self._world.feed.dispatch(Event(name, data, guild_id, intent, bare, channel))

    def publish(self, kind: str, message: Message) -> None:
        if not self._world.feed.is_watched:
            self._world.feed.changed()
            return
        self._world.feed.publish({"type": kind, "message": self.page_json(message)})

    def page_json(self, message: Message) -> JSON:
        """Return a message for a page, with the ids of who reacted, and of its only viewer."""
        seen_by = None if message.visible_to is None else str(message.visible_to.id)
        reactors = {emoji: [str(u.id) for u in who] for emoji, who in message.reactions.items()}
        return message_json(message, self._world.bot) | {
            "visible_to": seen_by,
            "reactors": reactors,
            "guild_id": place_json(message.channel).get("guild_id"),
        }

    def react(self, message: Message, user: User, emoji: str, *, added: bool) -> None:
        users = message.reactions.get(emoji, [])
        if (user in users) is added:
            return
        users = [*users, user] if added else [other for other in users if other is not user]
        message.reactions[emoji] = users
        if not users:
            del message.reactions[emoji]
        data = place_json(message.channel) | {
            "user_id": str(user.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": emoji_json(emoji),
            "burst": False,
            "type": 0,
        }
        guild_id = message.channel.guild_id
        intent = intents.GUILD_REACTIONS if guild_id else intents.DIRECT_REACTIONS
        name = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
        self._world.feed.dispatch(Event(name, data, guild_id, intent))
        self.publish("message_update", message)

    def _mention(
        self, message: Message, body: JSON, default: frozenset[str], *, notify: bool
    ) -> None:
        found = find(message, body.get("allowed_mentions"), default)
        message.mentions = found.users
        message.mention_roles = found.roles
        message.mention_everyone = found.everyone
        if notify:
            message.pings = found.pings()

    # Those that a person has uploaded are stored already, and may be larger.
    def _stored(
        self, channel: Channel, files: Sequence[Attachment], body: JSON
    ) -> list[Attachment]:
        new = [file for file in files if not file.url]
        sizes = [len(file.data) for file in new]
        if sum(sizes) > REQUEST_LIMIT or any(size > FILE_LIMIT for size in sizes):
            raise DiscordError(40005)
        described = {str(a.get("id")): a for a in body.get("attachments") or []}
        for index, file in enumerate(new):
            self.store(file, channel.id)
            named = described.get(str(index), {})
            file.filename = named.get("filename") or file.filename
            file.description = named.get("description")
        return list(files)

    def upload(self, value: Any, channel: Channel | None = None) -> Any:
        """Return the value; if it is a file, or a name and its bytes, store it first.

        Without a channel it is the application's, as in the option of a command.
        """
        is_pair = isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], bytes)
        file = Attachment(*value) if is_pair else value
        if isinstance(file, Attachment) and not file.url:
            if channel is None:
                world = self._world
                world.files.add(file, world.new_id(), world.application_id, EPHEMERAL_FOLDER)
            else:
                self.store(file, channel.id)
        return file

    def store(self, file: Attachment, channel_id: int) -> None:
        """Store a file under a new id and set its URL."""
        self._world.files.add(file, self._world.new_id(), channel_id)

    def _edited_attachments(self, message: Message, draft: Draft) -> list[Attachment]:
        kept = message.attachments
        named = draft.body.get("attachments")
        if named is not None:
            keep = {str(entry.get("id")) for entry in named}
            kept = [file for file in kept if str(file.id) in keep]
        return kept + self._stored(message.channel, draft.files, draft.body)
