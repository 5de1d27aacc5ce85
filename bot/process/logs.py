"""What is logged, and what never is: words of people, keys, tokens."""

import asyncio
import logging
import re
import sys
import traceback
from types import TracebackType
from typing import Any

from connectors import ConnectorError

OURS = ("bot", "cogs", "connectors")
# An interaction's token stands in the address; discord.py names addresses when it is told to slow down.
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?]+")
# Their texts are the interpreter's or the system's own words. Others may quote what somebody wrote.
_OWN_WORDS = (
    ConnectorError,
    AttributeError,
    ImportError,
    IndexError,
    NameError,
    NotImplementedError,
    TypeError,
    OSError,
    RecursionError,
)
# By name, because only a process with a gateway has loaded them.
_OF_THE_GATEWAY = {"ConnectionClosed", "GatewayNotFound"}

log = logging.getLogger(__name__)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class SafeFormatter(logging.Formatter):
    """A line per record. Exceptions show where they came from, and their text only where it cannot be a person's."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN.sub(r"\1***", super().format(record))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        error = ei[1]
        if error is None:
            return ""
        if _is_of_the_network(error):
            return f"  {describe(error)}"
        lines = []
        for link in _chain(error):
            lines += [
                "Traceback (most recent call last):\n",
                *traceback.format_tb(link.__traceback__),
            ]
            lines.append(f"{describe(link)}\n")
        return "".join(lines).rstrip()


def describe(error: BaseException) -> str:
    """Return what an exception is, with its text where that cannot hold words of a person."""
    name = type(error).__name__
    if not isinstance(error, _OWN_WORDS) and not _is_of_the_network(error):
        return name
    text = " ".join(str(error).split())
    return f"{name}: {text}" if text else name


def _is_of_the_network(error: BaseException) -> bool:
    kind = type(error)
    is_library = kind.__module__.startswith("aiohttp.") or kind.__name__ in _OF_THE_GATEWAY
    return isinstance(error, OSError) or is_library


def configure(level: str) -> None:
    """Log to stderr: our own parts from this level on, libraries only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter())
    # Libraries name addresses with interaction tokens in them, and at DEBUG whole messages.
    quiet = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    logging.basicConfig(level=quiet, handlers=[handler])
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.raiseExceptions = False  # or a line that cannot be written prints its arguments


def log_loop_errors(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio would log together with the exception's text, which may quote somebody."""
    log.error(
        "%s",
        context.get("message", "an error nobody waited for"),
        exc_info=context.get("exception"),
    )


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and what led to it, the first cause first."""
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found:
        found.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return found[::-1]
