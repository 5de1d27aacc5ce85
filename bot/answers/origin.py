"""The question that an answer responds to, and the messages that show it so far."""

import time
from typing import Self

import msgspec

from bot.providers.preferences import Place

# Source: interactions/receiving-and-responding. The margin is for requests under way.
TOKEN_LIFE_S = 15 * 60
TOKEN_MARGIN_S = 60


class Behind(msgspec.Struct, frozen=True):
    """The last message in a place that an answer left, or "".

    ``is_doubtful``: another one may stand there, because Discord's reply was lost.
    """

    message_id: str = ""
    is_doubtful: bool = False


class Screen(msgspec.Struct, frozen=True):
    """The messages of an answer, for the process that continues it.

    The ids of its messages, how many surfaces were given up before, and the offsets in the text at
    which this surface begins and up to which it shows it. ``surplus`` are messages to be deleted.
    If ``is_refused``, our own words stand where Discord refuses the text. ``behind`` is what
    stands on each surface that was given up.
    """

    messages: tuple[str, ...] = ()
    left: int = 0
    base: int = 0
    read: int = 0
    surplus: tuple[str, ...] = ()
    is_refused: bool = False
    behind: tuple[Behind, ...] = ()

    @property
    def last_id(self) -> str | None:
        """The id of the last message, the one with the buttons."""
        return self.messages[-1] if self.messages else None

    @property
    def behind_id(self) -> str | None:
        """The id of the last message in the place that was given up last, if one is known."""
        return (self.behind[-1].message_id or None) if self.behind else None

    def left_behind(self) -> Self:
        """Return this screen once its place is given up, too."""
        behind = *self.behind, Behind(self.last_id or "")
        return msgspec.structs.replace(self, left=self.left + 1, behind=behind)


class Origin(msgspec.Struct, frozen=True):
    """The interaction or the message an answer responds to, and where it stands.

    ``expires_at`` is in seconds since 1970. ``heading`` is the line above its answer that says what
    was asked, or empty. ``is_away``: the bot is no member of the place, so it reaches it only with
    the token; ``guild_id`` is None then. ``message_id`` is set if it is a message, whose id then is
    the ``interaction_id``, too; for each edit of it ``revision`` is another number, the later the
    higher. ``offers_models``: it was asked again, perhaps because the model was to blame.
    ``heard_at`` is when a process heard of the message, in seconds since 1970: rows that several of
    them store differ in it. ``stays_local``: only local models may answer it, as the rules were
    when it was accepted. ``manages``: whoever asked manages the server.
    """

    application_id: int
    token: str
    interaction_id: int
    channel_id: int
    guild_id: int | None
    user_id: int
    private: bool
    expires_at: float
    heading: str = ""
    is_away: bool = False
    message_id: int = 0
    revision: int = 0
    offers_models: bool = False
    heard_at: float = 0.0
    stays_local: bool = False
    manages: bool = False

    @classmethod
    def of_message(
        cls,
        message_id: int,
        *,
        application_id: int,
        channel_id: int,
        guild_id: int | None,
        user_id: int,
    ) -> Self:
        """Return the origin of an answer to a message, which has no token."""
        return cls(
            application_id=application_id,
            token="",
            interaction_id=message_id,
            channel_id=channel_id,
            guild_id=guild_id,
            user_id=user_id,
            private=False,
            expires_at=0.0,
            message_id=message_id,
            heard_at=time.time(),
        )

    @property
    def place(self) -> Place:
        at = self.user_id, self.channel_id, self.guild_id
        return Place(*at, self.is_away, self.stays_local)

    @property
    def is_direct(self) -> bool:
        """True in direct messages with the bot, where no other place is left."""
        return self.guild_id is None and not self.is_away

    @property
    def is_hidden(self) -> bool:
        """True if the bot cannot find the answer's messages in the channel."""
        return self.private or self.is_away

    @property
    def is_seen_by_one(self) -> bool:
        """True if only the person who asked can read the answer."""
        return self.private or self.is_direct

    @property
    def lead(self) -> str:
        return f"{self.heading}\n" if self.heading else ""

    @property
    def webhook(self) -> tuple[int, str]:
        """The application's id and the token, with which its messages are sent."""
        return self.application_id, self.token
