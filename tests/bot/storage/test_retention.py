import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from bot.storage import retention
from connectors.database import Config
from connectors.database.database import Database
from connectors.database.schema import (
    erasures,
    jobs,
    opt_outs,
    server_rules,
    summaries,
    turn_messages,
    turns,
)

DAY_US = 86_400_000_000
NOW = int(time.time() * 1e6)
SHORT, LONG, NONE, USUAL = 1, 2, 3, 4


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(Config(tmp_path, database_url))
    await database.run(_fill)
    yield database
    await database.aclose()


def _fill(connection: Connection) -> None:
    rule: dict[str, Any] = {"changed_by": 1, "changed_at": 0, "change_id": 1, "previous": None}
    rule["name"] = "retention_days"
    days = {SHORT: "7", LONG: "365", NONE: "0", USUAL: None}
    rows = [rule | {"guild_id": guild, "value": value} for guild, value in days.items()]
    rows.append(rows[0] | {"name": "zone", "value": '"UTC"'})
    connection.execute(insert(server_rules), rows)
    for guild_id in (SHORT, LONG, NONE, USUAL, None):
        for age in (3, 10, 40, 400):
            _add(connection, guild_id, age)


def _add(connection: Connection, guild_id: int | None, age: int) -> None:
    turn_id, created_at = (guild_id or 9) * 1000 + age, NOW - age * DAY_US
    turn: dict[str, Any] = dict.fromkeys(("author", "prompt", "extras", "answer"), "")
    turn |= {"id": turn_id, "root_id": turn_id, "guild_id": guild_id, "created_at": created_at}
    turn |= {"parent_id": 0, "channel_id": 1, "author_id": 1}
    connection.execute(insert(turns).values(turn))
    connection.execute(insert(turn_messages).values(message_id=turn_id, turn_id=turn_id))
    summary = {"turn_id": turn_id, "root_id": turn_id, "summary": "", "created_at": NOW}
    connection.execute(insert(summaries).values(summary))
    job: dict[str, Any] = dict.fromkeys(("attempts", "failures", "crashes", "version"), 0)
    job |= {"kind": "answer", "state": "settled", "payload": "{}", "draft": "{}", "owner_id": 1}
    job |= {"id": f"{turn_id}", "guild_id": guild_id, "visible_at": created_at}
    job |= {"next_run": created_at, "created_at": created_at}
    connection.execute(insert(jobs).values(job))


def _left(connection: Connection) -> dict[str, list[int]]:
    tables = {turns: "id", turn_messages: "turn_id", summaries: "turn_id", jobs: "id"}
    return {
        table.name: sorted(int(row[0]) for row in connection.execute(select(table.c[key])))
        for table, key in tables.items()
    }


async def test_each_server_remembers_as_long_as_it_says(database: Database) -> None:
    await database.run(lambda connection: retention.purge(connection, NOW, NOW - 30 * DAY_US))
    left = await database.run(_left)
    expected = [1003, 2003, 2010, 2040, 4003, 4010, 9003, 9010]
    assert left["turns"] == left["turn_messages"] == left["summaries"] == expected
    # The ledger deletes the rest by the operator's own time.
    assert [job for job in left["jobs"] if job < 4000] == [1003, 2003, 2010, 2040]


async def test_answers_go_with_who_wants_nothing_remembered_and_old_erasures_with_time(
    database: Database,
) -> None:
    def fill(connection: Connection) -> None:
        connection.execute(insert(opt_outs).values(user_id=1, name="history"))
        for subject, age in ((1, 40), (2, 20)):
            row = {"subject_id": subject, "until": 1, "erased_at": NOW - age * DAY_US}
            connection.execute(insert(erasures).values(row))

    await database.run(fill)
    await database.run(lambda connection: retention.purge(connection, NOW, NOW - 30 * DAY_US))
    assert (await database.run(_left))["jobs"] == []
    kept = await database.run(lambda c: c.execute(select(erasures.c.subject_id)).scalars().all())
    assert kept == [2]
