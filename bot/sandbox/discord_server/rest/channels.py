"""Channels, their overwrites, threads and DMs."""

from bot.sandbox.discord_server.objects import HAS_THREAD, JSON, Channel, Overwrite
from bot.sandbox.discord_server.rest.call import Call, Reply, Route, snowflake
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.errors import DiscordError, FormErrors
from bot.sandbox.discord_server.rules.limits import Bucket
from bot.sandbox.discord_server.world.render import channel_json, thread_member_json

OPEN_DM = Bucket("open dm", 10, 10.0)
SETTABLE = ("name", "topic", "nsfw", "position", "rate_limit_per_user")
THREAD_SETTABLE = ("name", "archived", "locked", "auto_archive_duration", "rate_limit_per_user")


def get(call: Call) -> JSON:
    return channel_json(call.channel())


def check_name(name: object, *, required: bool) -> None:
    errors = FormErrors()
    if not required or errors.required(("name",), name):
        errors.length(("name",), name, 1, 100)
    errors.raise_if_any()


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
    check_name(call.form.get("name"), required=False)
    if channel.is_thread:
        _require_thread_edit(call, channel)
        _set(channel, call.form, THREAD_SETTABLE)
        channel.changed_at = call.world.clock()
        call.world.announce(channel, "THREAD_UPDATE")
    else:
        p.require(channel, call.bot, p.MANAGE_CHANNELS)
        _set(channel, call.form, SETTABLE)
        call.world.announce(channel, "CHANNEL_UPDATE")
    return channel_json(channel)


def _require_thread_edit(call: Call, thread: Channel) -> None:
    """Raise 50013 or 50083 unless the bot owns the thread, reopens it or manages threads."""
    is_own = thread.owner is call.bot and not thread.locked and "locked" not in call.form
    only_reopens = call.form == {"archived": False} and not thread.locked
    if not is_own and not only_reopens:
        p.require(thread, call.bot, p.MANAGE_THREADS)
    if thread.archived and call.form.get("archived") is not False:
        raise DiscordError(50083)


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
    message = call.message(channel)
    if channel.is_thread or channel.kind not in (0, 5):
        raise DiscordError(50024)
    if message.thread is not None:
        raise DiscordError(160004)
    thread = _new_thread(call, channel, message.id, 10 if channel.kind == 5 else 11)
    message.thread = thread
    message.flags |= HAS_THREAD
    _open(call, thread)
    call.core.timeline.announce("MESSAGE_UPDATE", message)
    call.core.timeline.add_system(thread, 21, reference=message)
    return Reply(201, channel_json(thread))


def thread_without_message(call: Call) -> Reply:
    channel = call.channel()
    if channel.is_thread or channel.kind not in (0, 5):
        raise DiscordError(50024)
    kind = int(call.form.get("type") or 12)
    is_private = kind == 12
    needed = p.CREATE_PRIVATE_THREADS if is_private else p.CREATE_PUBLIC_THREADS
    p.require(channel, call.bot, needed)
    thread = _new_thread(call, channel, call.world.new_id(), kind)
    _open(call, thread)
    if not is_private:
        call.core.timeline.add_system(channel, 18, thread.name)
    return Reply(201, channel_json(thread))


def _new_thread(call: Call, parent: Channel, thread_id: int, kind: int) -> Channel:
    check_name(call.form.get("name"), required=True)
    now = call.world.clock()
    thread = Channel(thread_id, call.form["name"], kind, parent.guild, parent)
    thread.owner = call.bot
    thread.thread_members[call.bot.id] = now
    thread.changed_at = now
    thread.auto_archive_duration = int(call.form.get("auto_archive_duration") or 1440)
    return thread


def _open(call: Call, thread: Channel) -> None:
    call.world.add_channel(thread)
    member = thread_member_json(thread, call.bot.id)
    call.world.announce(thread, "THREAD_CREATE", {"newly_created": True, "member": member})


def join_thread(call: Call) -> None:
    _add_member(call, call.bot.id)


def add_thread_member(call: Call) -> None:
    p.require(call.channel(), call.bot, p.SEND_MESSAGES_IN_THREADS)
    _add_member(call, call.id("user_id"))


def _add_member(call: Call, user_id: int) -> None:
    thread = call.channel()
    if thread.archived:
        raise DiscordError(50083)
    thread.thread_members.setdefault(user_id, call.world.clock())


def leave_thread(call: Call) -> None:
    call.channel().thread_members.pop(call.bot.id, None)


def remove_thread_member(call: Call) -> None:
    call.channel(p.MANAGE_THREADS).thread_members.pop(call.id("user_id"), None)


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
