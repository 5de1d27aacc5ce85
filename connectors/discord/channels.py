"""Channels and threads."""

from enum import IntEnum
from typing import Any

import msgspec

from connectors.discord.codes import UNKNOWN_CHANNEL
from connectors.discord.objects import Channel
from connectors.discord.routes import Id, route
from connectors.discord.sending import Resource

CHANNEL = "/channels/{channel_id}"
DAY_MIN = 1440


class ThreadKind(IntEnum):
    """The type of a thread that is created without a message."""

    PUBLIC = 11
    PRIVATE = 12


class ThreadMember(msgspec.Struct, frozen=True):
    """A user who has joined a thread; ``id`` is the thread's."""

    id: str = ""
    user_id: str = ""


class _Threads(msgspec.Struct, frozen=True):
    threads: list[Channel]


class Channels(Resource):
    """``/channels``, without messages."""

    async def channel(self, channel_id: Id) -> Channel:
        """Return a channel, a thread or a DM. Raise ApiRequestFailed (code 10003) if it is gone."""
        return await self._get_shared(Channel, route("GET", CHANNEL, channel_id))

    async def delete_channel(self, channel_id: Id) -> None:
        """Delete a channel or a thread, or close a DM. One that is gone already is no error."""
        await self._send(route("DELETE", CHANNEL, channel_id, done_code=UNKNOWN_CHANNEL))

    async def trigger_typing(self, channel_id: Id) -> None:
        """Show that the bot is typing, for 10 seconds or until it sends a message.

        It is tried once: a moment later it would say less than the message itself.
        """
        await self._send(route("POST", CHANNEL + "/typing", channel_id), attempts=1)

    async def create_thread_from_message(
        self, channel_id: Id, message_id: Id, name: str, *, archive_after_min: int = DAY_MIN
    ) -> Channel:
        """Create a thread from a message, with the message's id. A name has 1-100 characters.

        ``archive_after_min`` is 60, 1440, 4320 or 10080.
        """
        template = CHANNEL + "/messages/{message_id}/threads"
        path = route("POST", template, channel_id, message_id)
        body = {"name": name, "auto_archive_duration": archive_after_min}
        return await self._get(Channel, path, body)

    async def create_thread(
        self,
        channel_id: Id,
        name: str,
        *,
        kind: ThreadKind = ThreadKind.PUBLIC,
        archive_after_min: int = DAY_MIN,
    ) -> Channel:
        path = route("POST", CHANNEL + "/threads", channel_id)
        body = {"name": name, "type": int(kind), "auto_archive_duration": archive_after_min}
        return await self._get(Channel, path, body)

    async def rename_thread(self, thread_id: Id, name: str) -> Channel:
        """Rename a thread; Discord allows that twice in ten minutes."""
        return await self._get(Channel, route("PATCH", CHANNEL, thread_id), {"name": name})

    async def archive_thread(self, thread_id: Id, *, locked: bool | None = None) -> Channel:
        """Archive a thread; if ``locked``, only moderators can unarchive it."""
        body: dict[str, Any] = {"archived": True}
        if locked is not None:
            body["locked"] = locked
        return await self._get(Channel, route("PATCH", CHANNEL, thread_id), body)

    async def unarchive_thread(self, thread_id: Id) -> Channel:
        return await self._get(Channel, route("PATCH", CHANNEL, thread_id), {"archived": False})

    async def join_thread(self, thread_id: Id) -> None:
        await self._send(route("PUT", CHANNEL + "/thread-members/@me", thread_id))

    async def leave_thread(self, thread_id: Id) -> None:
        await self._send(route("DELETE", CHANNEL + "/thread-members/@me", thread_id))

    async def thread_member(self, thread_id: Id, user_id: Id) -> ThreadMember:
        """Return a member of a thread. Raise ApiRequestFailed (code 10007) if the user is none."""
        path = route("GET", CHANNEL + "/thread-members/{user_id}", thread_id, user_id)
        return await self._get(ThreadMember, path)

    async def active_threads(self, guild_id: Id) -> list[Channel]:
        """Return the active threads of a server that the bot can see."""
        path = route("GET", "/guilds/{guild_id}/threads/active", guild_id)
        return (await self._get(_Threads, path)).threads

    async def archived_threads(
        self, channel_id: Id, *, before: str | None = None, limit: int = 50
    ) -> list[Channel]:
        """Return a channel's archived public threads, the last archived first.

        ``before`` is an ISO 8601 time.
        """
        query = {"before": before, "limit": limit}
        template = CHANNEL + "/threads/archived/public"
        path = route("GET", template, channel_id, query=query)
        return (await self._get(_Threads, path)).threads
