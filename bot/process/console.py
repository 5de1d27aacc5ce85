"""Output for a person at a terminal."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

BOLD, DIM, CYAN = "1", "2", "36"


def is_coloured(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether a stream is a terminal that shows colours. Source: no-color.org."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    # Older consoles of Windows show the codes themselves.
    return sys.platform != "win32" or any(map(environ.get, ("WT_SESSION", "ANSICON", "TERM")))


def write(stream: TextIO, text: str) -> None:
    """Write a text, with question marks for characters that the stream's encoding lacks."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


def banner(
    title: str, facts: Sequence[tuple[str, str]], invitation: str, address: str, *, coloured: bool
) -> str:
    """Return what is shown at the start; the address is the last line, alone."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if coloured else text

    width = max((len(name) for name, _ in facts), default=0)
    lines = [paint(title, BOLD)]
    lines += [f"  {paint(name.ljust(width), DIM)}  {fact}" for name, fact in facts]
    return "\n".join(["", *lines, "", invitation, paint(address, CYAN), "", ""])
