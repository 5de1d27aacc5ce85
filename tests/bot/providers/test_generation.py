"""Tests of generation and failover; the models are scripts in memory."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest

from bot.answers.footer import closing_lines, why_failed
from bot.providers.breaker import FAILURES
from bot.providers.catalog import Catalog
from bot.providers.generation import ANSWER_LIMIT, Generation
from bot.providers.outlet import Outlet
from bot.providers.preferences import Place
from bot.providers.question import Prepared, Question
from bot.providers.routing import Route
from connectors import (
    PROVIDERS,
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    Chunk,
    InvalidResponse,
    OutOfMemory,
    Role,
    Timeout,
    UnmarkedEnd,
    Usage,
)
from tests import virtual_time
from tests.bot.providers.scripted import END, Act, Cast, Scripted, said
from tests.rows import each


def out(cast: Cast) -> Outlet:
    return Outlet(cast, Place(1, 2, 3))


async def read(cast: Cast, prompt: str = "why?", *, chosen: str | None = None) -> Generation:
    generation = Generation(Question(prompt), cast, Catalog(cast), lambda: None, out(cast))
    candidates = (chosen,) if chosen else tuple(cast.parts)
    await generation.run(Route(candidates, None, "", is_chosen=chosen is not None))
    return generation


ELSEWHERE = {
    "bad_request": ApiRequestFailed("openai", 400, "bad_request"),
    "validation": ApiRequestFailed("openai", 422, "validation"),
    "context_length": ApiRequestFailed("openai", 400, "context_length"),
    "too_large": ApiRequestFailed("openai", 413, "too_large"),
    "too_large of a reply": OutOfMemory("openai"),
    "an unfit image": ApiRequestFailed("openai", None, "bad_request"),
    "auth": ApiRequestFailed("openai", 401, "auth"),
    "not_found": ApiRequestFailed("openai", 404, "not_found"),
    "wrong_address": ApiRequestFailed("openai", 405, "wrong_address"),
    "content_filter": ApiRequestFailed("openai", 400, "content_filter"),
    "nonsense": InvalidResponse("openai"),
    "silence": Timeout("openai"),
}


@each("reason", ELSEWHERE)
async def test_the_next_one_is_asked_before_the_first_word(reason: str) -> None:
    cast = Cast({"openai": [[ELSEWHERE[reason]]], "mistral": [[said("Because."), END]]})
    generation = await read(cast)
    assert (generation.text, generation.provider) == ("Because.", "mistral")
    assert cast.asked() == {"openai": 1, "mistral": 1}


@each("reason", ELSEWHERE)
async def test_the_next_one_goes_on_after_some_words(reason: str) -> None:
    error = ELSEWHERE[reason]
    acts: list[Act] = [[said("Be"), error], *([[error]] if error.retryable else [])]
    cast = Cast({"openai": acts, "mistral": [[said("cause."), END]]})
    assert (await read(cast)).text == "Because."
    assert cast.parts["mistral"].requests[0].messages[1].content == "Be"


async def test_who_was_chosen_is_not_replaced() -> None:
    refused = ApiRequestFailed("openai", 400, "bad_request")
    cast = Cast({"openai": [[refused]], "mistral": []})
    generation = await read(cast, chosen="openai")
    assert (generation.finish_reason, len(generation.failures)) == (None, 1)
    assert cast.asked() == {"openai": 1, "mistral": 0}


async def test_a_model_that_is_named_for_one_provider_is_asked_of_that_only() -> None:
    refused = ApiRequestFailed("openai", 404, "not_found")
    cast = Cast({"openai": [[refused]], "mistral": [[said("Because."), END]]})
    generation = Generation(Question("why?"), cast, Catalog(cast), lambda: None, out(cast))
    await generation.run(Route(("openai", "mistral"), None, "", models={"openai": "own"}))
    assert [part.requests[0].model for part in cast.parts.values()] == ["own", None]
    assert generation.failures[0].model == "own"


async def test_everybody_is_asked_once_when_nobody_can() -> None:
    errors = {name: ApiRequestFailed(name, 400, "bad_request") for name in PROVIDERS}
    cast = Cast({name: [[error]] for name, error in errors.items()})
    generation = await read(cast)
    assert [failure.row.name for failure in generation.failures] == list(PROVIDERS)
    assert set(cast.asked().values()) == {1}


async def test_an_answer_over_discords_limit_is_not_gone_on_with() -> None:
    page = said("x" * (ANSWER_LIMIT // 2 + 1))
    cast = Cast({"openai": [[page, page]], "mistral": []})
    generation = await read(cast)
    assert generation.failures[0].error.reason == "too_large"
    assert cast.asked() == {"openai": 1, "mistral": 0}


async def test_an_empty_question_goes_no_further() -> None:
    refused = ApiRequestFailed("openai", 400, "bad_request")
    cast = Cast({"openai": [[refused]], "mistral": []})
    await read(cast, " \n")
    assert cast.asked() == {"openai": 1, "mistral": 0}


async def test_every_content_filter_is_asked_once() -> None:
    refused = ApiRequestFailed("x", 400, "content_filter")
    filtered = Chunk(finish_reason="content_filter")
    cast = Cast(
        {"openai": [[refused]], "mistral": [[filtered]], "cohere": [[said("Because."), END]]}
    )
    assert (await read(cast)).text == "Because."
    assert cast.asked() == {"openai": 1, "mistral": 1, "cohere": 1}


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("content_filter", "content_filter"),
        ("stop", "empty"),
        ("length", "only_thoughts"),
        ("tool_calls", "tool_call"),
        ("error", "server"),
    ],
)
async def test_an_end_without_a_word_is_left_to_the_next(end: str, reason: str) -> None:
    cast = Cast({"openai": [[Chunk(finish_reason=end)]], "mistral": [[said("Because."), END]]})
    generation = await read(cast)
    assert generation.text == "Because."
    assert [failure.error.reason for failure in generation.failures] == [reason]


@pytest.mark.parametrize("end", ["content_filter", "stop", "length", "tool_calls", "error"])
async def test_who_adds_nothing_to_a_broken_answer_has_not_ended_it(end: str) -> None:
    refused = ApiRequestFailed("openai", 400, "bad_request")
    nothing: Act = [Chunk(text=" \n"), Chunk(finish_reason=end)]
    cast = Cast(
        {"openai": [[said("Be"), refused]], "mistral": [nothing], "cohere": [[said("cause."), END]]}
    )
    assert (await read(cast)).text.replace(" \n", "") == "Because."
    generation = await read(Cast({"openai": [[said("Be"), refused]], "mistral": [nothing]}))
    assert generation.finish_reason is None
    assert "OpenAI did not accept" in why_failed(generation)


async def test_an_end_without_a_word_is_the_end_where_nobody_is_left() -> None:
    cast = Cast({"openai": [[Chunk(finish_reason="content_filter")]]})
    generation = await read(cast)
    assert (generation.finish_reason, generation.failures) == ("content_filter", [])


async def test_a_lost_connection_after_some_words_is_tried_once_more_at_the_same_place() -> None:
    gone = ApiRequestFailed("openai", 503, "unavailable")
    cast = Cast({"openai": [[said("Be"), gone], [said("cause."), END]], "mistral": []})
    assert (await read(cast)).text == "Because."
    assert cast.asked() == {"openai": 2, "mistral": 0}


async def test_a_lost_connection_before_the_first_word_is_not_tried_again_here() -> None:
    gone = ApiRequestFailed("openai", 503, "unavailable")
    cast = Cast({"openai": [[gone]], "mistral": [[said("Because."), END]]})
    assert (await read(cast)).provider == "mistral"


async def test_nobody_goes_on_after_an_end_without_its_mark() -> None:
    unmarked = UnmarkedEnd("openai", reason="truncated", retryable=True)
    cast = Cast({"openai": [[said("Because."), unmarked]], "mistral": []})
    generation = await read(cast)
    assert (generation.text, generation.finish_reason) == ("Because.", None)
    assert cast.asked() == {"openai": 1, "mistral": 0}


async def test_what_a_provider_quotes_is_no_part_of_what_it_said() -> None:
    refused = ApiRequestFailed("openai", 400, "bad_request", detail="Bad text: Who guards X9?")
    generation = await read(Cast({"openai": [[refused]]}), "Who guards X9?")
    assert generation.failures[0].said == "Bad text: […]?"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            [],
            "The model of OpenAI tried to call a tool, although none was offered. Choose another "
            "model.",
        ),
        ([said("Look:")], "The model tried to call a tool here, although none was offered."),
    ],
)
async def test_a_tool_call_where_no_tool_was_offered_is_named(
    words: list[Chunk], line: str
) -> None:
    cast = Cast({"openai": [[*words, Chunk(finish_reason="tool_calls")]]})
    generation = await read(cast)
    generation.model = None
    assert closing_lines(generation, is_resumed=False)[0] == f"⚠️ {line}"


@pytest.mark.parametrize(
    ("end", "line"),
    [
        ("error", "OpenAI had an internal error. Ask again, or choose another model."),
        ("stop", "OpenAI sent an empty answer. Ask again, or choose another model."),
    ],
)
async def test_why_there_is_no_word_is_said(end: str, line: str) -> None:
    generation = await read(Cast({"openai": [[Chunk(finish_reason=end)]]}))
    assert closing_lines(generation, is_resumed=False)[0] == f"⚠️ {line}"


RETRACTED = Chunk(retracts=True)


async def test_what_turns_out_to_be_thinking_is_no_part_of_the_answer() -> None:
    cast = Cast({"openai": [[said("Let me "), said("see."), RETRACTED, said("Four."), END]]})
    generation = await read(cast)
    assert (generation.text, generation.reasoning) == ("Four.", "Let me see.")


async def test_a_retraction_takes_back_nothing_of_an_earlier_provider() -> None:
    cast = Cast(
        {
            "openai": [[said("One, "), OutOfMemory("openai")]],
            "mistral": [[said("hm"), RETRACTED, said("two."), END]],
        }
    )
    left: list[int] = []
    question = Question("count", so_far="Zero, ")
    generation = Generation(
        question, cast, Catalog(cast), lambda: None, out(cast), on_retract=left.append
    )
    await generation.run(Route(("openai", "mistral"), None, "", is_chosen=False))
    assert (generation.text, generation.reasoning, left) == ("One, two.", "hm", [5])


async def test_what_a_broken_stream_of_the_same_provider_thought_is_taken_back_too() -> None:
    broken = InvalidResponse("openai", reason="truncated", retryable=True)
    cast = Cast({"openai": [[said("Let "), broken], [said("me see."), RETRACTED, said("4"), END]]})
    generation = await read(cast)
    assert (generation.text, generation.reasoning) == ("4", "Let me see.")


async def test_an_answer_behind_thinking_outlasts_a_later_retraction() -> None:
    broken = InvalidResponse("openai", reason="truncated", retryable=True)
    acts: list[Act] = [
        [said("hm"), RETRACTED, said("One, "), broken],
        [said("so"), RETRACTED, said("two."), END],
    ]
    generation = await read(Cast({"openai": acts}))
    assert (generation.text, generation.reasoning) == ("One, two.", "hmso")


async def test_nothing_but_thinking_is_left_to_the_next_and_said_at_the_end() -> None:
    acts: Act = [said("hm"), RETRACTED, END]
    generation = await read(Cast({"openai": [acts], "mistral": [acts]}))
    assert generation.failures[0].error.reason == "only_thoughts"
    line = closing_lines(generation, is_resumed=False)[0]
    assert "only thought and wrote no answer. Press *Show thinking*" in line


class Endless(Scripted):
    """A model that thinks for ever, a word every five seconds."""

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
        self.requests.append(request)
        for word in self.acts[0]:
            assert isinstance(word, Chunk)
            yield word
        while True:
            await asyncio.sleep(5)
            yield Chunk(reasoning="hm ")


@pytest.mark.parametrize(("first", "why"), [([], "too long to answer"), (["Be"], "too long, so")])
def test_the_whole_answer_has_a_bound_in_time(first: list[str], why: str) -> None:
    cast = Cast({"openai": [], "mistral": [[said("Because."), END]]})
    cast.parts["openai"] = Endless([[said(word) for word in first]])

    async def ask() -> tuple[Generation, float]:
        generation = Generation(Question("why?"), cast, Catalog(cast), lambda: None, out(cast))
        await generation.run(Route(("openai", "mistral"), None, "", limit_s=600.0))
        return generation, asyncio.get_running_loop().time()

    generation, took_s = virtual_time.run(ask())
    assert took_s == 600
    assert (generation.text, generation.finish_reason) == ("".join(first), None)
    assert why in why_failed(generation)
    assert cast.asked() == {"openai": 1, "mistral": 0}


PICTURE = "data:image/png;base64,iVBORw0KGgo="


async def read_with_picture(cast: Cast) -> Generation:
    async def prepare(question: Question, _provider: str, _model: str | None) -> Prepared:
        asked = ChatMessage(Role.USER, question.prompt, (PICTURE,))
        return Prepared([asked], ("`a.gif` is animated.",))

    question, catalog = Question("what is this?"), Catalog(cast)
    generation = Generation(question, cast, catalog, lambda: None, out(cast), prepare=prepare)
    await generation.run(Route(tuple(cast.parts), None, ""))
    return generation


@pytest.mark.parametrize(
    "error",
    [
        ApiRequestFailed("openai", 400, "bad_request"),
        ApiRequestFailed("openai", 422, "validation"),
        ApiRequestFailed("openai", 413, "too_large"),
        ApiRequestFailed("openai", 500, "server"),
        ApiRequestFailed("openai", 404, "not_found", detail="No endpoints support image input"),
    ],
)
async def test_who_refuses_a_picture_answers_without_it(error: ApiRequestFailed) -> None:
    cast = Cast({"openai": [[error], [said("Of what?"), END]], "mistral": []})
    generation = await read_with_picture(cast)
    assert (generation.text, generation.failures) == ("Of what?", [])
    first, second = (request.messages[0] for request in cast.parts["openai"].requests)
    assert (first.images, second.images) == ((PICTURE,), ())
    assert second.content.startswith("what is this?")
    assert "could not be shown" in second.content
    assert [note.split()[0] for note in generation.notes] == ["`a.gif`", "The"]


async def test_the_next_provider_sees_the_picture_that_one_refused() -> None:
    refusal = ApiRequestFailed("openai", 400, "bad_request")
    cast = Cast({"openai": [[refusal], [refusal]], "mistral": [[said("A cat."), END]]})
    generation = await read_with_picture(cast)
    assert (generation.text, len(generation.failures)) == ("A cat.", 1)
    assert cast.parts["mistral"].requests[0].messages[0].images == (PICTURE,)
    assert generation.notes == ("`a.gif` is animated.",)


async def test_a_picture_is_not_blamed_after_some_words() -> None:
    refusal = ApiRequestFailed("openai", 400, "bad_request")
    cast = Cast({"openai": [[said("A "), refusal]], "mistral": [[said("cat."), END]]})
    generation = await read_with_picture(cast)
    assert (generation.text, cast.asked()) == ("A cat.", {"openai": 1, "mistral": 1})


async def test_a_picture_is_not_blamed_for_other_failures() -> None:
    for error in (ApiRequestFailed("openai", 401, "auth"), Timeout("openai")):
        cast = Cast({"openai": [[error]], "mistral": [[said("A cat."), END]]})
        generation = await read_with_picture(cast)
        assert (generation.provider, cast.asked()["openai"]) == ("mistral", 1)


class Gated(Cast):
    """A cast of providers that take one request at a time, and wait at a gate before each act."""

    def __init__(self, parts: Mapping[str, Sequence[Act]]) -> None:
        super().__init__(parts)
        self._environ = {"ABI_OLLAMA_PARALLEL": "1", "ABI_OPENAI_PARALLEL": "1"}
        self.gate = asyncio.Event()

    def get(self, name: str) -> Scripted:
        part, gate = self.parts[name], self.gate

        class AtTheGate(Scripted):
            async def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]:
                await gate.wait()
                async for chunk in part.stream(request):
                    yield chunk

        return AtTheGate([])


BECAUSE: Act = [said("Because."), END]


class Asker:
    """People who ask the same providers."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.catalog = Catalog(cast)

    def ask(
        self, person: int, *, limit_s: float | None = None
    ) -> tuple[Generation, asyncio.Task[None]]:
        generation = Generation(
            Question("why?"), self.cast, self.catalog, print, out(self.cast), person=person
        )
        route = Route(tuple(self.cast.parts), None, "", limit_s=limit_s)
        return generation, asyncio.create_task(generation.run(route))


async def no_news() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_question_waits_until_the_provider_has_room_and_knows_its_place() -> None:
    cast = Gated({"ollama": [BECAUSE, BECAUSE]})
    asker = Asker(cast)
    (first, one), (second, other) = asker.ask(1), asker.ask(2)
    await no_news()
    assert (first.place_in_line, second.place_in_line) == (None, ("Ollama", 1))
    cast.gate.set()
    await asyncio.gather(one, other)
    assert (second.text, second.place_in_line) == ("Because.", None)
    assert asker.catalog.backends["ollama"].line.taken == 0


async def test_who_stops_in_line_is_not_asked_and_who_stops_later_makes_room() -> None:
    cast = Gated({"ollama": [BECAUSE]})
    asker = Asker(cast)
    tasks = [asker.ask(person)[1] for person in (1, 2)]
    third, last = asker.ask(3)
    await no_news()
    for task in tasks:
        task.cancel()
    cast.gate.set()
    await last
    assert (third.text, cast.asked()) == ("Because.", {"ollama": 1})


async def test_the_time_in_line_ends_with_that_of_the_answer_and_says_so() -> None:
    asker = Asker(Gated({"ollama": []}))
    _, holding = asker.ask(1)
    await no_news()
    waiting, task = asker.ask(2, limit_s=0.01)
    await task
    assert why_failed(waiting) == (
        "Ollama had no room for this question in all the time that an answer may take. "
        "Ask again later, or choose another provider with `/ask provider:`."
    )
    assert not asker.catalog.backends.is_failing("ollama")
    holding.cancel()


async def test_who_waits_for_a_provider_that_fails_the_others_asks_the_next_one_first() -> None:
    down = ApiRequestFailed("ollama", reason="unavailable")
    cast = Gated({"ollama": [[down]] * FAILURES, "openai": [BECAUSE] * (FAILURES + 1)})
    asker = Asker(cast)
    asked = [asker.ask(person) for person in range(FAILURES + 1)]
    await no_news()
    cast.gate.set()
    await asyncio.gather(*(task for _, task in asked))
    assert [generation.provider for generation, _ in asked] == ["openai"] * (FAILURES + 1)
    assert cast.asked() == {"ollama": FAILURES, "openai": FAILURES + 1}
    assert asked[-1][0].failures == []
    await asker.catalog.aclose()


async def test_a_provider_keeps_its_place_for_the_second_try_of_an_answer() -> None:
    broken: Act = [said("Be"), InvalidResponse("ollama", reason="truncated")]
    cast = Gated({"ollama": [broken, [said("cause."), END], BECAUSE]})
    asker = Asker(cast)
    (first, one), (second, other) = asker.ask(1), asker.ask(2)
    await no_news()
    cast.gate.set()
    await asyncio.gather(one, other)
    assert (first.text, second.text) == ("Because.", "Because.")


async def test_a_first_word_is_timed_and_an_answer_without_one_is_not() -> None:
    cast = Cast({"openai": [BECAUSE, [ApiRequestFailed("openai", 500)]]})
    asker = Asker(cast)
    for _ in range(2):
        await asker.ask(1)[1]
    assert asker.catalog.backends["openai"].latencies.text() == "▁ 0.0 s"


async def too_long(
    shrinks: list[bool], acts: Sequence[Act], learnt: list[Usage]
) -> tuple[Cast, Generation]:
    """Refuse a request as too long, which can be made shorter as often as this says."""
    cast = Cast({"openai": acts})

    async def shrink() -> bool:
        return shrinks.pop(0)

    async def prepare(question: Question, _provider: str, _model: str | None) -> Prepared:
        sent = [ChatMessage(Role.USER, f"{question.prompt} {len(shrinks)}")]
        return Prepared(sent, ("A note.",), 1, learnt.append, shrink)

    generation = Generation(
        Question("why?"), cast, Catalog(cast), lambda: None, out(cast), prepare=prepare
    )
    await generation.run(Route(("openai",), None, "", is_chosen=True))
    return cast, generation


TOO_LONG = ApiRequestFailed("openai", 400, "context_length")


async def test_a_request_that_is_too_long_is_made_shorter_and_sent_again() -> None:
    usage = Usage(input_tokens=9)
    acts: list[Act] = [[TOO_LONG], [TOO_LONG], [said("4"), Chunk(usage=usage), END]]
    learnt: list[Usage] = []
    cast, generation = await too_long([True, True], acts, learnt)
    assert learnt == [usage]
    assert (generation.text, generation.failures, generation.notes) == ("4", [], ("A note.",))
    sent = [request.messages[0].content for request in cast.parts["openai"].requests]
    assert sent == ["why? 2", "why? 1", "why? 0"]


async def test_a_request_that_cannot_be_made_shorter_fails() -> None:
    _, generation = await too_long([True, False], [[TOO_LONG], [TOO_LONG]], [])
    assert [failure.error for failure in generation.failures] == [TOO_LONG]
