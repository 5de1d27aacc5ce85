"""Gateway intents, and the content that a bot without MESSAGE_CONTENT does not get."""

from bot.sandbox.discord_server.objects import JSON, Message, User

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
GUILD_REACTIONS = 1 << 10
GUILD_TYPING = 1 << 11
DIRECT_MESSAGES = 1 << 12
DIRECT_REACTIONS = 1 << 13
DIRECT_TYPING = 1 << 14
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS = (1 << 26) - 1
# The flags of an application in fewer than 100 servers, by the intents switched on in the portal.
LIMITED_GRANTS = {GUILD_PRESENCES: 1 << 13, GUILD_MEMBERS: 1 << 15, MESSAGE_CONTENT: 1 << 19}


def granted_flags(intents: int) -> int:
    """Return the application's flags that say which privileged intents are switched on."""
    return sum(flag for intent, flag in LIMITED_GRANTS.items() if intents & intent)


def hides_content(message: Message, bot: User) -> bool:
    """Return whether a bot without MESSAGE_CONTENT gets this message empty.

    A mention of its role is none of itself. Source: events/gateway, "Message Content Intent".
    """
    is_own = message.author is bot or bot in message.mentions
    return message.channel.guild is not None and not is_own


def without_content(body: JSON) -> JSON:
    """Return a message's body as sent without MESSAGE_CONTENT."""
    empty: JSON = {"content": "", "embeds": [], "attachments": [], "components": []}
    shown = {key: value for key, value in body.items() if key != "poll"}
    if "message_snapshots" in shown:
        shown["message_snapshots"] = [
            {"message": without_content(snapshot["message"])}
            for snapshot in shown["message_snapshots"]
        ]
    return shown | empty
