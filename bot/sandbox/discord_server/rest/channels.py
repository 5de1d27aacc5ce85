"""Channels, their overwrites, threads and DMs."""

from bot.sandbox.discord_server.objects import FORUM_KINDS, JSON, Channel, Overwrite
from bot.sandbox.discord_server.rest.call import Call, Reply, Route, snowflake
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.limits import Bucket
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.message_json import message_json
from bot.sandbox.discord_server.world.render import (
    channel_json,
    joined_thread_json,
    thread_member_json,
)
from bot.sandbox.discord_server.world.threads import PRIVATE_THREAD, check_name

OPEN_DM = Bucket("open dm", 10, 10.0)
SETTABLE = ("name", "topic", "nsfw", "position", "rate_limit_per_user")
# Not documented; clients have measured it.
RENAME = Bucket("rename channel", 2, 600.0)


def get(call: Call) -> JSON:
    return joined_thread_json(call.channel(), call.bot)


def create_in_guild(call: Call) -> Reply:
    guild = call.guild()
    p.require_in_guild(guild, call.bot, p.MANAGE_CHANNELS)
    check_name(call.form.get("name"), required=True)
    channel = Channel(call.world.new_id(), call.form["name"], guild=guild)
    channel.kind = int(call.form.get("type") or 0)
    parent_id = call.form.get("parent_id")
    channel.parent = guild.channels.get(int(parent_id)) if parent_id else None
    channel.position = len(guild.channels)
    for entry in call.form.get("permission_overwrites") or []:
        overwrite = Overwrite(int(entry["type"]), int(entry["allow"]), int(entry["deny"]))
        channel.overwrites[int(entry["id"])] = overwrite
    _set(channel, call.form, SETTABLE)
    call.world.add_channel(channel)
    call.world.announce(channel, "CHANNEL_CREATE")
    return Reply(201, channel_json(channel))


def _set(channel: Channel, body: JSON, names: tuple[str, ...]) -> None:
    for name in names:
        if body.get(name) is not None:
            setattr(channel, name, body[name])


def edit(call: Call) -> JSON:
    channel = call.channel()
    if channel.is_thread:
        _require_thread_edit(call, channel)
        _count_rename(call, channel)
        call.core.threads.edit(channel, call.form, by=call.bot)
    else:
        p.require(channel, call.bot, p.MANAGE_CHANNELS)
        check_name(call.form.get("name"), required=False)
        _count_rename(call, channel)
        _set(channel, call.form, SETTABLE)
        call.world.announce(channel, "CHANNEL_UPDATE")
    return channel_json(channel)


def _require_thread_edit(call: Call, thread: Channel) -> None:
    """Raise 50013 unless the bot owns the thread, reopens it or manages threads."""
    is_own = thread.owner is call.bot and not thread.locked and "locked" not in call.form
    is_member = call.bot.id in thread.thread_members
    only_reopens = call.form == {"archived": False} and is_member and not thread.locked
    if not is_own and not only_reopens:
        p.require(thread, call.bot, p.MANAGE_THREADS)


def _count_rename(call: Call, channel: Channel) -> None:
    """Raise RateLimited at the third new name in 10 minutes, which no header announces."""
    if call.form.get("name") not in (None, channel.name):
        call.limits.charge(RENAME, str(channel.id))


def delete(call: Call) -> JSON:
    channel = call.channel()
    if channel.guild is not None:
        needed = p.MANAGE_THREADS if channel.is_thread else p.MANAGE_CHANNELS
        p.require(channel, call.bot, needed)
        call.core.places.remove_channel(channel)
    return channel_json(channel)


def put_overwrite(call: Call) -> None:
    channel = call.channel(p.MANAGE_ROLES)
    form = call.form
    overwrite = Overwrite(
        int(form["type"]), int(form.get("allow") or 0), int(form.get("deny") or 0)
    )
    channel.overwrites[call.id("overwrite_id")] = overwrite
    call.world.announce(channel, "CHANNEL_UPDATE")


def delete_overwrite(call: Call) -> None:
    channel = call.channel(p.MANAGE_ROLES)
    channel.overwrites.pop(call.id("overwrite_id"), None)
    call.world.announce(channel, "CHANNEL_UPDATE")


def open_dm(call: Call) -> JSON:
    user = call.world.users.get(snowflake(call.form.get("recipient_id"), "recipient_id"))
    if user is None or user is call.bot:
        raise DiscordError(50033)
    return channel_json(call.world.dm(user))


def thread_from_message(call: Call) -> Reply:
    channel = call.channel(p.CREATE_PUBLIC_THREADS)
    thread = call.core.threads.open_at(call.message(channel), call.bot, call.form)
    return Reply(201, channel_json(thread))


def thread_without_message(call: Call) -> Reply:
    channel = call.channel()
    if channel.kind in FORUM_KINDS:
        return _forum_post(call, channel)
    # Without a type the thread is private. Source: resources/channel, "Start Thread without
    # Message".
    kind = int(call.form.get("type") or PRIVATE_THREAD)
    is_private = kind == PRIVATE_THREAD
    needed = p.CREATE_PRIVATE_THREADS if is_private else p.CREATE_PUBLIC_THREADS
    p.require(channel, call.bot, needed)
    return Reply(201, channel_json(call.core.threads.open(channel, call.bot, call.form, kind)))


def _forum_post(call: Call, forum: Channel) -> Reply:
    p.require(forum, call.bot, p.SEND_MESSAGES)
    draft = Draft(call.form.get("message") or {}, call.files)
    thread = call.core.threads.post(forum, call.bot, call.form, draft)
    first = message_json(thread.messages[thread.id], call.bot)
    return Reply(201, channel_json(thread) | {"message": first})


def join_thread(call: Call) -> None:
    call.core.threads.join(call.channel(), call.bot)


def add_thread_member(call: Call) -> None:
    thread = call.channel()
    p.require(thread, call.bot, p.SEND_MESSAGES_IN_THREADS)
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise DiscordError(10013)
    call.core.threads.join(thread, user)


def leave_thread(call: Call) -> None:
    call.core.threads.leave(call.channel(), call.bot.id)


def remove_thread_member(call: Call) -> None:
    call.core.threads.leave(call.channel(p.MANAGE_THREADS), call.id("user_id"))


def thread_member(call: Call) -> JSON:
    thread, user_id = call.channel(), call.id("user_id")
    if user_id not in thread.thread_members:
        raise DiscordError(10007)
    return thread_member_json(thread, user_id)


def thread_members(call: Call) -> list[JSON]:
    thread = call.channel()
    return [thread_member_json(thread, user_id) for user_id in thread.thread_members]


def active_threads(call: Call) -> JSON:
    guild, bot = call.guild(), call.bot
    threads = [c for c in guild.channels.values() if c.is_thread and not c.archived]
    threads = [thread for thread in threads if p.can_see(thread, bot)]
    return _thread_list(call, threads)


def archived_threads(call: Call) -> JSON:
    channel = call.channel(p.READ_MESSAGE_HISTORY)
    threads = [c for c in call.world.channels.values() if c.parent is channel and c.archived]
    return _thread_list(call, [thread for thread in threads if thread.kind != 12]) | {
        "has_more": False
    }


def _thread_list(call: Call, threads: list[Channel]) -> JSON:
    bot_id = call.bot.id
    return {
        "threads": [channel_json(thread) for thread in threads],
        "members": [thread_member_json(t, bot_id) for t in threads if bot_id in t.thread_members],
    }


CHANNEL = "/channels/{channel_id}"
THREAD_MEMBERS = CHANNEL + "/thread-members"

ROUTES = [
    Route("GET", CHANNEL, get),
    Route("PATCH", CHANNEL, edit),
    Route("DELETE", CHANNEL, delete),
    Route("PUT", CHANNEL + "/permissions/{overwrite_id}", put_overwrite),
    Route("DELETE", CHANNEL + "/permissions/{overwrite_id}", delete_overwrite),
    Route("POST", CHANNEL + "/threads", thread_without_message),
    Route("POST", CHANNEL + "/messages/{message_id}/threads", thread_from_message),
    Route("GET", CHANNEL + "/threads/archived/public", archived_threads),
    Route("GET", THREAD_MEMBERS, thread_members),
    Route("PUT", THREAD_MEMBERS + "/@me", join_thread),
    Route("DELETE", THREAD_MEMBERS + "/@me", leave_thread),
    Route("GET", THREAD_MEMBERS + "/{user_id}", thread_member),
    Route("PUT", THREAD_MEMBERS + "/{user_id}", add_thread_member),
    Route("DELETE", THREAD_MEMBERS + "/{user_id}", remove_thread_member),
    Route("POST", "/guilds/{guild_id}/channels", create_in_guild),
    Route("GET", "/guilds/{guild_id}/threads/active", active_threads),
    Route("POST", "/users/@me/channels", open_dm, OPEN_DM),
]
