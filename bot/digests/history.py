"""The new messages of a channel."""

from connectors.discord import DiscordRest, Message

# Source: Discord, get channel messages.
PAGE = 100
READ_LIMIT = 1000


async def since(rest: DiscordRest, channel_id: int, seen: int) -> tuple[list[Message], bool]:
    """Return the messages after ``seen``, oldest first, and whether older ones were left out.

    They are read backwards, so that the newest ones are kept if there are too many.
    """
    found: list[Message] = []
    before: str | None = None
    while len(found) < READ_LIMIT:
        page = await rest.messages(channel_id, before=before, limit=PAGE)
        new = [message for message in page if int(message.id) > seen]
        found += new
        if len(new) < PAGE:
            return found[::-1], False
        before = new[-1].id
    return found[::-1], True
