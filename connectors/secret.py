"""Keys, kept where they can be wiped and never shown."""

import re
from typing import Final, NoReturn

from connectors.shared import MissingApiKey, secure_wipe

# So many characters of a key in a row are told from any other word.
PART: Final = 8
_WORD: Final = re.compile(r"\S{8,}")


class Secret:
    """A key that ``close()`` overwrites in memory, prints as ``Secret(***)`` and is never pickled.

    Copies remain possible: the environment keeps its own, each signed request makes a short-lived
    string, and sockets and TLS have buffers.
    """

    __slots__ = ("_buffer", "_provider", "is_closed")

    def __init__(self, value: str, *, provider: str = "secret") -> None:
        self._buffer = bytearray(value, "utf-8")
        self._provider = provider
        self.is_closed = False

    def reveal(self) -> str:
        """Return the key, to sign a request. Raises MissingApiKey once closed."""
        if self.is_closed:
            raise MissingApiKey(self._provider, summary="the key has been wiped; load it again")
        return self._buffer.decode()

    def hide_in(self, text: str) -> str:
        """Return text without the key, and without words that hold a part of it.

        Unchanged once closed.
        """
        if self.is_closed:
            return text
        key = self._buffer.decode()
        parts = {key[at : at + PART] for at in range(len(key) - PART + 1)}

        def hidden(word: re.Match[str]) -> str:
            return "***" if any(part in word[0] for part in parts) else word[0]

        return _WORD.sub(hidden, text.replace(key, "***"))

    def close(self) -> None:
        secure_wipe(self._buffer)
        self.is_closed = True

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is neither pickled nor copied")
