import asyncio
from collections.abc import Sequence

import pytest

from bot.providers.catalog import Catalog
from bot.providers.generate_text import GeneratedText, GenerationFailed, TextGenerator
from bot.providers.preferences import Place, Preference, Scope
from bot.providers.routing import Routing
from bot.storage.use import Account, Spent
from connectors import PROVIDERS, ApiRequestFailed, Chunk, InvalidResponse, RateLimitExceeded
from tests.bot.providers.scripted import END, Act, Cast, said

HERE = Place(1, 2, 3)


class Chosen:
    """The preferences of everybody: Mistral, or nothing."""

    def __init__(self, provider: str | None) -> None:
        self.preferences = [Preference(Scope.ME, provider, None)] if provider else []

    async def at(self, _: Place) -> Sequence[Preference]:
        return self.preferences


async def generate(cast: Cast, chosen: str | None = None) -> GeneratedText:
    catalog = Catalog(cast)
    routing = Routing(catalog, Chosen(chosen), None)  # type: ignore[arg-type]  # it has what is asked for
    catalog.usable = lambda: list(cast.parts)  # type: ignore[method-assign]
    return await TextGenerator(cast, catalog, routing).generate(HERE, "Be brief.", "Sum up.")


async def failure(*acts: Act) -> GenerationFailed:
    """Return the failure where each provider in turn has one act."""
    with pytest.raises(GenerationFailed) as raised:
        await generate(Cast({n: [act] for n, act in zip(PROVIDERS, acts, strict=False)}))
    return raised.value


async def test_a_text_comes_with_its_author() -> None:
    cast = Cast({"openai": [[Chunk(text=" Tea. ", model="m-1"), END]]})
    assert await generate(cast) == GeneratedText("Tea.", "OpenAI · m-1")
    assert [m.content for m in cast.parts["openai"].requests[0].messages] == [
        "Be brief.",
        "Sum up.",
    ]


async def only_local(_: Place) -> bool:
    return True


async def test_a_text_says_that_only_local_models_may_write_it() -> None:
    cast = Cast({"openai": [], "ollama": [[said("Tea."), END]]})
    catalog, chosen = Catalog(cast), Chosen("openai")
    catalog.usable = lambda: list(cast.parts)  # type: ignore[method-assign]
    routing = Routing(catalog, chosen, None, is_local_only=only_local)  # type: ignore[arg-type]  # as above
    texts = TextGenerator(cast, catalog, routing)
    assert (await texts.generate(HERE, "", "")).by == "Ollama · 🔒 local models only"
    catalog.usable = lambda: ["openai"]  # type: ignore[method-assign]
    catalog.look_for_local = lambda: asyncio.sleep(0)  # type: ignore[method-assign]
    with pytest.raises(GenerationFailed, match="Only local models may answer here, and none is"):
        await texts.generate(HERE, "", "")


async def test_a_text_that_reached_the_length_limit_is_cut() -> None:
    text = await generate(Cast({"openai": [[said("Tea"), Chunk(finish_reason="length")]]}))
    assert text.is_cut


async def test_who_was_chosen_is_not_replaced() -> None:
    refused = ApiRequestFailed("mistral", 401, "auth")
    cast = Cast({"openai": [], "mistral": [[refused]]})
    with pytest.raises(GenerationFailed, match=r"^Mistral refused the key \(401\)\.$"):
        await generate(cast, "mistral")
    assert cast.asked() == {"openai": 0, "mistral": 1}


async def test_without_a_provider_there_is_no_text() -> None:
    with pytest.raises(GenerationFailed, match=r"^No language model is set up\."):
        await generate(Cast({}))


async def test_a_failure_that_may_pass_says_when() -> None:
    limited = RateLimitExceeded("openai", status=429, retry_after=90.0)
    error = await failure([limited], [ApiRequestFailed("anthropic", 401, "auth")])
    assert (error.may_pass, error.reason, error.retry_after) == (True, "auth", 0.0)
    error = await failure([limited])
    assert (error.may_pass, error.reason, error.retry_after) == (True, "rate_limit", 90.0)


@pytest.mark.parametrize(
    ("acts", "sentence", "may_pass"),
    [
        ([Chunk(finish_reason="content_filter")], "OpenAI's content filter blocked", False),
        ([Chunk(finish_reason="length")], "`m` used its whole length limit", False),
        ([Chunk(finish_reason="tool_calls")], "`m` tried to call a tool, although", False),
        ([Chunk(reasoning="hm"), END], "`m` only thought and wrote no text.", True),
        ([END], "OpenAI sent an empty answer.", True),
        ([said("Tea"), Chunk(finish_reason="error")], "OpenAI did not finish", False),
        ([Chunk(refusal="I will not."), END], "OpenAI refused to write it.", True),
    ],
)
async def test_what_is_no_text_says_why(acts: Act, sentence: str, may_pass: bool) -> None:
    error = await failure([Chunk(model="m"), *acts])
    assert str(error).startswith(sentence)
    assert error.may_pass is may_pass


@pytest.mark.parametrize(
    ("act", "text"),
    [
        ([said("Well "), Chunk(retracts=True), said("a "), said("text"), END], "a text"),
        ([said("half"), Chunk(finish_reason="length")], None),
        ([said("half"), InvalidResponse("openai", reason="truncated")], None),
        ([ApiRequestFailed("openai", 500)], None),
    ],
)
async def test_a_text_that_a_request_needs_first_is_whole_or_none(
    act: Act, text: str | None
) -> None:
    cast = Cast({"openai": [act]})
    catalog = Catalog(cast)
    routing = Routing(catalog, Chosen(None), None)  # type: ignore[arg-type]  # as above
    bills: list[tuple[Account, Sequence[Spent]]] = []

    async def settle(account: Account, spent: Sequence[Spent]) -> None:
        bills.append((account, spent))

    generator = TextGenerator(cast, catalog, routing, settle)
    assert await generator.complete(HERE, "openai", "small", "Be brief.", "text") == text
    [(account, spent)] = bills  # of the server, not of the person
    assert (account.guild_id, account.user_id) == (HERE.guild_id or 0, 0)
    assert len(spent) == (0 if isinstance(act[0], ApiRequestFailed) else 1)
    request = cast.parts["openai"].requests[0]
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.model == "small"


async def test_the_bots_own_texts_take_turns_with_people_as_one_person() -> None:
    cast = Cast({"ollama": [[said("Tea."), END]] * 2})
    catalog = Catalog(cast)
    catalog.usable = lambda: list(cast.parts)  # type: ignore[method-assign]
    routing = Routing(catalog, Chosen(None), None)  # type: ignore[arg-type]  # it has what is asked for
    generator, line = TextGenerator(cast, catalog, routing), catalog.backends["ollama"].line
    first = line.turn(person=7)
    async with first:
        texts = [asyncio.create_task(generator.generate(HERE, "", str(n))) for n in range(2)]
        for _ in range(20):
            await asyncio.sleep(0)
        served = line.turn(person=8)
        waiting = asyncio.create_task(served.__aenter__())
        await asyncio.sleep(0)
        assert served.place == 2, "between the two texts"
    await asyncio.gather(texts[0], waiting)
    await served.__aexit__()
    assert (await texts[1]).text == "Tea."
