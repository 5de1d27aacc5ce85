"""Threads: how they begin, who is in them, how they change, and their events."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.discord_server.objects import (
    HAS_THREAD,
    JSON,
    Channel,
    Message,
    User,
)
from bot.sandbox.discord_server.rules.errors import DiscordError, FormErrors
from bot.sandbox.discord_server.rules.intents import GUILD_MEMBERS, GUILDS
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.render import channel_json, thread_member_json
from bot.sandbox.discord_server.world.timeline import Timeline
from bot.sandbox.discord_server.world.world import World

ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD = 10, 11, 12
ANNOUNCEMENTS = 5
RENAMED, STARTED, STARTER = 4, 18, 21
DURATIONS = (60, 1440, 4320, 10080)
SETTABLE = ("name", "archived", "locked", "auto_archive_duration", "rate_limit_per_user")


def check_name(name: object, *, required: bool) -> None:
    """Raise 50035 unless name has 1 to 100 characters; only ``@``, ``#`` and ``/`` are none."""
    errors = FormErrors()
    if not required or errors.required(("name",), name):
        errors.length(("name",), name, 1, 100)
    if isinstance(name, str) and name and not name.strip("@#/ \t\n"):
        errors.add(("name",), "BASE_TYPE_REQUIRED", "This field is required")
    errors.raise_if_any()


class Threads:
    """Opens and changes threads, for the bot and for people."""

    def __init__(self, world: World, timeline: Timeline) -> None:
        self._world = world
        self._timeline = timeline
        timeline.before_thread_post = self._before_post

    def open_at(self, message: Message, owner: User, body: Mapping[str, Any]) -> Channel:
        """Open a thread at a message, or raise 50024, 160004 or 50035."""
        parent = message.channel
        if parent.kind not in (0, ANNOUNCEMENTS):
            raise DiscordError(50024)
        if message.thread is not None or message.id in self._world.channels:
            raise DiscordError(160004)
        kind = ANNOUNCEMENT_THREAD if parent.kind == ANNOUNCEMENTS else PUBLIC_THREAD
        thread = self._new(message.id, parent, kind, owner, body)
        message.thread = thread
        message.flags |= HAS_THREAD
        self._timeline.announce("MESSAGE_UPDATE", message)
        self._timeline.add_system(thread, STARTER, reference=message, author=owner)
        return thread

    def open(self, parent: Channel, owner: User, body: Mapping[str, Any], kind: int) -> Channel:
        """Open a thread without a message, or raise 50024 or 50035."""
        if parent.kind not in (0, ANNOUNCEMENTS):
            raise DiscordError(50024)
        if kind not in (ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD):
            raise DiscordError(50024)
        thread = self._new(self._world.new_id(), parent, kind, owner, body)
        if kind != PRIVATE_THREAD:
            self._timeline.add_system(parent, STARTED, thread.name, author=owner, thread=thread)
        return thread

    def post(self, forum: Channel, owner: User, body: Mapping[str, Any], draft: Draft) -> Channel:
        """Open a forum post, whose first message has the thread's id, or raise 40067.

        The thread is told before its message. Source: topics/threads, "Forum and Media Channels".
        """
        if forum.needs_tag and not body.get("applied_tags"):
            raise DiscordError(40067)
        thread = self._new(self._world.new_id(), forum, PUBLIC_THREAD, owner, body)
        draft.message_id = thread.id
        self._timeline.create(thread, owner, draft)
        return thread

    def _new(
        self, thread_id: int, parent: Channel, kind: int, owner: User, body: Mapping[str, Any]
    ) -> Channel:
        check_name(body.get("name"), required=True)
        now = self._world.clock()
        thread = Channel(thread_id, body["name"], kind, parent.guild, parent)
        thread.owner = owner
        thread.thread_members[owner.id] = now
        thread.changed_at = now
        thread.auto_archive_duration = int(body.get("auto_archive_duration") or 1440)
        self._world.add_channel(thread)
        more: JSON = {"newly_created": True}
        if owner is self._world.bot:
            more["member"] = thread_member_json(thread, owner.id)
        self._world.announce(thread, "THREAD_CREATE", more)
        return thread

    def edit(self, thread: Channel, changes: Mapping[str, Any], *, by: User | None = None) -> None:
        """Change a thread, or raise 50083 if it is archived and stays so, or 50035.

        A new name is told there by a message. Source: topics/threads, "New Message Types".
        """
        check_name(changes.get("name"), required=False)
        if thread.archived and changes.get("archived") is not False:
            raise DiscordError(50083)
        duration = changes.get("auto_archive_duration")
        if duration is not None and duration not in DURATIONS:
            errors = FormErrors()
            errors.one_of(("auto_archive_duration",), DURATIONS)
            errors.raise_if_any()
        is_renamed = changes.get("name") not in (None, thread.name)
        for name in SETTABLE:
            if changes.get(name) is not None:
                setattr(thread, name, changes[name])
        thread.changed_at = self._world.clock()
        self._world.announce(thread, "THREAD_UPDATE")
        if is_renamed:
            self._timeline.add_system(thread, RENAMED, thread.name, author=by or thread.owner)

    def join(self, thread: Channel, user: User) -> None:
        """Add a member, or raise 50024 or 50083; it is no error if they are one."""
        if not thread.is_thread:
            raise DiscordError(50024)
        if thread.archived:
            raise DiscordError(50083)
        if user.id in thread.thread_members:
            return
        thread.thread_members[user.id] = self._world.clock()
        if user is self._world.bot and thread.kind == PRIVATE_THREAD:
            member = thread_member_json(thread, user.id)
            self._tell(thread, "THREAD_CREATE", channel_json(thread) | {"member": member}, GUILDS)
        self._members_changed(thread, {"added_members": [self._member_json(thread, user)]}, user)

    def leave(self, thread: Channel, user_id: int) -> None:
        """Remove a member, if they are one; raise 50083 if the thread is archived."""
        if thread.archived:
            raise DiscordError(50083)
        user = self._world.users.get(user_id)
        if thread.thread_members.pop(user_id, None) is not None and user is not None:
            self._members_changed(thread, {"removed_member_ids": [str(user_id)]}, user)

    def _member_json(self, thread: Channel, user: User) -> JSON:
        return thread_member_json(thread, user.id) | {"presence": None}

    def _members_changed(self, thread: Channel, change: JSON, user: User) -> None:
        """Tell of one member. Of others the bot hears only with GUILD_MEMBERS."""
        body = {"id": str(thread.id), "member_count": len(thread.thread_members)} | change
        intent = GUILDS if user is self._world.bot else GUILD_MEMBERS
        self._tell(thread, "THREAD_MEMBERS_UPDATE", body, intent)

    def _tell(self, thread: Channel, name: str, body: JSON, intent: int) -> None:
        guild_id = thread.guild_id
        named = {"guild_id": str(guild_id)} | body
        self._world.feed.dispatch(Event(name, named, guild_id, intent, channel=thread))
        self._world.feed.publish({"type": name.lower(), "channel": channel_json(thread)})

    def _before_post(self, message: Message) -> None:
        """Add the author of a message and those it mentions to its thread."""
        thread, guild = message.channel, message.channel.guild
        for user in (message.author, *message.mentions):
            if guild is not None and user.id in guild.members:
                self.join(thread, user)
