import io
import os
from pathlib import Path

import pytest

from bot.sandbox.child import SCRIPTED, follow, own, providers
from bot.sandbox.clock import SandboxClock
from bot.settings import load
from connectors import PROVIDERS

REAL = {"DATABASE_URL": "postgresql://db/real", "ABI_DATA_DIR": "/srv/real"}


def test_nothing_is_stored_where_the_real_bot_stores_it(tmp_path: Path) -> None:
    chosen = own(load(REAL), tmp_path)
    assert (chosen.data_dir, chosen.database_url) == (tmp_path, None)
    assert chosen.is_lasting
    assert chosen.ledger.file == tmp_path / "abi.db"


def test_the_scripted_model_answers_if_no_other_can() -> None:
    rows = providers("http://127.0.0.1:1/v1")
    assert [*rows] == [*PROVIDERS, SCRIPTED]
    assert rows[SCRIPTED].base_url == "http://127.0.0.1:1/v1"
    assert not rows[SCRIPTED].needs_key


@pytest.mark.parametrize("name", ["abi-sandbox-x", "data"])
def test_a_bot_whose_sandbox_has_ended_removes_only_what_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    folder, clock = tmp_path / name, SandboxClock()
    folder.mkdir()
    (folder / "abi.db").touch()
    follow(clock, folder, io.StringIO("60.0\n3600.5\n"))
    assert clock.ahead_s == 3600.5
    assert codes == [0]
    assert folder.exists() is (name == "data")
