"""How messages and members look in gateway events, and what a bot without intents gets."""

from bot.sandbox.discord_server.objects import JSON, Guild, Message, User
from bot.sandbox.discord_server.world.render import member_json, message_json


def members_chunk(guild: Guild, data: JSON) -> JSON:
    """Return the members that op 8 asks for by ids or by the start of a name."""
    wanted = data.get("user_ids")
    wanted = [wanted] if isinstance(wanted, str | int) else wanted
    query = str(data.get("query") or "").lower()
    members = [
        member_json(member)
        for member in guild.members.values()
        if (str(member.user.id) in map(str, wanted) if wanted else True)
        and member.user.username.lower().startswith(query)
    ]
    chunk: JSON = {"chunk_index": 0, "chunk_count": 1, "not_found": [], "nonce": data.get("nonce")}
    return {"guild_id": str(guild.id), "members": members, **chunk}


def hides_content(message: Message, bot: User) -> bool:
    """Return whether a bot without MESSAGE_CONTENT gets this message empty."""
    is_own = message.author is bot or bot in message.mentions
    return message.channel.guild is not None and not is_own


def without_content(rendered: JSON) -> JSON:
    return {**rendered, "content": "", "embeds": [], "attachments": [], "components": []}


def message_event_json(message: Message, bot: User) -> JSON:
    """Return a message as MESSAGE_CREATE and MESSAGE_UPDATE give it."""
    body = message_json(message, bot)
    guild = message.channel.guild
    if guild is not None:
        body["guild_id"] = str(guild.id)
        member = guild.members.get(message.author.id)
        if member is not None:
            body["member"] = member_json(member, with_user=False)
    return body
