"""Reading a channel back: what is new in it, and what the bot may have posted itself."""

from collections.abc import Collection
from contextlib import aclosing

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


async def find_own(
    rest: DiscordRest, channel_id: int, own_id: str, contents: Collection[str], after: int
) -> str | None:
    """Return the id of the bot's first message after an id with one of these contents, or None."""
    # Discord may change white space.
    wanted = [content.split() for content in contents]
    async with aclosing(rest.messages_after(channel_id, after)) as messages:
        async for message in messages:
            is_ours = message.author is not None and message.author.id == own_id
            if is_ours and message.content.split() in wanted:
                return message.id
    return None
