"""Discord's objects, with the fields that are used; ids are strings, permissions integers."""

from datetime import datetime
from typing import Any

import msgspec


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person or a bot."""

    id: str
    username: str
    discriminator: str = "0"
    global_name: str | None = None
    avatar: str | None = None
    bot: bool = False
    locale: str | None = None

    @property
    def name(self) -> str:
        """The name that Discord shows, unless there is a nickname."""
        return self.global_name or self.username


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """The bot's application, with a key for each kind of installation that the portal allows."""

    id: str
    name: str
    flags: int = 0
    integration_types_config: dict[str, Any] = {}

    @property
    def may_read_content(self) -> bool:
        """True if messages of others have content; the limited grant of the intent counts too."""
        return bool(self.flags & (1 << 18 | 1 << 19))


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role of a server; the one with the server's id is @everyone."""

    id: str
    name: str
    permissions: int
    position: int = 0
    color: int = 0
    hoist: bool = False
    managed: bool = False
    mentionable: bool = False


class Guild(msgspec.Struct, frozen=True, kw_only=True):
    """A server."""

    id: str
    name: str
    owner_id: str
    icon: str | None = None
    preferred_locale: str | None = None
    premium_tier: int = 0
    features: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    approximate_member_count: int | None = None


class OwnGuild(msgspec.Struct, frozen=True, kw_only=True):
    """A server in the list of the bot's own; ``permissions`` are the bot's, without overwrites."""

    id: str
    name: str
    icon: str | None = None
    owner: bool = False
    permissions: int = 0
    features: tuple[str, ...] = ()


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a server; ``roles`` are ids, without @everyone."""

    user: User | None = None
    nick: str | None = None
    roles: tuple[str, ...] = ()
    joined_at: datetime | None = None
    communication_disabled_until: datetime | None = None
    permissions: int | None = None


class Overwrite(msgspec.Struct, frozen=True, kw_only=True):
    """Permissions that a channel allows or denies a role (type 0) or a member (type 1)."""

    id: str
    type: int
    allow: int = 0
    deny: int = 0


class ThreadMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of a channel that is a thread."""

    archived: bool = False
    locked: bool = False
    auto_archive_duration: int = 1440
    archive_timestamp: datetime | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of a server, a thread, a category or a DM, by ``type``."""

    id: str
    type: int
    name: str | None = None
    guild_id: str | None = None
    parent_id: str | None = None
    owner_id: str | None = None
    topic: str | None = None
    position: int = 0
    nsfw: bool = False
    rate_limit_per_user: int = 0
    last_message_id: str | None = None
    permission_overwrites: tuple[Overwrite, ...] = ()
    recipients: tuple[User, ...] = ()
    thread_metadata: ThreadMetadata | None = None

    @property
    def is_thread(self) -> bool:
        return self.type in (10, 11, 12)


class EmbedField(msgspec.Struct, frozen=True, omit_defaults=True):
    """A name of at most 256 and a value of at most 1,024 characters."""

    name: str
    value: str
    inline: bool = False


class EmbedFooter(msgspec.Struct, frozen=True, omit_defaults=True):
    """At most 2,048 characters."""

    text: str
    icon_url: str | None = None


class EmbedAuthor(msgspec.Struct, frozen=True, omit_defaults=True):
    """A name of at most 256 characters."""

    name: str
    url: str | None = None
    icon_url: str | None = None


class EmbedMedia(msgspec.Struct, frozen=True, omit_defaults=True):
    """An image by its address, or ``attachment://name`` for an uploaded file."""

    url: str | None = None


class Embed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An embed: at most 25 fields, and 6,000 characters in all embeds of a message."""

    title: str | None = None
    description: str | None = None
    url: str | None = None
    color: int | None = None
    timestamp: datetime | None = None
    author: EmbedAuthor | None = None
    fields: tuple[EmbedField, ...] = ()
    footer: EmbedFooter | None = None
    image: EmbedMedia | None = None
    thumbnail: EmbedMedia | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message; its address expires after about a day."""

    id: str
    filename: str
    size: int = 0
    url: str = ""
    content_type: str | None = None
    description: str | None = None


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    """A Unicode emoji (a name, no id) or a custom one."""

    id: str | None = None
    name: str | None = None


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """The number of reactions with one emoji; ``me`` is true if the bot reacted."""

    emoji: Emoji
    count: int = 0
    me: bool = False


class MessageReference(msgspec.Struct, frozen=True, kw_only=True):
    """The message that a message replies to."""

    message_id: str | None = None
    channel_id: str | None = None
    guild_id: str | None = None


class InteractionMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The interaction that a message responds to."""

    id: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message. Without the message content intent, messages of others have no content."""

    id: str
    channel_id: str
    content: str = ""
    type: int = 0
    application_id: str | None = None
    webhook_id: str | None = None
    author: User | None = None
    timestamp: datetime | None = None
    edited_timestamp: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[Embed, ...] = ()
    components: tuple[dict[str, Any], ...] = ()
    mentions: tuple[User, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    flags: int = 0
    pinned: bool = False
    nonce: str | int | None = None
    interaction_metadata: InteractionMetadata | None = None
    message_reference: MessageReference | None = None
    thread: Channel | None = None

    @property
    def is_loading(self) -> bool:
        """True if it only says that the bot is thinking."""
        return bool(self.flags & 1 << 7)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """An application command; ``guild_id`` is None for a global one."""

    id: str
    application_id: str
    name: str
    description: str = ""
    type: int = 1
    guild_id: str | None = None
    version: str | None = None
    options: tuple[dict[str, Any], ...] = ()
    default_member_permissions: int | None = None
    nsfw: bool = False
    contexts: tuple[int, ...] | None = None
    integration_types: tuple[int, ...] | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook. Anybody with its token can post through it, so ``repr`` leaves that out."""

    id: str
    type: int
    name: str | None = None
    channel_id: str | None = None
    guild_id: str | None = None
    application_id: str | None = None
    token: str | None = None

    def __repr__(self) -> str:
        return f"Webhook(id={self.id!r}, name={self.name!r}, channel_id={self.channel_id!r})"


class SessionStarts(msgspec.Struct, frozen=True, kw_only=True):
    """The session start limit; ``reset_after`` is in milliseconds."""

    total: int
    remaining: int
    reset_after: int
    max_concurrency: int = 1


class GatewayBot(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway's address, and how a bot should connect to it."""

    url: str
    shards: int
    session_start_limit: SessionStarts


class VoiceRegion(msgspec.Struct, frozen=True, kw_only=True):
    """A voice region."""

    id: str
    name: str
    optimal: bool = False
    deprecated: bool = False
    custom: bool = False
