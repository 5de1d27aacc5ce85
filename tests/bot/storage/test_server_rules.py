from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.rules import NOBODY, Change, Model, Rules
from bot.storage.server_rules import ServerRules
from connectors.database import Config
from connectors.database.database import Database

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
HERE, ELSEWHERE = 5, 6


def by_alice(change_id: int, minutes: int = 0) -> Change:
    return Change(change_id, 1, NOW + timedelta(minutes=minutes))


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(Config(tmp_path, database_url))
    yield database
    await database.aclose()


@pytest.fixture
def stored(database: Database) -> ServerRules:
    return ServerRules(database)


async def test_a_rule_holds_in_its_server_and_says_who_changed_it(stored: ServerRules) -> None:
    await stored.change(HERE, "roles_allowed", (7, 8), by_alice(10))
    await stored.change(HERE, "model", Model("mistral", "m"), by_alice(11))
    rules, changes = await stored.of(HERE)
    assert rules == Rules(roles_allowed=(7, 8), model=Model("mistral", "m"))
    assert changes == {"roles_allowed": by_alice(10), "model": by_alice(11)}
    assert await stored.of(ELSEWHERE) == (Rules(), {})


async def test_a_change_is_undone_once_however_often_it_is_pressed(stored: ServerRules) -> None:
    await stored.change(HERE, "retention_days", 7, by_alice(10))
    await stored.change(HERE, "retention_days", 1, by_alice(11))
    await stored.change(HERE, "retention_days", 1, by_alice(11))  # another process, too
    for undo_id in (12, 13):
        assert await stored.undo(HERE, "retention_days", 11, by_alice(undo_id, 9))
        assert (await stored.of(HERE))[0].retention_days == 7
    undo = (await stored.of(HERE))[1]["retention_days"]
    assert (undo.id, undo.undone) == (12, 11)
    assert await stored.undo(HERE, "retention_days", 12, by_alice(14, 9)), "the undoing, too"
    assert (await stored.of(HERE))[0].retention_days == 1


async def test_neither_an_old_change_nor_one_that_was_changed_again_is_undone(
    stored: ServerRules,
) -> None:
    await stored.change(HERE, "zone", "Europe/Berlin", by_alice(10))
    assert not await stored.undo(HERE, "zone", 10, by_alice(11, 10))
    await stored.change(HERE, "zone", "Asia/Tokyo", by_alice(12))
    assert not await stored.undo(HERE, "zone", 10, by_alice(13, 1))
    assert (await stored.of(HERE))[0].zone == "Asia/Tokyo"


async def test_a_change_that_comes_late_does_not_replace_a_later_one(stored: ServerRules) -> None:
    await stored.change(HERE, "zone", "Asia/Tokyo", by_alice(12))
    await stored.change(HERE, "zone", "Europe/Berlin", by_alice(11))
    assert (await stored.of(HERE))[0].zone == "Asia/Tokyo"


async def test_what_is_chosen_a_second_time_can_still_be_undone(stored: ServerRules) -> None:
    for change_id in (10, 11):
        await stored.change(HERE, "zone", "Asia/Tokyo", by_alice(change_id))
    assert (await stored.of(HERE))[1]["zone"] == by_alice(10)
    assert await stored.undo(HERE, "zone", 10, by_alice(12, 1))
    assert (await stored.of(HERE))[0].zone is None


async def test_a_rule_goes_back_to_its_default(stored: ServerRules) -> None:
    await stored.change(HERE, "fallbacks", (), by_alice(10))
    assert (await stored.of(HERE))[0].fallbacks == ()
    await stored.change(HERE, "fallbacks", None, by_alice(11))
    assert (await stored.of(HERE))[0].fallbacks is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("roles_denied", Rules(roles_allowed=NOBODY)),
        ("zone", Rules()),
        ("local_channels", Rules(is_local_only=True)),
        ("of_later", Rules()),
    ],
)
async def test_a_rule_that_cannot_be_read_lets_nobody_in(
    stored: ServerRules, database: Database, name: str, expected: Rules
) -> None:
    await stored.change(HERE, "zone" if name == "of_later" else name, "x", by_alice(10))
    spoil = text("UPDATE server_rules SET value = '{', name = :name")
    await database.run(lambda connection: connection.execute(spoil, {"name": name}))
    assert (await stored.of(HERE))[0] == expected


async def test_the_servers_that_keep_to_local_models_are_found(stored: ServerRules) -> None:
    await stored.change(HERE, "local_channels", (7,), by_alice(10))
    await stored.change(HERE, "zone", "UTC", by_alice(11))
    await stored.change(ELSEWHERE, "zone", "UTC", by_alice(12))
    await stored.change(7, "is_local_only", True, by_alice(13))
    await stored.change(7, "is_local_only", None, by_alice(14))
    assert await stored.local() == {HERE: Rules(local_channels=(7,), zone="UTC")}
