"""Messages of a channel, and reactions to them."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from msgspec.structs import replace

from connectors.discord.bodies import MessageBody, edited_message, new_message
from connectors.discord.codes import UNKNOWN_MESSAGE
from connectors.discord.failures import is_about_reference
from connectors.discord.objects import Message, User
from connectors.discord.routes import PROVIDER, Id, route
from connectors.discord.sending import ATTEMPTS, Resource
from connectors.shared import ConnectorError, InvalidResponse, refuse_bare_string

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = MESSAGES + "/{message_id}"
REACTIONS = MESSAGE + "/reactions"
REACTION = REACTIONS + "/{emoji}"
OWN_REACTION = REACTION + "/@me"
PAGE = 100


class Messages(Resource):
    """``/channels/…/messages``."""

    async def messages(
        self,
        channel_id: Id,
        *,
        after: Id | None = None,
        before: Id | None = None,
        around: Id | None = None,
        limit: int = 50,
    ) -> list[Message]:
        """Return at most ``limit`` (1-100) messages of a channel, newest first.

        Only one of ``after``, ``before`` and ``around`` counts; ``after`` returns the oldest ones
        after that message.
        """
        query = {"limit": limit, "after": after, "before": before, "around": around}
        path = route("GET", MESSAGES, channel_id, query=query)
        return await self._get(list[Message], path)

    async def messages_after(self, channel_id: Id, after: Id) -> AsyncGenerator[Message, None]:
        """Yield all messages of a channel with ids above one, the oldest first."""
        while True:
            page = await self.messages(channel_id, after=after, limit=PAGE)
            page.sort(key=_number)
            for message in page:
                yield message
            if len(page) < PAGE:
                return
            if _number(page[-1]) <= int(after):
                raise InvalidResponse(PROVIDER, reason="server", detail="a page without an end")
            after = page[-1].id

    def lowest_id(self, moment: datetime) -> int:
        """Return an id below all that Discord has given since a moment of our clock.

        It is some minutes too low, and more if our clock has turned out to be ahead of Discord's.
        """
        return self._sender.server_clock.lowest_id(moment)

    async def message(self, channel_id: Id, message_id: Id) -> Message:
        """Return one message. Raise ApiRequestFailed (code 10008) if there is none."""
        return await self._get(Message, route("GET", MESSAGE, channel_id, message_id))

    async def create_message(
        self, channel_id: Id, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Post to a channel; with a nonce, the same message is created once.

        A reply that Discord does not allow here is posted without the reference.
        """
        path = route("POST", MESSAGES, channel_id)
        try:
            return await self._get(Message, path, new_message(body), attempts=attempts)
        except ConnectorError as error:
            if body.reply_to is None or not is_about_reference(error):
                raise
        body = replace(body, reply_to=None)
        return await self._get(Message, path, new_message(body), attempts=attempts)

    def wait_to_create_s(self, channel_id: Id) -> float:
        """Return how long a message would wait by now for rate limits."""
        return self._sender.wait_s(route("POST", MESSAGES, channel_id))

    def wait_to_edit_s(self, channel_id: Id) -> float:
        """Return how long an edit would wait by now for rate limits."""
        return self._sender.wait_s(route("PATCH", MESSAGE, channel_id, 0))

    async def edit_message(
        self, channel_id: Id, message_id: Id, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Edit one of the bot's own messages."""
        path = route("PATCH", MESSAGE, channel_id, message_id)
        return await self._get(Message, path, edited_message(body), attempts=attempts)

    async def remove_components(self, channel_id: Id, message_id: Id) -> None:
        """Take the buttons and selects off one of the bot's own messages, whatever it says."""
        path = route("PATCH", MESSAGE, channel_id, message_id)
        await self._send(path, {"components": [], "allowed_mentions": {"parse": []}})

    async def delete_message(self, channel_id: Id, message_id: Id) -> None:
        """Delete a message. One that is gone already is no error.

        Deleting messages of others needs Manage Messages.
        """
        path = route("DELETE", MESSAGE, channel_id, message_id, done_code=UNKNOWN_MESSAGE)
        await self._send(path)

    async def delete_messages(self, channel_id: Id, message_ids: Sequence[Id]) -> None:
        """Delete 2-100 messages at once, none of them older than 14 days.

        Raise TypeError for a bare string.
        """
        refuse_bare_string("message_ids", message_ids)
        path = route("POST", MESSAGES + "/bulk-delete", channel_id, is_repeatable=True)
        await self._send(path, {"messages": [str(message_id) for message_id in message_ids]})


class Reactions(Resource):
    """``/channels/…/messages/…/reactions``. An emoji is a character, or ``name:id`` if custom."""

    async def add_reaction(self, channel_id: Id, message_id: Id, emoji: str) -> None:
        await self._send(route("PUT", OWN_REACTION, channel_id, message_id, _bare(emoji)))

    async def remove_reaction(
        self, channel_id: Id, message_id: Id, emoji: str, *, user_id: Id = "@me"
    ) -> None:
        """Remove the bot's own reaction, or a user's, which needs Manage Messages."""
        place = channel_id, message_id, _bare(emoji)
        if user_id == "@me":
            await self._send(route("DELETE", OWN_REACTION, *place))
        else:
            await self._send(route("DELETE", REACTION + "/{user_id}", *place, user_id))

    async def reactions(
        self,
        channel_id: Id,
        message_id: Id,
        emoji: str,
        *,
        after: Id | None = None,
        limit: int = 25,
    ) -> list[User]:
        """Return at most ``limit`` (1-100) users who reacted, with ids above ``after``."""
        query = {"after": after, "limit": limit}
        path = route("GET", REACTION, channel_id, message_id, _bare(emoji), query=query)
        return await self._get(list[User], path)

    async def clear_reactions(self, channel_id: Id, message_id: Id) -> None:
        """Remove all reactions from a message. Needs Manage Messages."""
        await self._send(route("DELETE", REACTIONS, channel_id, message_id))


def _bare(emoji: str) -> str:
    """Return an emoji as used in paths: ``<:name:id>`` and ``<a:name:id>`` become ``name:id``."""
    if emoji.startswith("<") and emoji.endswith(">"):
        return emoji[1:-1].removeprefix("a:").removeprefix(":")
    return emoji


def _number(message: Message) -> int:
    """Return a message's id as a number. Raise InvalidResponse if it is none."""
    try:
        return int(message.id)
    except ValueError:
        raise InvalidResponse(PROVIDER, reason="server", detail="unreadable answer") from None
