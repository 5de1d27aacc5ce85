"""What happens to messages: posted, edited, deleted, reacted to, and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sandbox.discord_server.gateway.events import message_event_json
from bot.sandbox.discord_server.gateway.gateway import Gateway
from bot.sandbox.discord_server.objects import (
    EPHEMERAL,
    JSON,
    LOADING,
    Attachment,
    Channel,
    Message,
    User,
    World,
    walk,
)
from bot.sandbox.discord_server.rules.checks import check_message, is_v2
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.mentions import MESSAGE_DEFAULT, find
from bot.sandbox.discord_server.world.feed import Feed
from bot.sandbox.discord_server.world.render import channel_json, message_json

SETTABLE_FLAGS = (1 << 2) | (1 << 12) | (1 << 15)
FILE_LIMIT = 10 * 1024 * 1024
REQUEST_LIMIT = 25 * 1024 * 1024


@dataclass(slots=True)
class Draft:
    """A message body as it came in, with the files beside it and who may see it."""

    body: JSON
    files: Sequence[Attachment] = ()
    kind: int = 0
    flags: int = 0
    reference: Message | None = None
    visible_to: User | None = None
    interaction: JSON | None = None
    default_parse: frozenset[str] = field(default=MESSAGE_DEFAULT)


class Timeline:
    """Changes messages; every change reaches the gateway, the pages and those who wait."""

    def __init__(self, world: World, gateway: Gateway, feed: Feed, bot: User) -> None:
        self.files_url = ""
        self.refused_words: dict[str, DiscordError] = {}
        self._world = world
        self._gateway = gateway
        self._feed = feed
        self._bot = bot

    def create(self, channel: Channel, author: User, draft: Draft) -> Message:
        """Post a message, or raise 50035, 50006 or 40005."""
        body = draft.body
        flags = draft.flags | (int(body.get("flags") or 0) & (SETTABLE_FLAGS | EPHEMERAL))
        check_message(body, is_v2=is_v2(flags), files=len(draft.files))
        self._refuse_words(body)
        message = Message(
            id=self._world.new_id(),
            channel=channel,
            author=author,
            created=self._world.clock(),
            kind=draft.kind,
            content=str(body.get("content") or ""),
            embeds=_embeds(body),
            components=numbered(body.get("components") or []),
            flags=flags,
            nonce=body.get("nonce"),
            reference=draft.reference,
            visible_to=draft.visible_to,
            interaction=draft.interaction,
        )
        message.attachments = self._stored(channel, draft.files, body)
        _refuse_empty(message)
        self._mention(message, body, draft.default_parse, notify=True)
        message.revisions.append((message.created, message.content))
        channel.messages[message.id] = message
        if channel.is_thread and channel.archived:
            self.reopen(channel)
        self.announce("MESSAGE_CREATE", message)
        return message

    def create_loading(self, channel: Channel, draft: Draft) -> Message:
        """Post the bot's "is thinking" of a deferred interaction."""
        message = Message(
            id=self._world.new_id(),
            channel=channel,
            author=self._bot,
            created=self._world.clock(),
            kind=draft.kind,
            flags=draft.flags | LOADING,
            visible_to=draft.visible_to,
            interaction=draft.interaction,
        )
        channel.messages[message.id] = message
        self.announce("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, draft: Draft) -> None:
        """Change what the body names; a "thinking" message becomes a real one."""
        body = draft.body
        was_loading = message.loading
        flags = message.flags & ~LOADING
        if body.get("flags") is not None:
            kept = flags & ~(1 << 2)
            flags = kept | (int(body["flags"]) & SETTABLE_FLAGS)
        result = _merged(message, body)
        check_message(result, is_v2=is_v2(flags))
        self._refuse_words(body)
        attachments = self._edited_attachments(message, draft)
        if not (result["content"] or result["embeds"] or result["components"] or attachments):
            raise DiscordError(50006)
        message.flags = flags
        message.content = str(result["content"] or "")
        message.embeds = _embeds(result)
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
        """Remove messages of one channel; more than one is told as a bulk deletion."""
        channel = messages[0].channel
        for message in messages:
            message.deleted = True
            channel.messages.pop(message.id, None)
            self.publish("message_delete", message)
        shown = [str(message.id) for message in messages if not message.ephemeral]
        if not shown:
            return
        where: JSON = {"channel_id": str(channel.id)}
        if channel.guild is not None:
            where["guild_id"] = str(channel.guild.id)
        is_bulk = len(messages) > 1
        event = "MESSAGE_DELETE_BULK" if is_bulk else "MESSAGE_DELETE"
        data = where | ({"ids": shown} if is_bulk else {"id": shown[0]})
        self._gateway.dispatch(event, data, _guild_id(channel), 1 << (9 if channel.guild else 12))

    def announce(self, event: str, message: Message) -> None:
        """Tell the bot (not about ephemeral messages) and the pages."""
        if not message.ephemeral:
            rendered = message_event_json(message, self._bot)
            self._gateway.dispatch_message(event, message, rendered)
        self.publish(event.lower(), message)

    def publish(self, kind: str, message: Message) -> None:
        if not self._feed.is_watched:
            self._feed.changed()
            return
        self._feed.publish({"type": kind, "message": self.page_json(message)})

    def page_json(self, message: Message) -> JSON:
        """Return a message for a page: as the bot sees it, and who alone may see it."""
        seen_by = None if message.visible_to is None else str(message.visible_to.id)
        guild_id = _guild_id(message.channel)
        return message_json(message, self._bot) | {
            "visible_to": seen_by,
            "guild_id": None if guild_id is None else str(guild_id),
        }

    def react(self, message: Message, user: User, emoji: str, *, added: bool) -> None:
        users = message.reactions.setdefault(emoji, [])
        if (user in users) is added:
            return
        users.append(user) if added else users.remove(user)
        if not users:
            del message.reactions[emoji]
        name, _, emoji_id = emoji.partition(":")
        data: JSON = {
            "user_id": str(user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": emoji_id or None, "name": name},
            "burst": False,
            "type": 0,
        }
        guild_id = _guild_id(message.channel)
        if guild_id is not None:
            data["guild_id"] = str(guild_id)
        event = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
        self._gateway.dispatch(event, data, guild_id, 1 << (10 if guild_id else 13))
        self.publish("message_update", message)

    def reopen(self, thread: Channel) -> None:
        thread.archived = False
        thread.changed_at = self._world.clock()
        self._gateway.dispatch("THREAD_UPDATE", channel_json(thread), _guild_id(thread), 1)

    def _mention(
        self, message: Message, body: JSON, default: frozenset[str], *, notify: bool
    ) -> None:
        found = find(message, body.get("allowed_mentions"), default)
        message.mentions = found.users
        message.mention_roles = found.roles
        message.mention_everyone = found.everyone
        if notify:
            message.pings = found.pings()

    def _stored(
        self, channel: Channel, files: Sequence[Attachment], body: JSON
    ) -> list[Attachment]:
        sizes = [len(file.data) for file in files]
        if sum(sizes) > REQUEST_LIMIT or any(size > FILE_LIMIT for size in sizes):
            raise DiscordError(40005)
        described = {str(a.get("id")): a for a in body.get("attachments") or []}
        for index, file in enumerate(files):
            self.store(file, channel.id)
            named = described.get(str(index), {})
            file.filename = named.get("filename") or file.filename
            file.description = named.get("description")
        return list(files)

    def store(self, file: Attachment, channel_id: int) -> None:
        """Give a file its id and the address it is served at."""
        file.id = self._world.new_id()
        file.url = f"{self.files_url}/attachments/{channel_id}/{file.id}/{file.filename}"
        self._world.attachments[file.id] = file

    def _edited_attachments(self, message: Message, draft: Draft) -> list[Attachment]:
        kept = message.attachments
        named = draft.body.get("attachments")
        if named is not None:
            keep = {str(entry.get("id")) for entry in named}
            kept = [file for file in kept if str(file.id) in keep]
        return kept + self._stored(message.channel, draft.files, draft.body)


def _merged(message: Message, body: JSON) -> JSON:
    """Return the message's fields as they will be after the edit, to be checked together."""
    return {
        "content": body.get("content", message.content),
        "embeds": (body["embeds"] or []) if "embeds" in body else message.embeds,
        "components": (body["components"] or []) if "components" in body else message.components,
        "allowed_mentions": body.get("allowed_mentions"),
        "attachments": body.get("attachments"),
    }


def _embeds(body: JSON) -> list[JSON]:
    return [{"type": "rich"} | embed for embed in body.get("embeds") or []]


def numbered(components: list[JSON]) -> list[JSON]:
    """Return the components with the ids that Discord gives to those that have none."""
    taken = {part["id"] for _, part in walk(components) if part.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    for _, part in walk(components):
        if not part.get("id"):
            part["id"] = next(free)
    return components


def _refuse_empty(message: Message) -> None:
    has_more = message.embeds or message.components or message.attachments
    if not message.content.strip() and not has_more:
        raise DiscordError(50006)


def _guild_id(channel: Channel) -> int | None:
    return None if channel.guild is None else channel.guild.id
