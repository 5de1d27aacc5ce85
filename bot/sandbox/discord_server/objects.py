"""The objects of Discord: users, guilds, roles, channels, messages and interactions."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
EPHEMERAL = 1 << 6
LOADING = 1 << 7
HAS_THREAD = 1 << 5
VOICE_MESSAGE = 1 << 13
HAS_SNAPSHOT = 1 << 14
COMPONENTS_V2 = 1 << 15
THREAD_KINDS = frozenset({10, 11, 12})
FORUM_KINDS = frozenset({15, 16})
REPLY, FORWARD = 0, 1
REPLY_MESSAGE = 19
TEXT_KINDS = frozenset({0, 1, 2, 3, 5, 10, 11, 12, 13})
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5


@dataclass(slots=True, eq=False)
class User:
    """A person or the bot.

    ``has_app`` is True for who has installed the bot for themselves, False for who has not. None,
    as at first, is True just where it is needed: where the bot is no member.
    """

    id: int
    username: str
    display_name: str
    locale: str = "en-US"
    bot: bool = False
    blocks_dms: bool = False
    has_app: bool | None = None


@dataclass(slots=True, eq=False)
class Role:
    """A role of a guild; the one with the guild's own id is @everyone."""

    id: int
    name: str
    permissions: int
    position: int
    mentionable: bool = False
    managed: bool = False
    bot_id: int | None = None  # the bot that a managed role belongs to
    color: int = 0
    hoist: bool = False


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild, who may be timed out until a moment."""

    user: User
    roles: list[Role]
    joined_at: float
    nick: str | None = None
    timed_out_until: float | None = None


@dataclass(slots=True)
class Overwrite:
    """The permissions a channel allows or denies one role (kind 0) or one member (kind 1)."""

    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, eq=False)
class Guild:
    """A guild; ``has_bot`` is False if the bot is at most user-installed."""

    id: int
    name: str
    owner: User
    has_bot: bool = True
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def me_role(self) -> Role:
        """The role that belongs to the bot, which the client offers beside it under its name."""
        return next(role for role in self.roles.values() if role.managed)


@dataclass(slots=True, eq=False)
class Attachment:
    """A file of a message; storing it sets id and url.

    Without a ``content_type`` it is guessed from the name; with None Discord tells none.
    """

    filename: str
    data: bytes
    content_type: str | None = ""
    id: int = 0
    url: str = ""
    description: str | None = None
    duration_s: float | None = None

    def __post_init__(self) -> None:
        if self.content_type == "":
            guess, _ = mimetypes.guess_type(self.filename)
            self.content_type = guess or "application/octet-stream"


@dataclass(slots=True, eq=False)
class Message:
    """A message, with its history of edits.

    ``reference`` is what it replies to or, with the ``reference_kind`` FORWARD, what it forwards.
    With ``is_resolved`` False Discord has not looked up ``referenced_message`` and leaves it out.
    """

    id: int
    channel: Channel
    author: User
    created: float
    kind: int = 0
    content: str = ""
    embeds: list[JSON] = field(default_factory=list)
    components: list[JSON] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    nonce: str | int | None = None
    reference: Message | None = None
    reference_kind: int = REPLY
    is_resolved: bool = True
    snapshots: list[JSON] = field(default_factory=list)
    stickers: list[JSON] = field(default_factory=list)
    poll: JSON | None = None
    webhook_id: int | None = None
    edited: float | None = None
    deleted: bool = False
    edits: int = 0
    revisions: list[tuple[float, str]] = field(default_factory=list)
    pings: set[int | str] = field(default_factory=set)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reactions: dict[str, list[User]] = field(default_factory=dict)
    thread: Channel | None = None
    visible_to: User | None = None
    interaction: JSON | None = None

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    def buttons(self) -> list[JSON]:
        """Return all buttons in reading order, nested ones included."""
        return [part for _, part in walk(self.components) if part.get("type") == 2]


@dataclass(slots=True, eq=False)
class Channel:
    """A guild channel, a thread or a DM (kind 1, or 3 for a group)."""

    id: int
    name: str
    kind: int = 0
    guild: Guild | None = None
    parent: Channel | None = None
    topic: str | None = None
    position: int = 0
    nsfw: bool = False
    rate_limit_per_user: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    recipients: list[User] = field(default_factory=list)
    messages: dict[int, Message] = field(default_factory=dict)
    owner: User | None = None
    thread_members: dict[int, float] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False
    needs_tag: bool = False
    auto_archive_duration: int = 1440
    changed_at: float = 0.0

    @property
    def guild_id(self) -> int | None:
        return None if self.guild is None else self.guild.id

    @property
    def is_thread(self) -> bool:
        return self.kind in THREAD_KINDS

    @property
    def last_message_id(self) -> int | None:
        shown = (m.id for m in reversed(self.messages.values()) if not m.ephemeral)
        return next(shown, None)


@dataclass(slots=True, eq=False)
class Webhook:
    """A webhook of a channel; ``user`` is the author of its messages."""

    id: int
    name: str
    token: str
    channel: Channel
    user: User


@dataclass(slots=True, eq=False)
class Interaction:
    """One use of a command, a component or a modal, and the bot's response to it.

    ``user_installed`` if the bot is no member of the place: somebody has installed it for themself.
    """

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    data: JSON
    created: float
    user_installed: bool
    state: str = "waiting"
    ephemeral: bool = False
    modal: JSON | None = None
    choices: list[JSON] | None = None
    source: Message | None = None
    opened_by: Interaction | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    followups_sent: int = 0
    is_expired: bool = False
    timer: asyncio.TimerHandle | None = None

    @property
    def messages(self) -> list[Message]:
        """Return the messages of the answer that are not deleted, the original first."""
        original = [] if self.original is None else [self.original]
        return [message for message in original + self.followups if not message.deleted]

    @property
    def is_answered(self) -> bool:
        return self.state in ("deferred", "answered", "modal")

    def expire(self) -> None:
        """Expire the token now instead of after 15 minutes."""
        self.is_expired = True


class InteractionFailed(Exception):
    """The bot did not answer in time; the client shows "The application did not respond"."""


Path = tuple[str | int, ...]


def walk(components: Sequence[JSON], path: Path = ("components",)) -> Iterator[tuple[Path, JSON]]:
    """Yield every component with its path, also those in rows, sections and labels."""
    for index, part in enumerate(components):
        if not isinstance(part, dict):
            continue
        here = (*path, index)
        yield here, part
        yield from walk(part.get("components") or [], (*here, "components"))
        for single in ("accessory", "component"):
            if isinstance(nested := part.get(single), dict):
                yield (*here, single), nested
                yield from walk(nested.get("components") or [], (*here, single, "components"))


def snowflake_time(snowflake: int) -> float:
    """Return the Unix time in seconds that an id holds."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000
