"""Reading a channel back: everything since a message, and what we may have posted ourselves."""

from collections.abc import Collection

from connectors.discord import DiscordRest, Message

PAGE = 100  # source: Discord, get channel messages
READ_LIMIT = 1000  # messages, of whatever kind


async def since(rest: DiscordRest, channel_id: int, seen: int) -> tuple[list[Message], bool]:
    """Return what came after the message ``seen``, oldest first, and whether older ones were left out.

    From the newest one back, so that it is these that are kept where there are too many.
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
    """Return the id of a message of ours with one of these contents among the first ones after an id, or None."""
    wanted = [content.split() for content in contents]  # white space is what Discord may change
    while_seen = after
    for _ in range(READ_LIMIT // PAGE):
        page = await rest.messages(channel_id, after=while_seen, limit=PAGE)
        for message in page:
            is_ours = message.author is not None and message.author.id == own_id
            if is_ours and message.content.split() in wanted:
                return message.id
        if len(page) < PAGE:
            return None
        while_seen = int(page[0].id)
    return None
