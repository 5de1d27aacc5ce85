"""Property: nothing reaches other models where only local ones may answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refused
from bot.providers.catalog import Catalog
from bot.providers.generate_text import GenerationFailed, TextGenerator
from bot.providers.generation import Generation
from bot.providers.outlet import Outlet
from bot.providers.preferences import Place, Preference, Scope
from bot.providers.question import Prepared, Progress, Question
from bot.providers.routing import Route, Routing
from bot.rules.locality import Locality
from bot.rules.service import RuleBook
from bot.storage.rules import Change, Model, Rules
from connectors import (
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    InvalidResponse,
    Role,
)
from connectors.database import DatabaseUnavailable
from tests.bot.providers.scripted import END, Act, Cast, said
from tests.bot.rules.test_locality import BARREL, CELLAR, HALL, SERVER, THREAD, Discord

NAMES = ("openai", "mistral", "ollama", "vllm")
HERE = Place(1, HALL, SERVER)


class Stored:
    """The rules of one server, in a database that goes away after they were read once."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.is_away = rules, False

    async def of(self, _: int) -> tuple[Rules, dict[str, Change]]:
        if self.is_away:
            raise DatabaseUnavailable
        return self.rules, {}

    async def local(self) -> dict[int, Rules]:
        return {}


class Chosen:
    def __init__(self, choices: Sequence[Preference]) -> None:
        self.choices = choices

    async def at(self, _: Place) -> Sequence[Preference]:
        return self.choices


FAILS: list[Act] = [
    [ApiRequestFailed("x", 500)],
    [said("Be"), InvalidResponse("x", reason="truncated", retryable=True)],
    [ApiRequestFailed("x", 401, "auth")],
    [ApiRequestFailed("x", 400, "context_length")],
]
WORKS: Act = [said("cause."), END]
ACTS = st.sampled_from([*FAILS, WORKS])
PROVIDERS = st.sampled_from(NAMES)
MAYBE = st.none() | PROVIDERS
PLACES = st.sampled_from([HALL, BARREL, THREAD])
RULES = st.builds(
    Rules,
    is_local_only=st.booleans(),
    local_channels=st.lists(st.sampled_from([CELLAR, BARREL, THREAD, HALL])).map(tuple),
    model=st.none() | st.builds(Model, PROVIDERS, st.none() | st.just("m")),
    fallbacks=st.none() | st.lists(PROVIDERS, unique=True, max_size=3).map(tuple),
)
CHOICES = st.lists(st.builds(Preference, st.sampled_from(Scope), PROVIDERS, st.none()), max_size=2)
ABOVE = {HALL: {HALL}, BARREL: {BARREL, CELLAR}, THREAD: {THREAD, BARREL, CELLAR}}


def is_local(rules: Rules, channel_id: int) -> bool:
    """Return whether only local models may answer, said as simply as possible."""
    return rules.is_local_only or not ABOVE[channel_id].isdisjoint(rules.local_channels)


class Run:
    """A server with random rules, and people whose requests meet failing providers."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.rules, self.place = draw(RULES), Place(1, draw(PLACES), SERVER)
        self.is_vllm_local = draw(st.booleans())
        environ = {} if self.is_vllm_local else {"VLLM_HOST": "https://gpu.example.com"}
        self.cast = Cast({name: [draw(ACTS)] * 20 for name in NAMES}, environ)
        self.stored, self.now = Stored(self.rules), [0.0]
        self.book = RuleBook(cast(Any, self.stored), clock=lambda: self.now[0])
        self.catalog = Catalog(self.cast)
        usable = draw(st.lists(PROVIDERS, unique=True))
        self.catalog.usable = lambda: usable  # type: ignore[method-assign]
        self.routing = Routing(
            self.catalog,
            cast(Any, Chosen(draw(CHOICES))),
            draw(MAYBE),
            order=draw(st.lists(PROVIDERS, unique=True, max_size=2)),
            rules=self.book.of,
            is_local_only=Locality(
                self.book.of, cast(Any, Discord()), self.catalog.has_local
            ).applies,
        )
        self.texts = TextGenerator(self.cast, self.catalog, self.routing)

    async def prepare(self, question: Question, provider: str, model: str | None) -> Prepared:
        """Summarise first, as long conversations are."""
        await self.texts.complete(self.place, provider, model, "", "what was said before")
        return Prepared([ChatMessage(Role.USER, question.prompt)])

    async def answer(self, progress: Progress) -> None:
        """Answer a question that may name a provider, or go on with an answer of anybody's."""
        question = Question("why?", self.draw(MAYBE), self.draw(st.sampled_from([None, "m"])))
        if self.draw(st.booleans()):  # a route that somebody made who knows nothing of the rule
            route = Route(tuple(self.draw(st.lists(PROVIDERS, unique=True, min_size=1))), None, "")
        else:
            route = await self.routing.route(self.place, question.provider, question.model)
        generation = Generation(
            question,
            self.cast,
            self.catalog,
            lambda: None,
            self.routing.outlet(self.place),
            progress,
            prepare=self.prepare,
        )
        await generation.run(route)
        assert generation.outlet.is_local_only == is_local(self.rules, self.place.channel_id)

    async def all(self) -> None:
        await self.book.of(SERVER)
        self.stored.is_away = self.draw(st.booleans())
        self.now[0] = 1_000.0
        with suppress(Refused):
            await self.answer(Progress())
        with suppress(Refused):
            await self.answer(Progress("Half an", provider=self.draw(PROVIDERS)))
        with suppress(GenerationFailed):
            await self.texts.generate(self.place, "", "a digest, or the title of a thread")
        await self.catalog.aclose()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nothing_leaves_whatever_is_set_asked_and_broken(data: st.DataObject) -> None:
    run = Run(data.draw)
    asyncio.run(run.all())
    if is_local(run.rules, run.place.channel_id):
        asked = {name for name, times in run.cast.asked().items() if times}
        assert asked <= {"ollama", *(["vllm"] if run.is_vllm_local else [])}
        assert all(r.stays_local for name in asked for r in run.cast.parts[name].requests)


async def test_a_rule_that_is_set_while_an_answer_is_written_holds_for_the_next_request() -> None:
    is_set = False

    async def is_local_only(_: Place) -> bool:
        return is_set

    cast_ = Cast({"openai": [[said("a"), END]], "ollama": [[said("b"), END]]})
    outlet = Outlet(cast_, HERE, is_local_only)
    request = ChatRequest([])
    assert [c async for c in await outlet.send("openai", request)] == [said("a"), END]
    is_set = True
    with pytest.raises(ApiRequestFailed) as raised:
        await outlet.send("openai", request)
    assert raised.value.reason == "not_local"
    assert [c async for c in await outlet.send("ollama", request)] == [said("b"), END]
    assert [r.stays_local for part in cast_.parts.values() for r in part.requests] == [False, True]
