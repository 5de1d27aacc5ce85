from pathlib import Path

from sqlalchemy import bindparam, literal, select

from connectors.database.config import Config
from connectors.database.database import Database
from connectors.database.prepared import Prepared


async def test_a_statement_runs_with_values_and_with_its_own_constants(
    tmp_path: Path, database_url: str | None
) -> None:
    plain = Prepared("SELECT :a || ' %' AS said, CAST(:b AS TEXT) AS b")
    built = Prepared(select(literal(7).label("own"), bindparam("b_a").label("given")))
    database = Database(Config(tmp_path, database_url))
    for _ in range(2):  # made, and found
        row = await database.run(lambda c: plain.run(c, {"a": "50", "b": "x"}).fetchone())
        other = await database.run(lambda c: built.run(c, {"b_a": "it's"}).fetchone())
    await database.aclose()
    assert row == ("50 %", "x")
    assert other == (7, "it's")
