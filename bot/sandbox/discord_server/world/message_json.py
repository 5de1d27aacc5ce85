"""Discord JSON of messages."""

from bot.sandbox.discord_server.objects import FORWARD, JSON, REPLY, Attachment, Message, User
from bot.sandbox.discord_server.rules.intents import hides_content, without_content
from bot.sandbox.discord_server.world.render import (
    channel_json,
    member_json,
    place_json,
    timestamp,
    user_json,
)

THREAD_CREATED = 18
# What a forwarded message keeps. Source: resources/message, "Message Snapshot Object".
SNAPSHOT = (
    "type",
    "content",
    "embeds",
    "attachments",
    "timestamp",
    "edited_timestamp",
    "flags",
    "mentions",
    "mention_roles",
    "sticker_items",
    "components",
)


def attachment_json(attachment: Attachment) -> JSON:
    body: JSON = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": attachment.url,
        "proxy_url": attachment.url,
    }
    if attachment.content_type is not None:
        body["content_type"] = attachment.content_type
    if attachment.description is not None:
        body["description"] = attachment.description
    if attachment.duration_s is not None:
        body |= {"duration_secs": attachment.duration_s, "waveform": "AAAA"}
    return body


def reactions_json(message: Message, viewer: User) -> list[JSON]:
    return [
        {
            "emoji": emoji_json(emoji),
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "burst_colors": [],
            "me": viewer in users,
            "me_burst": False,
        }
        for emoji, users in message.reactions.items()
    ]


def emoji_json(emoji: str) -> JSON:
    name, _, emoji_id = emoji.partition(":")
    return {"id": emoji_id or None, "name": name}


def message_json(
    message: Message, viewer: User, *, nested: bool = False, has_intent: bool = True
) -> JSON:
    """Return a message, with what viewer has reacted.

    Without MESSAGE_CONTENT it and the message it replies to are emptied, each by its own merits.
    """
    body: JSON = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.kind,
        "content": message.content,
        "author": user_json(message.author),
        "timestamp": timestamp(message.created),
        "edited_timestamp": None if message.edited is None else timestamp(message.edited),
        "tts": False,
        "pinned": False,
        "mention_everyone": message.mention_everyone,
        "mentions": [_mentioned_json(message, user) for user in message.mentions],
        "mention_roles": [str(role_id) for role_id in message.mention_roles],
        "attachments": [attachment_json(attachment) for attachment in message.attachments],
        "embeds": message.embeds,
        "components": message.components,
        "flags": message.flags,
    }
    body |= _optional_json(message, viewer)
    if message.kind == THREAD_CREATED and message.thread is not None:
        body["message_reference"] = place_json(message.thread) | {"type": REPLY}
    if message.reference is not None:
        body |= _reference_json(message, viewer, nested=nested, has_intent=has_intent)
    is_hidden = not has_intent and hides_content(message, viewer)
    return without_content(body) if is_hidden else body


def _mentioned_json(message: Message, user: User) -> JSON:
    guild = message.channel.guild
    member = None if guild is None else guild.members.get(user.id)
    if member is None:
        return user_json(user)
    return user_json(user) | {"member": member_json(member, with_user=False)}


def _optional_json(message: Message, viewer: User) -> JSON:
    body: JSON = {}
    if message.reactions:
        body["reactions"] = reactions_json(message, viewer)
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.thread is not None:
        body["thread"] = channel_json(message.thread)
    if message.stickers:
        body["sticker_items"] = message.stickers
    if message.poll is not None:
        body["poll"] = message.poll
    if message.webhook_id is not None:
        body["webhook_id"] = str(message.webhook_id)
    if message.interaction is not None:
        body |= message.interaction
    return body


def _reference_json(message: Message, viewer: User, *, nested: bool, has_intent: bool) -> JSON:
    target = message.reference
    assert target is not None  # noqa: S101 - asked by the only caller
    reference = place_json(target.channel) | {"message_id": str(target.id)}
    body: JSON = {"message_reference": reference | {"type": message.reference_kind}}
    if message.reference_kind == FORWARD:
        body["message_snapshots"] = [{"message": snapshot} for snapshot in message.snapshots]
    elif not nested and message.is_resolved:
        shown = message_json(target, viewer, nested=True, has_intent=has_intent)
        body["referenced_message"] = None if target.deleted else shown
    return body


def snapshot_json(message: Message, viewer: User) -> JSON:
    """Return what a forward keeps of a message: neither its author nor its place."""
    body = message_json(message, viewer, nested=True)
    return {key: body[key] for key in SNAPSHOT if key in body}


def message_event_json(message: Message, bot: User, *, has_intent: bool = True) -> JSON:
    """Return a message for MESSAGE_CREATE and MESSAGE_UPDATE.

    An ephemeral one has no guild: it is sent to the user and the application, not to a channel.
    Source: events/gateway-events, "Message Create".
    """
    body = message_json(message, bot, has_intent=has_intent)
    if message.ephemeral:
        return body
    body |= place_json(message.channel)
    guild = message.channel.guild
    member = None if guild is None else guild.members.get(message.author.id)
    return body if member is None else body | {"member": member_json(member, with_user=False)}


def depends_on_intent(message: Message, bot: User) -> bool:
    """Return whether a bot without MESSAGE_CONTENT gets less of this message."""
    target = message.reference if message.reference_kind == REPLY else None
    return hides_content(message, bot) or (target is not None and hides_content(target, bot))
