import subprocess
import sys
from pathlib import Path

import pytest

from connectors import ApiRequestFailed
from connectors.database import Config, is_available, load_from_env, try_load
from connectors.database.address import Address

ROOT = Path(__file__).parents[3]


def test_without_an_address_the_ledger_is_a_file() -> None:
    assert load_from_env({"ABI_FILES_LAST": "1"}) == Config(Path("data"), None)
    assert load_from_env({"ABI_DATA_DIR": " /srv/abi ", "DATABASE_URL": " "}).data_dir == Path(
        "/srv/abi"
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_is_understood(scheme: str) -> None:
    config = load_from_env({"DATABASE_URL": f"{scheme}://me:secret@db/abi"})
    assert isinstance(config.address, Address)
    assert config.address.url == "postgresql://me:secret@db/abi"
    assert "secret" not in repr(config)


@pytest.mark.parametrize("address", ["mysql://db/abi", "nonsense", "redis://db"])
def test_another_address_is_refused_in_words_that_mend_it(address: str) -> None:
    environ = {"DATABASE_URL": address}
    assert not is_available(environ)
    for load in (load_from_env, try_load):
        with pytest.raises(ApiRequestFailed, match=r"DATABASE_URL .* set it to postgresql://"):
            load(environ)


def test_the_abi_name_of_the_address_wins_and_is_the_one_that_a_message_names() -> None:
    environ = {"DATABASE_URL": "postgres://plain", "ABI_DATABASE_URL": "postgres://abi"}
    assert load_from_env(environ).database_url == "postgres://abi"
    assert load_from_env(environ | {"ABI_DATABASE_URL": " "}).database_url == "postgres://plain"
    with pytest.raises(ApiRequestFailed, match="ABI_DATABASE_URL is not the address"):
        load_from_env(environ | {"ABI_DATABASE_URL": "nonsense"})


def test_a_file_on_a_dyno_does_not_last() -> None:
    assert load_from_env({"ABI_FILES_LAST": "1"}).is_lasting
    assert not load_from_env({"DYNO": "worker.1"}).is_lasting
    assert load_from_env({"DYNO": "worker.1", "DATABASE_URL": "postgres://db/abi"}).is_lasting


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    heavy = "{'sqlalchemy', 'apscheduler', 'alembic', 'psycopg'}"
    code = (
        "import sys, connectors, connectors.local_scheduler as ledger; ledger.load_from_env({});"
        f"sys.exit(bool({heavy} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)  # noqa: S603
