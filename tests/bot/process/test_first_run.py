from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.process import first_run, texts
from bot.process.first_run import FirstRun
from bot.sandbox.discord_server import DiscordServer, Fault
from bot.sandbox.model_server import ModelServer
from connectors import Connectors, env_file

KEY = "sk-a-key"


class Somebody:
    """A person who types these answers, one after the other, and then no more."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.read = ""

    def say(self, text: str) -> None:
        self.read += f"{text}\n"

    def answer(self, question: str) -> str:
        self.read += question
        if not self._answers:
            raise EOFError
        return self._answers.pop(0)

    secret = answer


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


@pytest.fixture(autouse=True)
def nothing_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for no servers at the default addresses of this machine."""

    class WithKeys(Connectors):
        def __init__(self, environ: dict[str, str]) -> None:
            super().__init__(environ, retries=0)
            rows = {name: row for name, row in self.providers.items() if row.needs_key}
            self.providers = rows

    monkeypatch.setattr(first_run, "Connectors", WithKeys)


async def test_a_token_and_a_key_are_asked_for_checked_and_kept(
    tmp_path: Path, discord: DiscordServer
) -> None:
    path, environ = tmp_path / ".env", {"DISCORD_API_URL": discord.api_url}
    path.write_text("# mine\nDISCORD_BOT_TOKEN=\n")
    async with ModelServer() as model:
        model.api_key = KEY
        environ["OPENAI_BASE_URL"] = model.base_url
        person = Somebody("two words", "wrong", discord.token, "9", "1", "sk-wrong", KEY)
        assert await FirstRun(environ, person, path).run()
    kept: dict[str, str] = {}
    env_file.load(path, kept)
    assert kept == {"DISCORD_BOT_TOKEN": discord.token, "OPENAI_API_KEY": KEY}
    assert path.read_text().startswith("# mine\n")
    for said in (
        "DISCORD_BOT_TOKEN holds a space",
        texts.IT_IS_REFUSED,
        "Accepted: Abi.",
        "1  OpenAI\n",
        "Type a number from 1 to 5",
        "OpenAI refused this key.",
        texts.KEY_ACCEPTED,
        f"https://discord.com/oauth2/authorize?client_id={discord.application_id}&",
    ):
        assert said in person.read
    for secret in (discord.token, "sk-wrong", "two words"):
        assert secret not in person.read
    assert person.read.index("authorize?") > person.read.index(texts.KEY_ACCEPTED)


async def test_enter_alone_ends_it_without_a_token_and_leaves_the_provider_for_later(
    tmp_path: Path, discord: DiscordServer
) -> None:
    path, environ = tmp_path / ".env", {"DISCORD_API_URL": discord.api_url}
    assert not await FirstRun(environ, Somebody(""), path).run()
    assert await FirstRun(environ, Somebody(discord.token, ""), path).run()
    assert path.read_text() == f"DISCORD_BOT_TOKEN={discord.token}\n"


async def test_what_is_set_up_is_not_asked_for(tmp_path: Path, discord: DiscordServer) -> None:
    environ = {"DISCORD_API_URL": discord.api_url, "MISTRAL_API_KEY": KEY}
    person = Somebody(discord.token)
    environ["MISTRAL_BASE_URL"] = "http://127.0.0.1:9"
    assert await FirstRun(environ, person, tmp_path / ".env").run()
    assert "Mistral: nothing to do." in person.read


async def test_what_cannot_be_checked_is_kept_all_the_same(
    tmp_path: Path, discord: DiscordServer
) -> None:
    discord.inject(Fault(status=403))
    environ = {"DISCORD_API_URL": discord.api_url, "OPENAI_BASE_URL": "http://127.0.0.1:9"}
    person = Somebody("a.b.c", "1", KEY)
    assert await FirstRun(environ, person, tmp_path / ".env").run()
    assert person.read.count("Could not be checked (") == 2
    assert "authorize" not in person.read
    kept = (tmp_path / ".env").read_text()
    assert kept == f"DISCORD_BOT_TOKEN=a.b.c\nOPENAI_API_KEY={KEY}\n"


def test_who_goes_away_has_set_up_nothing(tmp_path: Path) -> None:
    person = Somebody()
    assert not first_run.guide({}, person, tmp_path / ".env")
    assert person.read.endswith(f"{texts.ENDED}\n")
    assert list(tmp_path.iterdir()) == []


def test_without_a_terminal_nobody_can_be_asked() -> None:
    assert not first_run.is_possible()
