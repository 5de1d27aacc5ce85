"""Log lines without keys, tokens or anybody's words."""

import asyncio
import json
import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from connectors import ConnectorError

OURS = ("bot", "cogs", "connectors")
REPEATED_S = 60.0
REMEMBERED = 1_000  # lines
# An interaction's address holds its token, and discord.py logs addresses when rate limited.
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)[^/\s?]+")
# Would begin another line, or be obeyed by a terminal.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Errors whose text is the interpreter's or the system's. Others may quote what somebody wrote.
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
# By name, because only a process with a gateway has imported them.
_OF_THE_GATEWAY = {"ConnectionClosed", "GatewayNotFound"}

log = logging.getLogger(__name__)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Repeats(logging.Filter):
    """Lets one of several equal warnings through each minute, with the number of the others.

    Whatever is away fails each question in the same words, and they would hide what else happens.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or record.exc_info:
            return True
        now, said = self._clock(), record.getMessage()
        at, others = self._told.get((record.name, said), (-REPEATED_S, 0))
        if now - at < REPEATED_S:
            self._told[record.name, said] = at, others + 1
            return False
        self._forget(now)
        self._told[record.name, said] = now, 0
        if others:
            record.msg, record.args = f"{said} (and {others} more since the last such line)", ()
        return True

    def _forget(self, now: float) -> None:
        """Forget old lines, whose number nobody waits for."""
        if len(self._told) >= REMEMBERED:
            fresh = {key: told for key, told in self._told.items() if now - told[0] < REPEATED_S}
            self._told = fresh if len(fresh) < REMEMBERED else {}


class SafeFormatter(logging.Formatter):
    """One line per record; tracebacks without texts that may quote somebody."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN.sub(r"\1***", super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return _CONTROLS.sub(" ", super().formatMessage(record))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        error = ei[1]
        if error is None:
            return ""
        if _is_of_the_network(error):
            return f"  {describe(error)}"
        lines = []
        for link in _chain(error):
            places = traceback.format_tb(link.__traceback__)
            lines += ["Traceback (most recent call last):\n", *places, f"{describe(link)}\n"]
        return "".join(lines).rstrip()


class JsonFormatter(SafeFormatter):
    """One JSON object a line, in ASCII: time (UTC), level, logger, message, exception."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _TOKEN.sub(r"\1***", record.getMessage()),
        }
        if record.exc_info:
            said["exception"] = _TOKEN.sub(r"\1***", self.formatException(record.exc_info))
        return json.dumps(said)


def describe(error: BaseException) -> str:
    """Return an exception's type, with its text unless that may quote somebody."""
    name = type(error).__name__
    if not isinstance(error, _OWN_WORDS) and not _is_of_the_network(error):
        return name
    text = " ".join(str(error).split())
    return f"{name}: {text}" if text else name


def _is_of_the_network(error: BaseException) -> bool:
    kind = type(error)
    is_library = kind.__module__.startswith("aiohttp.") or kind.__name__ in _OF_THE_GATEWAY
    return isinstance(error, OSError) or is_library


def configure(level: str, form: str | None = None) -> None:
    """Log to stderr: our own packages from this level on, libraries from WARNING on.

    ``form`` is "text" or "json"; without it, a terminal gets text and anything else JSON.
    """
    form = form or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else SafeFormatter())
    handler.addFilter(Repeats())
    # Libraries log addresses with interaction tokens in them, and at DEBUG whole messages.
    quiet = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    logging.basicConfig(level=quiet, handlers=[handler])
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    # It logs each lost connection with a traceback, before the error that we log in a sentence.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    logging.raiseExceptions = False  # or a line that cannot be written would print its arguments


def log_uncaught() -> None:
    """Log what Python itself would print, which may quote somebody and is no line of a log."""
    sys.excepthook = _log_end
    threading.excepthook = lambda end: _log_uncaught("A thread ended", end.exc_value)
    sys.unraisablehook = lambda end: _log_uncaught("An object was deleted", end.exc_value)
    logging.captureWarnings(capture=True)


def _log_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _log_uncaught("Stopped", error)


def _log_uncaught(what: str, error: BaseException | None) -> None:
    log.error("%s by an unexpected error", what, exc_info=error)


def log_loop_errors(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio would log, but without an exception's text that may quote somebody."""
    message = context.get("message", "Unhandled error in a task")
    log.error("%s", message, exc_info=context.get("exception"))


def _chain(error: BaseException) -> list[BaseException]:
    """Return an exception and its causes, the first cause first."""
    found: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in found:
        found.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return found[::-1]
