"""Gateway intents, and the content that a bot without MESSAGE_CONTENT does not get."""

from bot.sandbox.discord_server.objects import JSON, Message, User

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
GUILD_REACTIONS = 1 << 10
DIRECT_MESSAGES = 1 << 12
DIRECT_REACTIONS = 1 << 13
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS = (1 << 26) - 1


def hides_content(message: Message, bot: User) -> bool:
    """Return whether a bot without MESSAGE_CONTENT gets this message empty."""
    is_own = message.author is bot or bot in message.mentions
    return message.channel.guild is not None and not is_own


def without_content(body: JSON) -> JSON:
    return {**body, "content": "", "embeds": [], "attachments": [], "components": []}
