import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import PrivateRefusal
from bot.limits.books import Books
from bot.limits.prices import Price, Prices
from bot.limits.service import Limiter
from bot.providers.catalog import Catalog, ListedModel
from bot.providers.preferences import Place
from bot.providers.question import Question
from bot.providers.routing import Route
from bot.storage.limits import AtLimit, Limits, OperatorLimits, RoleLimits
from bot.storage.rules import DEFAULTS, Change, Model, Rules
from bot.storage.usage import Usage
from bot.storage.use import Account, Spent
from connectors import ApiRequestFailed
from connectors.database import DatabaseUnavailable
from connectors.database.database import Database
from tests.bot.providers.scripted import Cast
from tests.databases import new_file

HERE, ALICE, BOSS, OWNER = 5, 1, 9, 10
NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)
PLACE = Place(ALICE, 7, HERE)
ASKED = Question("why?")  # about 2,300 tokens with what is reserved for its answer
PRICES = [
    Price("openai", ["large"], 10.0, 10.0),
    Price("openai", ["medium"], 2.0, 2.0),
    Price("openai", ["small"], 1.0, 1.0),
    Price("mistral", ["*"], 3.0, 3.0),
]


class House:
    """A limiter over a real database, with what it asks in memory."""

    def __init__(self, database: Database, operator: OperatorLimits, **rules: Any) -> None:
        self.now, self.rules = NOW, Rules(**rules) if rules else DEFAULTS
        self.told: list[tuple[int, str]] = []
        self.members: list[int] | None = []
        self.usage = Usage(database, clock=self._clock)
        cast = Cast({"openai": [], "mistral": [], "lm_studio": []})
        catalog = Catalog(cast)
        catalog.usable = lambda: list(cast.parts)  # type: ignore[method-assign]
        catalog.is_local = self._is_local  # type: ignore[method-assign]
        names = ("large", "medium", "small")
        listed = [ListedModel("openai", name) for name in names] + [ListedModel("mistral", "m")]
        catalog.search = lambda *_, **__: listed  # type: ignore[method-assign]
        self.catalog = catalog
        books = Books(self.usage, Prices(PRICES, self._is_local), self.of, clock=self._clock)
        routing: Any = self
        rest: Any = SimpleNamespace(member=self._member, guild=self._guild)
        self.limiter = Limiter(books, routing, self, rest, operator, self._tell, lambda: [OWNER])

    def _is_local(self, name: str, model: str | None = None) -> bool:  # noqa: ARG002
        return name == "lm_studio"

    def _clock(self) -> float:
        return self.now.timestamp()

    async def of(self, _: int | None) -> Rules:
        return self.rules

    async def read(self, _: int) -> tuple[Rules, dict[str, Change]]:
        return self.rules, {"limits_server": Change(1, BOSS, NOW)}

    async def route(self, _: Place, provider: str | None = None, model: str | None = None) -> Route:
        return Route((provider or "openai",), model or "large", "")

    async def _guild(self, guild_id: int) -> Any:
        return SimpleNamespace(id="9", name=f"Kitchen {guild_id}", owner_id=str(BOSS), roles=[])

    async def _member(self, *_: int) -> Any:
        if self.members is None:
            raise ApiRequestFailed("discord", 500)
        return SimpleNamespace(user=None, roles=self.members, communication_disabled_until=None)

    async def _tell(self, user_id: int, said: str, _: str) -> None:
        self.told.append((user_id, said))

    async def ask(self, answer: str, question: Question = ASKED) -> Question | str:
        """Return the question as it is let in, or why it is not."""
        try:
            return await self.limiter.admit(account(answer), PLACE, question)
        except PrivateRefusal as error:
            return str(error)

    async def end(self, answer: str, tokens: int = 100, model: str = "large") -> None:
        await self.limiter.settle(account(answer), [Spent("openai", model, tokens)])


def account(answer: str) -> Account:
    return Account(answer, HERE, ALICE, answer)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(new_file(tmp_path))
    yield database
    await database.aclose()


async def test_without_limits_the_database_is_not_asked() -> None:
    house = House(None, OperatorLimits())  # type: ignore[arg-type]  # it would fail
    assert await house.ask("a") == ASKED


async def test_the_last_answer_of_a_burst_goes_over_a_limit_and_no_other(
    database: Database,
) -> None:
    house = House(database, OperatorLimits(), limits_person=Limits(cost_day=1_000))
    await house.ask("a")
    await house.end("a", tokens=99)  # 990 millionths of a dollar
    asked = await asyncio.gather(*(house.ask(f"b{n}") for n in range(50)))
    assert sum(isinstance(each, Question) for each in asked) == 1
    let_in = next(n for n, each in enumerate(asked) if isinstance(each, Question))
    await house.end(f"b{let_in}")
    said = await house.ask("c")
    assert isinstance(said, str)
    assert said.startswith("You have used your $0.001 for today. Ask again <t:1896134400:R> (")
    house.now = datetime(2030, 2, 1, 0, 0, 1, tzinfo=UTC)
    assert await house.ask("d") == ASKED


async def test_a_role_is_asked_for_only_where_it_matters(database: Database) -> None:
    roles = (RoleLimits(7, Limits(questions_day=2)),)
    one = Limits(questions_day=1)
    house = House(database, OperatorLimits(), limits_person=one, limits_roles=roles)
    house.members = [7]
    assert [isinstance(await house.ask(name), Question) for name in "abc"] == [True, True, False]
    house.members = None  # Discord does not say
    assert isinstance(await house.ask("d"), str)


@pytest.mark.parametrize(
    ("at_limit", "left", "instead"),
    [
        (AtLimit.NOBODY, 0, None),
        (AtLimit.LOCAL, 0, Model("lm_studio")),
        (AtLimit.CHEAPER, 8_000, Model("mistral", "m")),
        (AtLimit.CHEAPER, 6_000, Model("openai", "medium")),
        (AtLimit.CHEAPER, 3_000, Model("openai", "small")),
        (AtLimit.CHEAPER, 0, Model("lm_studio")),
    ],
)
async def test_at_a_limit_another_model_answers_if_the_server_allows_it(
    database: Database, at_limit: AtLimit, left: int, instead: Model | None
) -> None:
    limits = Limits(cost_day=30_000)
    house = House(database, OperatorLimits(), limits_person=limits, at_limit=at_limit)
    await house.ask("a")
    await house.end("a", tokens=(30_000 - left) // 10)
    found = await house.ask("b", Question("why?", "openai", "large"))
    if instead is None:
        assert isinstance(found, str)
    else:
        assert isinstance(found, Question)
        assert found.instead == instead
        assert (found.provider, found.model) == ("openai", "large"), "as it was asked"
        assert found.asks == (instead.provider, instead.model)


async def test_where_no_model_fits_the_last_answer_goes_over_the_limit(database: Database) -> None:
    limits = Limits(cost_day=30_000)
    house = House(database, OperatorLimits(), limits_person=limits, at_limit=AtLimit.CHEAPER)
    await house.ask("a")
    await house.end("a", tokens=2_900)
    assert await house.ask("b") == ASKED, "not even the cheapest fits"


async def test_somebody_is_told_once_that_a_limit_is_near(database: Database) -> None:
    server = Limits(questions_day=5)
    operator = OperatorLimits(everywhere=Limits(questions_day=5))
    person = Limits(questions_day=5)
    house = House(database, operator, limits_person=person, limits_server=server)
    for name in "abcde":
        await house.ask(name)
        await house.end(name)
        assert len(house.told) == (3 if name in "de" else 0)
    assert [user_id for user_id, _ in house.told] == [ALICE, BOSS, OWNER]
    assert all("80 %" in said for _, said in house.told)
    assert ["Kitchen" in said for _, said in house.told] == [True, True, False]


async def test_a_notice_that_a_crash_has_held_up_is_sent_by_the_next_process(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError

    for name in ("a", "b", "c"):
        house = House(database, OperatorLimits(), limits_person=Limits(cost_day=1_000))
        if name == "a":
            monkeypatch.setattr(house.limiter, "_tell", crash)
        await house.ask(name)
        await house.end(name, tokens=95 if name == "a" else 0)
        assert len(house.told) == (1 if name == "b" else 0)


async def test_a_notice_about_a_month_outlives_the_upkeep(database: Database) -> None:
    limits = Limits(cost_month=1_000)
    for name in ("a", "b"):  # as another process, which remembers nothing
        house = House(database, OperatorLimits(), limits_person=limits)
        await house.ask(name)
        await house.end(name, tokens=95)
        await database.run(house.usage.upkeep)
        assert len(house.told) == (1 if name == "a" else 0)


async def test_while_the_database_is_away_questions_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(database, OperatorLimits(), limits_person=Limits(questions_day=0))

    async def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("it is away")

    monkeypatch.setattr(database, "run", away)
    assert await house.ask("a") == ASKED
    await house.limiter.release(account("a"))


async def test_what_the_database_is_too_slow_to_check_is_refused_and_freed(
    database: Database,
) -> None:
    house = House(database, OperatorLimits(), limits_person=Limits(questions_day=1))
    held = threading.Event()
    first = asyncio.create_task(database.run(lambda _: held.wait(10)))
    await asyncio.sleep(0)
    with pytest.raises(PrivateRefusal, match="in time"):
        await house.limiter.admit(account("a"), PLACE, ASKED, within_s=0.01)
    held.set()
    await first
    await asyncio.gather(*house.limiter._books._freeing)
    assert await house.ask("b") == ASKED, "nothing is left reserved for the first"


async def test_what_is_not_asked_after_all_is_freed(database: Database) -> None:
    house = House(database, OperatorLimits(), limits_person=Limits(questions_day=1))
    with pytest.raises(RuntimeError):
        async with house.limiter.admitting(account("a"), PLACE, ASKED):
            raise RuntimeError
    assert await house.ask("b") == ASKED
