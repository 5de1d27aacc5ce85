from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.providers.preferences import Place
from bot.storage.holdings import OptOut
from bot.storage.opt_outs import OptOuts
from bot.storage.turn import Turn
from bot.storage.turns import Turns
from connectors.database import Config
from connectors.database.database import Database

ALICE, BOB, HERE = 1, 2, Place(user_id=1, channel_id=5, guild_id=None)


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(Config(tmp_path, database_url))
    yield database
    await database.aclose()


async def test_who_opts_out_of_digests_is_out_until_they_are_back(database: Database) -> None:
    opt_outs = OptOuts(database)
    await opt_outs.choose(ALICE, OptOut.DIGESTS, is_out=True)
    await opt_outs.choose(ALICE, OptOut.DIGESTS, is_out=True)
    assert await opt_outs.of(ALICE) == {"digests"}
    assert await opt_outs.out_of_digests([ALICE, BOB]) == {ALICE}
    assert await opt_outs.out_of_digests([]) == set()
    await opt_outs.choose(ALICE, OptOut.DIGESTS, is_out=False)
    assert await opt_outs.of(ALICE) == set()


async def test_who_opts_out_of_history_is_forgotten_and_not_remembered_again(
    database: Database,
) -> None:
    opt_outs, turns = OptOuts(database), Turns(database)
    first = Turn(10, 0, None, 5, ALICE, "alice", "one", answer="so")
    await turns.answer(first, [11])
    await turns.answer(replace(first, id=20, parent=10, author_id=BOB), [21])
    await opt_outs.choose(ALICE, OptOut.HISTORY, is_out=True)
    assert await turns.forgets(ALICE)
    # An answer that ends late, an edit, and a new question.
    await turns.answer(first, [12])
    await turns.begin(first)
    await turns.begin(replace(first, id=30))
    await turns.adopt(30, 31)
    assert await turns.of_message(31) is None
    assert [t.prompt for t in (await turns.chain(20, HERE)).turns] == ["", "one"]
    await opt_outs.choose(ALICE, OptOut.HISTORY, is_out=False)
    await turns.begin(replace(first, id=40))
    assert await turns.of_message(40) == (40, 5)
