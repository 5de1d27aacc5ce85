"""The turns that fit into a request; pure."""

from collections.abc import Mapping, Sequence

import msgspec

from bot.conversations import texts
from bot.conversations.material import Material
from bot.conversations.wording import earlier, messages_of
from bot.providers.tokens import tokens_in
from bot.storage.turn import Chain, Turn
from connectors import ChatMessage, Role


class Window(msgspec.Struct, frozen=True):
    """The turns that are sent, the summary of those before, and what people should know."""

    turns: tuple[Turn, ...]
    summary: str = ""
    notes: tuple[str, ...] = ()


class Worded(msgspec.Struct, frozen=True, gc=False):
    """A turn as messages, and how many tokens they take."""

    messages: list[ChatMessage]
    tokens: int


class Frame(msgspec.Struct, frozen=True):
    """The model that is asked, and the number of tokens that may precede the question.

    ``names`` are those of who speaks, and ``materials`` what the files of the last turns hold.
    """

    provider: str
    model: str | None
    room: int
    names: Mapping[int, str]
    materials: Mapping[int, Material]
    _worded: dict[int, Worded] = msgspec.field(default_factory=dict)

    def of(self, turn: Turn) -> Worded:
        """Return a turn in words; they are counted first, then sent."""
        known = self._worded.get(turn.id)
        if known is None:
            messages = messages_of(turn, self.names, self.materials.get(turn.id))
            self._worded[turn.id] = known = Worded(messages, tokens_in(messages))
        return known

    def messages_in(self, window: Window) -> list[ChatMessage]:
        before = [ChatMessage(Role.USER, earlier(window.summary))] if window.summary else []
        return before + [message for turn in window.turns for message in self.of(turn).messages]


def fitting(chain: Chain, frame: Frame) -> Window | None:
    """Return all of a chain if it fits, else None."""
    kept = newest(
        chain.turns, frame, frame.room - tokens_in(frame.messages_in(Window((), chain.summary)))
    )
    if len(kept) < len(chain.turns):
        return None
    return Window(kept, chain.summary, (texts.SUMMARISED,) if chain.summary else ())


def newest(turns: Sequence[Turn], frame: Frame, room: int) -> tuple[Turn, ...]:
    """Return the newest turns that fit into so many tokens."""
    for count, turn in enumerate(reversed(turns)):
        room -= frame.of(turn).tokens
        if room < 0:
            return tuple(turns[len(turns) - count :])
    return tuple(turns)
