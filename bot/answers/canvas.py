"""The messages of an answer as they stand, and the next request that brings them up to date."""

import math

import msgspec

from bot.answers.layout import Ending, Form, Part, lay_out, milder_form
from bot.answers.origin import Behind, Screen
from bot.answers.texts import STILL_THINKING
from bot.text.chunking import reopening
from connectors.discord import Component, MessageBody


class Step(msgspec.Struct, frozen=True):
    """One request: the message, its body, and the offset in the text up to which is then shown."""

    place: int
    body: MessageBody
    end: int
    is_last: bool
    message_id: str | None
    is_note: bool = False


class Canvas:
    """The messages that show an answer, on one surface after the other; makes no request itself.

    ``components`` are shown below the answer while it grows. ``so_far`` is shown elsewhere: the
    text continues it, in the same code block or quote. After ``retract`` the text may be shorter;
    messages that are no longer needed become ``surplus``, to be deleted.
    """

    def __init__(
        self, screen: Screen, *, components: tuple[Component, ...] = (), so_far: str = ""
    ) -> None:
        self._components = components
        self._so_far = so_far
        # What another process has shown is not known exactly, so it is sent again.
        self._shown: list[tuple[str, MessageBody | None]] = [(m, None) for m in screen.messages]
        self._left = screen.left
        self._base = screen.base
        self._read = screen.read
        self._behind = screen.behind
        self.surplus = list(screen.surplus)
        self.note: str | None = ""  # shown while there is no text; None: Discord refuses it
        self.ending: Ending | None = None
        self._forms: dict[int, Form] = {}
        # How much of the text has not been retracted since the last step.
        self._kept = math.inf

    @property
    def screen(self) -> Screen:
        messages = tuple(m for m, _ in self._shown)
        surplus, is_refused = tuple(self.surplus), self._is_refused()
        seen = self._left, self._base, self._read
        return Screen(messages, *seen, surplus, is_refused, self._behind)

    def finish(self, ending: Ending) -> None:
        """Show the final state from now on."""
        self.ending = ending
        self._forms = {}  # text that was refused half written may be accepted whole

    def retract(self, length: int) -> None:
        """Take back the text after length; what follows replaces it."""
        self._kept = min(self._kept, length)
        self._read, self._base = min(self._read, length), min(self._base, length)
        self._forms = {}

    def next_step(self, whole: str, lead: str) -> Step | None:
        """Return the request that updates the first outdated message, or None if none is."""
        self._kept = math.inf
        text = whole[self._base :] if self._left else whole
        offset = len(whole) - len(text)
        parts, is_note = self._parts(whole, text, lead)
        for i, part in enumerate(parts):
            message_id, body = self._shown[i] if i < len(self._shown) else (None, None)
            if body != part.body:
                is_last = i == len(parts) - 1
                return Step(i, part.body, offset + part.end, is_last, message_id, is_note)
        if parts and len(parts) < len(self._shown):
            self.surplus += [message_id for message_id, _ in self._shown[len(parts) :]]
            del self._shown[len(parts) :]
        return None

    def done(self, step: Step, message_id: str) -> None:
        """Note that Discord has confirmed a step."""
        self._shown[step.place : step.place + 1] = [(message_id, step.body)]
        self._read = int(min(step.end, self._kept))

    def opened(self, step: Step, message_id: str, body: MessageBody) -> None:
        """Note that a new message stands, which does not show the text of its step yet."""
        self._shown[step.place :] = [(message_id, body)]

    def is_retracted(self, step: Step) -> bool:
        """Return whether some of the text of a step has been retracted since."""
        return self._kept < step.end

    def soften(self, step: Step, lead: str) -> bool:
        """Choose a milder form of a message, or drop a note. Return False if none is left."""
        form = self._forms.get(step.place, Form.WHOLE)
        if form is Form.BARE:
            return False
        if step.is_note:
            self.note = None
        else:
            lead = lead if step.place == 0 else ""
            self._forms[step.place] = milder_form(form, step.body.content, lead)
        return True

    def restore(self) -> None:
        """Try the whole text again, since no form of it was accepted."""
        self._forms = {}

    def leave(self, *, is_gone: bool = False, is_doubtful: bool = False) -> None:
        """Continue on the next surface: with the rest of the text, or all if this one is gone.

        ``is_doubtful``: it may show a message that Discord has not confirmed.
        """
        last = self._shown[-1][0] if self._shown else ""
        if is_gone:
            self._read = 0
        self._behind += (Behind() if is_gone else Behind(last, is_doubtful),)
        self._base = self._read
        self._left += 1
        self._shown, self.surplus = [], []
        self._forms = {}

    def _is_refused(self) -> bool:
        """Return whether Discord refuses to show a part of the text."""
        return any(form >= Form.FILE for form in self._forms.values())

    def _parts(self, whole: str, text: str, lead: str) -> tuple[list[Part], bool]:
        """Return the messages to show, and whether they are only a note."""
        if text.strip() or self.ending is not None:
            opened = reopening(self._so_far + whole[: self._base], text)
            parts = lay_out(
                text, self.ending, self._components, lead=lead, opened=opened, forms=self._forms
            )
            if parts:
                return parts, False
        note = self.note
        if note == "" and self._shown and self.ending is None:
            note = STILL_THINKING
        if note and self._left:  # nobody knows there what it is about
            note = f"{lead}{note}"
        return ([Part(MessageBody(note, self._components), 0)], True) if note else ([], False)
