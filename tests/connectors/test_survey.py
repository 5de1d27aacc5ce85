from pathlib import Path

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.model_server import ModelServer
from connectors import PROVIDERS, Connectors
from connectors.__main__ import as_json, table
from connectors.survey import survey

KEY = "sk-a-key-that-nothing-shows"


def openai(server: ModelServer) -> Connectors:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
    return Connectors(environ, providers={n: PROVIDERS[n] for n in ("openai", "mistral")})


async def test_discord_is_shown_with_the_bots_name() -> None:
    async with DiscordServer() as server:
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        found = await survey(Connectors({}, providers={}), environ)
        assert f"({server.bot_user.username})" in table(found).splitlines()[1]
        wrong = await survey(Connectors({}, providers={}), environ | {"DISCORD_BOT_TOKEN": "wrong"})
    assert wrong[0].error is not None
    assert (wrong[0].error.reason, wrong[0].is_configured) == ("auth", True)


async def test_a_malformed_variable_is_shown_by_its_name() -> None:
    environ = {"DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": "?", "DATABASE_URL": "redis://db"}
    keyed = {
        "OPENAI_API_KEY": "two words",
        "MISTRAL_API_KEY": KEY,
        "MISTRAL_BASE_URL": "no address",
    }
    names = ("openai", "mistral")
    pool = Connectors(keyed, providers={name: PROVIDERS[name] for name in names})
    shown = table(await survey(pool, environ)).splitlines()
    variables = ("OPENAI_API_KEY", "MISTRAL_BASE_URL", "DISCORD_API_URL", "DATABASE_URL")
    for line, variable in zip(shown[1:], variables, strict=True):
        assert f"no: {variable} " in line
    assert "two words" not in "".join(shown)


async def test_the_scheduler_is_shown_with_its_place_and_nothing_is_made_there(
    tmp_path: Path,
) -> None:
    environ = {"ABI_DATA_DIR": str(tmp_path / "new" / "data")}
    found = await survey(Connectors({}, providers={}), environ)
    assert f"(SQLite in {tmp_path / 'new' / 'data'})" in table(found)
    assert not (tmp_path / "new").exists()


async def test_another_sqlite_is_shown_with_its_own_place(tmp_path: Path) -> None:
    for url, place in (
        (f"sqlite:///{tmp_path}/x/jobs.db", f"(SQLite in {tmp_path / 'x'})"),
        ("sqlite://", "(SQLite in memory)"),
    ):
        found = await survey(Connectors({}, providers={}), {"DATABASE_URL": url})
        assert place in table(found)


async def test_a_database_that_cannot_be_reached_is_shown_without_its_password() -> None:
    environ = {"DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/abi"}
    found = await survey(Connectors({}, providers={}), environ)
    assert found[-1].answers is False
    assert "hunter2" not in table(found) + as_json(found)
