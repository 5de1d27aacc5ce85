"""Messages: history, sending, editing, deleting, reactions and typing."""

from urllib.parse import unquote

from bot.sandbox.discord_server.objects import (
    EPHEMERAL,
    FORWARD,
    HAS_SNAPSHOT,
    JSON,
    REPLY,
    TEXT_KINDS,
    Channel,
    Message,
    snowflake_time,
)
from bot.sandbox.discord_server.rest.call import Call, Route, snowflake
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.errors import DiscordError, form_error
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT, hides_content
from bot.sandbox.discord_server.rules.limits import Bucket
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.message_json import message_json, snapshot_json
from bot.sandbox.discord_server.world.render import user_json

CREATE = Bucket("create message", 5, 5.0)
EDIT = Bucket("edit message", 5, 5.0)
DELETE = Bucket("delete message", 5, 1.0)
REACT = Bucket("reactions", 1, 0.25)
TYPING = Bucket("typing", 5, 5.0)
NONCE_S = 300.0
BULK_AGE_S = 14 * 86_400.0
ONLY_FLAGS = {"flags"}
# Plain messages, replies and the answers to commands; all others are system messages.
REPLYABLE = frozenset({0, 19, 20, 23})


def shown(call: Call, message: Message) -> JSON:
    """Return a message; REST too hides the content if MESSAGE_CONTENT is off in the portal."""
    call.world.files.refresh(message.attachments)
    return message_json(message, call.bot, has_intent=_has_intent(call))


def _has_intent(call: Call) -> bool:
    return bool(call.core.gateway.privileged_intents & MESSAGE_CONTENT)


def history(call: Call) -> list[JSON]:
    channel = call.channel()
    allowed = p.channel_permissions(channel, call.bot)
    limit = _limit(call.query.get("limit", "50"))
    if not allowed & p.READ_MESSAGE_HISTORY:
        return []
    messages = [m for m in channel.messages.values() if not m.ephemeral]
    page = _page(messages, call.query, limit)
    return [shown(call, message) for message in reversed(page)]


def _limit(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        message = "int value should be between 1 and 100."
        raise form_error(("limit",), "NUMBER_TYPE_MAX", message)
    return int(text)


def _page(messages: list[Message], query: dict[str, str], limit: int) -> list[Message]:
    """Return one page, oldest first; the first of around, before and after counts."""
    if "around" in query:
        middle = snowflake(query["around"], "around")
        older = [m for m in messages if m.id < middle][-(limit // 2) :] if limit > 1 else []
        newer = [m for m in messages if m.id >= middle][: limit - len(older)]
        return older + newer
    if "before" in query:
        before = snowflake(query["before"], "before")
        return [m for m in messages if m.id < before][-limit:]
    if "after" in query:
        after = snowflake(query["after"], "after")
        return [m for m in messages if m.id > after][:limit]
    return messages[-limit:]


def get(call: Call) -> JSON:
    channel = call.channel(p.READ_MESSAGE_HISTORY)
    return shown(call, call.message(channel))


def create(call: Call) -> JSON:
    channel = call.channel()
    body = call.form
    _require_send(call, channel, body)
    repeated = _repeated(call, channel, body)
    if repeated is not None:
        return shown(call, repeated)
    flags = int(body.get("flags") or 0) & ~EPHEMERAL
    draft = Draft({**body, "flags": flags}, call.files)
    _refer(call, channel, draft)
    return shown(call, call.core.timeline.create(channel, call.bot, draft))


def _require_send(call: Call, channel: Channel, body: JSON) -> None:
    if channel.kind not in TEXT_KINDS:
        raise DiscordError(50008)
    needed = p.send_permission(channel)
    if call.files:
        needed |= p.ATTACH_FILES
    if body.get("embeds"):
        needed |= p.EMBED_LINKS
    allowed = p.require(channel, call.bot, needed)
    if any(user.blocks_dms for user in channel.recipients):
        raise DiscordError(50007)
    if channel.locked and not allowed & p.MANAGE_THREADS:
        raise DiscordError(160005)


def _repeated(call: Call, channel: Channel, body: JSON) -> Message | None:
    """Return the bot's message of the last 5 minutes with this nonce, if it is enforced."""
    nonce = body.get("nonce")
    if nonce is None or not body.get("enforce_nonce"):
        return None
    now = call.world.clock()
    for message in reversed(channel.messages.values()):
        if now - message.created > NONCE_S:
            return None
        if message.author is call.bot and str(message.nonce) == str(nonce):
            return message
    return None


def _refer(call: Call, channel: Channel, draft: Draft) -> None:
    """Make the draft a reply or a forward, if it is one."""
    reference = draft.body.get("message_reference")
    if not reference:
        return
    if int(reference.get("type") or REPLY) == FORWARD:
        _forward(call, reference, draft)
        return
    draft.reference = _replied(call, channel, reference)
    draft.kind = 0 if draft.reference is None else 19


def _replied(call: Call, channel: Channel, reference: JSON) -> Message | None:
    """Return the message to reply to; None if it is gone and that is no failure."""
    if not p.channel_permissions(channel, call.bot) & p.READ_MESSAGE_HISTORY:
        raise DiscordError(160002)
    if str(reference.get("channel_id") or channel.id) != str(channel.id):
        text = "Cannot reply to a message in a different channel"
        raise form_error(("message_reference",), "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", text)
    target = channel.messages.get(snowflake(reference.get("message_id"), "message_id"))
    if target is None or target.ephemeral:
        if reference.get("fail_if_not_exists", True):
            raise form_error(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return None
    if target.kind not in REPLYABLE:
        text = "Cannot reply to a system message"
        raise form_error(("message_reference",), "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", text)
    return target


def _forward(call: Call, reference: JSON, draft: Draft) -> None:
    """Forward a message whose content the bot can read, or raise 160014."""
    source = call.world.channels.get(snowflake(reference.get("channel_id"), "channel_id"))
    if source is None:
        raise DiscordError(10003)
    p.require(source, call.bot, p.READ_MESSAGE_HISTORY)
    target = source.messages.get(snowflake(reference.get("message_id"), "message_id"))
    if target is None or target.ephemeral:
        raise DiscordError(10008)
    if not _has_intent(call) and hides_content(target, call.bot):
        raise DiscordError(160014)
    draft.reference, draft.reference_kind = target, FORWARD
    draft.snapshots = [snapshot_json(target, call.bot)]
    draft.flags |= HAS_SNAPSHOT


def edit(call: Call) -> JSON:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.bot:
        p.require(channel, call.bot, p.MANAGE_MESSAGES)
        if set(call.form) - ONLY_FLAGS:
            raise DiscordError(50005)
    if call.files:
        p.require(channel, call.bot, p.ATTACH_FILES)
    if channel.archived:
        raise DiscordError(50083)
    if channel.locked and not p.channel_permissions(channel, call.bot) & p.MANAGE_THREADS:
        raise DiscordError(160005)
    call.core.timeline.edit(message, Draft(call.form, call.files))
    return shown(call, message)


def delete(call: Call) -> None:
    channel = call.channel()
    message = call.message(channel)
    if message.author is not call.bot:
        if channel.guild is None:
            raise DiscordError(50003)
        p.require(channel, call.bot, p.MANAGE_MESSAGES)
    call.core.timeline.delete([message])


def bulk_delete(call: Call) -> None:
    channel = call.channel(p.MANAGE_MESSAGES)
    if channel.guild is None:
        raise DiscordError(50003)
    wanted = {snowflake(message_id, "messages") for message_id in call.form.get("messages") or []}
    if not 2 <= len(wanted) <= 100:
        raise DiscordError(50016)
    now = call.world.clock()
    if any(now - snowflake_time(message_id) > BULK_AGE_S for message_id in wanted):
        raise DiscordError(50034)
    found = [channel.messages[i] for i in sorted(wanted) if i in channel.messages]
    if found:
        call.core.timeline.delete(found)


def typing(call: Call) -> None:
    channel = call.channel()
    p.require(channel, call.bot, p.send_permission(channel))
    call.world.feed.publish(
        {"type": "typing", "channel_id": str(channel.id), "user_id": str(call.bot.id)}
    )


def _emoji(call: Call) -> str:
    return unquote(call.params["emoji_name"])


def react(call: Call) -> None:
    channel = call.channel(p.READ_MESSAGE_HISTORY)
    message = call.message(channel)
    if channel.archived:
        raise DiscordError(50083)
    if _emoji(call) not in message.reactions:
        p.require(channel, call.bot, p.ADD_REACTIONS)
    if _emoji(call).isascii() and ":" not in _emoji(call):
        raise DiscordError(10014)
    call.core.timeline.react(message, call.bot, _emoji(call), added=True)


def unreact(call: Call) -> None:
    message = call.message(call.channel())
    call.core.timeline.react(message, call.bot, _emoji(call), added=False)


def unreact_other(call: Call) -> None:
    message = call.message(call.channel(p.MANAGE_MESSAGES))
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise DiscordError(10013)
    call.core.timeline.react(message, user, _emoji(call), added=False)


def reactors(call: Call) -> list[JSON]:
    message = call.message(call.channel())
    return [user_json(user) for user in message.reactions.get(_emoji(call), [])]


def clear_reactions(call: Call) -> None:
    message = call.message(call.channel(p.MANAGE_MESSAGES))
    for emoji, users in list(message.reactions.items()):
        for user in list(users):
            call.core.timeline.react(message, user, emoji, added=False)


MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = MESSAGES + "/{message_id}"
REACTION = MESSAGE + "/reactions/{emoji_name}"

ROUTES = [
    Route("GET", MESSAGES, history),
    Route("POST", MESSAGES, create, CREATE),
    Route("POST", MESSAGES + "/bulk-delete", bulk_delete),
    Route("GET", MESSAGE, get),
    Route("PATCH", MESSAGE, edit, EDIT),
    Route("DELETE", MESSAGE, delete, DELETE),
    Route("DELETE", MESSAGE + "/reactions", clear_reactions, REACT),
    Route("GET", REACTION, reactors),
    Route("PUT", REACTION + "/@me", react, REACT),
    Route("DELETE", REACTION + "/@me", unreact, REACT),
    Route("DELETE", REACTION + "/{user_id}", unreact_other, REACT),
    Route("POST", "/channels/{channel_id}/typing", typing, TYPING),
]
