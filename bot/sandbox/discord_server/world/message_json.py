"""Discord JSON of messages."""

from bot.sandbox.discord_server.objects import JSON, Attachment, Message, User
from bot.sandbox.discord_server.world.render import (
    channel_json,
    member_json,
    place_json,
    timestamp,
    user_json,
)


def attachment_json(attachment: Attachment) -> JSON:
    body: JSON = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": attachment.url,
        "proxy_url": attachment.url,
        "content_type": attachment.content_type,
    }
    if attachment.description is not None:
        body["description"] = attachment.description
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


def message_json(message: Message, viewer: User, *, nested: bool = False) -> JSON:
    """Return a message, with what viewer has reacted."""
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
        "mentions": [user_json(user) for user in message.mentions],
        "mention_roles": [str(role_id) for role_id in message.mention_roles],
        "attachments": [attachment_json(attachment) for attachment in message.attachments],
        "embeds": message.embeds,
        "components": message.components,
        "flags": message.flags,
    }
    return body | _optional_json(message, viewer, nested=nested)


def _optional_json(message: Message, viewer: User, *, nested: bool) -> JSON:
    body: JSON = {}
    if message.reactions:
        body["reactions"] = reactions_json(message, viewer)
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.thread is not None:
        body["thread"] = channel_json(message.thread)
    if message.interaction is not None:
        body |= message.interaction
    if message.reference is not None:
        body |= _reference_json(message.reference, viewer, nested=nested)
    return body


def _reference_json(target: Message, viewer: User, *, nested: bool) -> JSON:
    reference = place_json(target.channel) | {"type": 0, "message_id": str(target.id)}
    body: JSON = {"message_reference": reference}
    if not nested:
        shown = None if target.deleted else message_json(target, viewer, nested=True)
        body["referenced_message"] = shown
    return body


def message_event_json(message: Message, bot: User) -> JSON:
    """Return a message for MESSAGE_CREATE and MESSAGE_UPDATE."""
    guild = message.channel.guild
    body = message_json(message, bot) | place_json(message.channel)
    member = None if guild is None else guild.members.get(message.author.id)
    return body if member is None else body | {"member": member_json(member, with_user=False)}
