import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace

import aiohttp
import discord
import pytest
from aiohttp.client_reqrep import ConnectionKey

from bot.process.logs import (
    OURS,
    REMEMBERED,
    REPEATED_S,
    JsonFormatter,
    Repeats,
    SafeFormatter,
    configure,
    describe,
    log_loop_errors,
    log_uncaught,
)
from connectors import ApiRequestFailed

WORDS = "my secret words"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter())
    logger = logging.getLogger("bot")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"invalid literal: {WORDS!r}"),
        KeyError(WORDS),
        RuntimeError(WORDS),
        UnicodeEncodeError("utf-8", WORDS, 0, 1, "surrogates not allowed"),
        discord.DiscordException(WORDS),
        AssertionError(WORDS),
    ],
)
def test_an_exception_shows_where_it_came_from_and_not_what_it_quotes(
    written: io.StringIO, error: Exception
) -> None:
    outer = raised(RuntimeError("outer"))
    outer.__cause__ = raised(error)
    logging.getLogger("bot.test").error("it failed", exc_info=outer)
    said = written.getvalue()
    assert WORDS not in said
    assert said.count("Traceback (most recent call last):") == 2
    assert "in raised" in said
    assert said.splitlines()[-1] == "RuntimeError"
    assert type(error).__name__ in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AttributeError("'NoneType' object has no attribute 'x'"), "'NoneType' object has no"),
        (ApiRequestFailed("openai", 500), "openai: the server failed (status 500)"),
        (FileNotFoundError(2, "No such file or directory", "/srv/abi"), "/srv/abi"),
        (aiohttp.ServerDisconnectedError(), "Server disconnected"),
    ],
)
def test_texts_that_are_nobodys_words_are_kept(error: Exception, said: str) -> None:
    assert said in describe(error)


def test_trouble_of_the_network_is_told_without_a_traceback(written: io.StringIO) -> None:
    key = ConnectionKey("discord.invalid", 443, True, True, None, None, None)
    error = raised(aiohttp.ClientConnectorError(key, OSError(111, "refused")))
    logging.getLogger("bot.test").error("retrying", exc_info=error)
    assert "Traceback" not in written.getvalue()
    assert "Cannot connect to host discord.invalid" in written.getvalue()


@pytest.mark.parametrize("path", ["/webhooks/12/s3cret", "/interactions/12/s3cret/callback"])
def test_an_interactions_token_is_taken_out_of_addresses(written: io.StringIO, path: str) -> None:
    logging.getLogger("bot.test").warning("rate limited: POST %s", f"https://discord.com/api{path}")
    assert "s3cret" not in written.getvalue()
    assert "/12/***" in written.getvalue()


def test_what_asyncio_would_quote_is_logged_without_it(written: io.StringIO) -> None:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(log_loop_errors)
    message = "Task exception was never retrieved"
    loop.call_exception_handler({"message": message, "exception": raised(ValueError(WORDS))})
    loop.close()
    assert "Task exception was never retrieved" in written.getvalue()
    assert WORDS not in written.getvalue()


def test_a_line_is_one_line_whatever_is_in_it(written: io.StringIO) -> None:
    logging.getLogger("bot.test").warning("%s", "one\r\ntwo\x1b[2Jthree\u2028four")
    assert written.getvalue().endswith("WARNING bot.test: one two [2Jthree four\n")
    assert written.getvalue().count("\n") == 1


def test_json_is_one_object_a_line_with_the_exception_in_it() -> None:
    def formatted(message: str, error: BaseException | None = None) -> str:
        exc_info = (type(error), error, error.__traceback__) if error else None
        given = (logging.ERROR, __file__, 1, message, (), exc_info)
        return JsonFormatter().format(logging.LogRecord("bot.test", *given))

    line = formatted("it failed: \u00fc\n\ud800", raised(ValueError(WORDS)))
    assert line.isascii()
    assert "\n" not in line
    said = json.loads(line)
    assert list(said) == ["time", "level", "logger", "message", "exception"]
    assert (said["level"], said["logger"]) == ("ERROR", "bot.test")
    assert datetime.fromisoformat(said["time"]).utcoffset() == timedelta(0)
    assert said["message"] == "it failed: \u00fc\n\ud800"
    assert "in raised" in said["exception"]
    assert WORDS not in line
    said = json.loads(formatted("POST /webhooks/12/s3cret"))
    assert said["message"] == "POST /webhooks/12/***"
    assert "exception" not in said


class Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self.isatty = lambda: is_terminal  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("is_terminal", "form", "is_json"),
    [(True, None, False), (False, None, True), (True, "json", True), (False, "text", False)],
)
def test_a_terminal_gets_text_and_all_else_json_unless_one_is_chosen(
    monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool, form: str | None, is_json: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Stream(is_terminal=is_terminal))
    monkeypatch.setattr(logging, "root", logging.RootLogger(logging.WARNING))
    monkeypatch.setattr(logging, "raiseExceptions", True)
    levels = {name: logging.getLogger(name).level for name in OURS}
    try:
        configure("INFO", form)
        [handler] = logging.root.handlers
        handler.emit(logging.makeLogRecord({"msg": "hello", "levelname": "INFO"}))
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    assert stream.getvalue().startswith("{") is is_json


def test_what_python_itself_would_print_is_logged_without_anybodys_words(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    error = raised(ValueError(WORDS))
    log_uncaught()
    try:
        thread = threading.Thread(target=raise_again, args=[error])
        thread.start()
        thread.join()
        sys.excepthook(type(error), error, error.__traceback__)
        sys.unraisablehook(SimpleNamespace(exc_value=error))
    finally:
        logging.captureWarnings(capture=False)
    said = written.getvalue()
    assert said.count("by an unexpected error\nTraceback") == 3
    assert WORDS not in said + capsys.readouterr().err


def raise_again(error: BaseException) -> None:
    raise error


def test_libraries_are_heard_only_when_something_is_wrong() -> None:
    names = ("", "bot", "cogs", "connectors", "sqlalchemy.pool")
    before = {name: logging.getLogger(name).level for name in names}
    handlers = logging.getLogger().handlers[:]
    logging.getLogger().handlers.clear()
    try:
        configure("DEBUG")
        assert logging.getLogger("bot.app").isEnabledFor(logging.DEBUG)
        for name in ("discord.gateway", "aiohttp.access", "httpx", "psycopg", "anything.else"):
            assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        pool = logging.getLogger("sqlalchemy.pool.impl.QueuePool")
        assert not pool.isEnabledFor(logging.ERROR), "a lost connection is no traceback"
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.raiseExceptions = True
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def test_equal_warnings_are_written_once_a_minute_with_their_number() -> None:
    stream, now = io.StringIO(), [0.0]
    handler = logging.StreamHandler(stream)
    handler.addFilter(Repeats(lambda: now[0]))

    def log(text: str, level: int = logging.WARNING, **more: object) -> None:
        record = {"name": "bot", "msg": "%s", "args": (text,), "levelno": level, **more}
        handler.handle(logging.makeLogRecord(record))

    for _ in range(3):
        log("it is away")
        log("it is ready", logging.INFO)
    log("another is away")
    now[0] += REPEATED_S - 1
    log("it is away")
    now[0] += 1
    log("it is away")
    for number in range(REMEMBERED):  # no more is kept than that
        log(f"{number} is away")
    log("it is away")
    error = raised(ValueError())
    for _ in range(2):
        log("it failed", logging.ERROR, exc_info=(type(error), error, None))
    lines = [line for line in stream.getvalue().splitlines() if not line[0].isdecimal()]
    assert lines == [
        *("it is away", "it is ready", "it is ready", "it is ready", "another is away"),
        "it is away (and 3 more since the last such line)",
        "it is away",
        *("it failed", "ValueError") * 2,
    ]
