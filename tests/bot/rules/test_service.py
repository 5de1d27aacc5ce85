from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.errors import Refused
from bot.rules import service
from bot.rules.service import FRESH_S, RETRY_S, RuleBook
from bot.storage.rules import DEFAULTS, UNKNOWN, Change, Rules
from connectors.database import DatabaseUnavailable

HERE, NOW = 5, datetime(2030, 1, 1, tzinfo=UTC)


class Stored:
    """The rules of one server in a database that may be away."""

    def __init__(self) -> None:
        self.rules: Rules | None = Rules(zone="UTC")
        self.local_rules: dict[int, Rules] = {}
        self.reads = 0
        self.meanwhile: Callable[[], object] = lambda: None

    async def of(self, _: int) -> tuple[Rules, dict[str, Change]]:
        self.reads += 1
        if self.rules is None:
            raise DatabaseUnavailable
        found = self.rules
        self.meanwhile()
        return found, {}

    async def local(self) -> dict[int, Rules]:
        if self.rules is None:
            raise DatabaseUnavailable
        return self.local_rules

    async def change(self, _guild_id: int, name: str, value: Any, _: Change) -> None:
        self.rules = Rules(**{name: value})

    async def undo(self, *_: object) -> bool:
        self.rules = DEFAULTS
        return False


@pytest.fixture
def stored() -> Stored:
    return Stored()


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def book(stored: Stored, now: list[float]) -> RuleBook:
    return RuleBook(cast(Any, stored), clock=lambda: now[0])


async def test_rules_are_read_once_in_a_while(
    book: RuleBook, stored: Stored, now: list[float]
) -> None:
    for now[0], reads in ((0.0, 1), (FRESH_S - 1, 1), (FRESH_S, 2)):
        assert await book.of(HERE) == Rules(zone="UTC")
        assert stored.reads == reads
    assert FRESH_S <= 30.0, "what another process has changed"


async def test_direct_messages_have_the_defaults_and_read_nothing(
    book: RuleBook, stored: Stored
) -> None:
    assert await book.of(None) == DEFAULTS
    assert stored.reads == 0


async def test_a_change_holds_at_once_here(book: RuleBook) -> None:
    assert (await book.of(HERE)).zone == "UTC"
    await book.change(HERE, "retention_days", 7, Change(2, 1, NOW))
    assert await book.of(HERE) == Rules(retention_days=7)


async def test_a_change_holds_also_if_the_rules_were_being_read(
    book: RuleBook, stored: Stored
) -> None:
    stored.meanwhile = lambda: book._forget(HERE)
    assert (await book.of(HERE)).zone == "UTC"
    stored.meanwhile, stored.rules = lambda: None, Rules(retention_days=7)
    assert await book.of(HERE) == Rules(retention_days=7)


async def test_without_a_database_the_last_rules_known_hold(
    book: RuleBook, stored: Stored, now: list[float]
) -> None:
    await book.of(HERE)
    stored.rules, now[0] = None, FRESH_S
    for _ in range(3):
        assert await book.of(HERE) == Rules(zone="UTC")
    assert stored.reads == 2, "not each question waits for the database"
    stored.rules, now[0] = Rules(zone="Asia/Tokyo"), FRESH_S + RETRY_S
    assert await book.of(HERE) == Rules(zone="Asia/Tokyo")


async def test_before_the_database_is_reached_the_rules_are_unknown(
    book: RuleBook, stored: Stored, now: list[float]
) -> None:
    stored.rules = None
    for now[0] in (0.0, RETRY_S):
        assert await book.of(HERE) is UNKNOWN
    assert await book.of(None) == DEFAULTS
    stored.rules, now[0] = Rules(zone="UTC"), 2 * RETRY_S
    assert await book.of(HERE) == Rules(zone="UTC")
    await book.of(HERE + 1)
    stored.rules, now[0] = None, FRESH_S + 2 * RETRY_S
    assert await book.of(HERE) == Rules(zone="UTC")
    assert await book.of(HERE + 2) == DEFAULTS, "it keeps to no local models"


async def test_a_server_is_unknown_no_longer_than_the_database(
    book: RuleBook, stored: Stored, now: list[float]
) -> None:
    stored.rules = None
    assert await book.of(HERE) is UNKNOWN
    stored.rules = DEFAULTS
    await book.look()
    stored.rules, now[0] = None, RETRY_S
    assert await book.of(HERE) == DEFAULTS


async def test_a_server_that_keeps_to_local_models_is_never_forgotten(
    book: RuleBook, stored: Stored, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REMEMBERED", 1)
    stored.rules = Rules(is_local_only=True)
    await book.of(HERE)
    stored.rules = DEFAULTS
    await book.of(HERE + 1)
    stored.rules, now[0] = None, FRESH_S
    assert await book.of(HERE) == Rules(is_local_only=True)
    stored.rules, now[0] = DEFAULTS, FRESH_S + RETRY_S
    assert await book.of(HERE) == DEFAULTS
    await book.of(HERE + 1)
    stored.rules, now[0] = None, 1_000.0
    assert await book.of(HERE) == DEFAULTS, "it was switched off"


async def test_servers_that_keep_to_local_models_are_known_before_anybody_asks_there(
    book: RuleBook, stored: Stored
) -> None:
    stored.local_rules = {HERE: Rules(is_local_only=True)}
    await book.look()
    stored.rules = None
    assert await book.of(HERE) == Rules(is_local_only=True)
    assert await book.of(HERE + 1) == DEFAULTS


async def test_a_server_that_another_process_keeps_to_local_models_is_learned_in_time(
    book: RuleBook, stored: Stored, now: list[float]
) -> None:
    await book.of(HERE)
    stored.local_rules, now[0] = {HERE: Rules(is_local_only=True)}, FRESH_S
    await book.of(HERE + 1)
    stored.rules = None
    assert await book.of(HERE) == Rules(is_local_only=True)
    assert await book.of(HERE + 2) == DEFAULTS


async def test_what_is_not_undone_is_refused(book: RuleBook) -> None:
    with pytest.raises(Refused):
        await book.undo(HERE, "zone", 1, Change(2, 1, NOW))
    assert await asyncio.wait_for(book.of(HERE), 1.0) == DEFAULTS
