import pytest
from msgspec.structs import replace

from bot.answers import texts
from bot.answers.buttons import Button
from bot.answers.footer import (
    buttons_below,
    closing_lines,
    notes_above,
    ways_on,
    why_failed,
    withheld,
)
from bot.answers.origin import Origin
from bot.providers.catalog import Catalog
from bot.providers.failures import Failure
from bot.providers.generation import Generation
from bot.providers.outlet import Outlet
from bot.providers.preferences import Place
from bot.providers.question import Progress, Question, Where
from bot.providers.reader import Reader
from connectors import PROVIDERS, ApiRequestFailed, Connectors
from tests.bot.text.masked_links import masked


def ended(
    finish_reason: str | None,
    text: str = "One.",
    *,
    reasoning: str = "",
    failed: tuple[str, ...] = (),
) -> Generation:
    """Return a generation of OpenAI's that ended like this, after others failed."""
    connectors = Connectors({})
    progress = Progress(text, reasoning, "openai", "m-1", finish_reason)
    out = Outlet(connectors, Place(2, 5, 6))
    generation = Generation(Question("why?"), connectors, Catalog(connectors), print, out, progress)
    errors = [ApiRequestFailed(name, 401, "auth") for name in failed]
    generation.failures = [Failure(e, PROVIDERS[e.provider], begun=text != "") for e in errors]
    return generation


@pytest.mark.parametrize(
    ("generation", "buttons"),
    [
        (ended("stop"), [Button.AGAIN]),
        (ended("length"), [Button.CONTINUE, Button.AGAIN]),
        (ended(None), [Button.CONTINUE, Button.AGAIN]),
        (ended(None, ""), [Button.AGAIN]),
        (ended("stop", reasoning="hm"), [Button.AGAIN, Button.THINKING]),
    ],
)
def test_only_what_is_left_can_be_continued(generation: Generation, buttons: list[Button]) -> None:
    assert buttons_below(generation) == buttons


def test_a_whole_answer_ends_with_its_model() -> None:
    assert closing_lines(ended("stop"), is_resumed=False) == ["-# OpenAI · m-1"]


def test_what_came_before_the_end_is_said_once() -> None:
    generation = ended("stop", failed=("mistral", "mistral"))
    assert closing_lines(generation, is_resumed=True) == [
        "-# OpenAI · m-1 · continued after: I was restarted. Mistral refused the key (401)."
    ]


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("length", "The answer reached the model's length limit. Press *Continue* for the rest."),
        (
            "content_filter",
            "OpenAI's content filter stopped the answer here. Rephrase the question.",
        ),
        ("error", "OpenAI had an internal error here. Press *Ask again*."),
        ("tool_calls", "The model tried to call a tool here, although none was offered."),
    ],
)
def test_an_end_in_the_middle_says_why(reason: str, line: str) -> None:
    assert closing_lines(ended(reason), is_resumed=False)[0] == f"⚠️ {line}"


@pytest.mark.parametrize(
    ("reason", "reasoning", "line"),
    [
        ("length", "", "`m-1` used its whole length limit for thinking. Ask for less, or"),
        ("content_filter", "", "OpenAI's content filter blocked the answer. Rephrase"),
        ("error", "hm", "OpenAI had an internal error. Ask again, or choose another model."),
        ("tool_calls", "", "`m-1` tried to call a tool, although none was offered. Choose"),
        ("stop", "hm", "`m-1` only thought and wrote no answer. Press *Show thinking* to"),
        ("stop", " ", "OpenAI sent an empty answer. Ask again, or choose another model."),
    ],
)
def test_an_answer_without_a_word_says_why(reason: str, reasoning: str, line: str) -> None:
    generation = ended(reason, "", reasoning=reasoning)
    assert closing_lines(generation, is_resumed=False)[0].startswith(f"⚠️ {line}")


def test_a_model_without_a_name_is_called_after_its_provider() -> None:
    generation = ended("tool_calls", "")
    generation.model = None
    assert closing_lines(generation, is_resumed=False) == [
        "⚠️ The model of OpenAI tried to call a tool, although none was offered. "
        "Choose another model.",
        "-# OpenAI",
    ]


def test_before_the_first_word_the_first_failure_is_explained() -> None:
    said = why_failed(ended(None, "", failed=("openai", "mistral")))
    assert said.startswith("OpenAI refused the key (401). Ask again later")
    assert said.endswith("Mistral refused the key (401).")


def test_after_some_words_the_last_failure_is_explained() -> None:
    said = why_failed(ended(None, failed=("openai", "mistral")))
    assert said.startswith("Mistral refused the key (401). Ask again later")
    assert said.endswith("OpenAI refused the key (401).")


def test_where_nothing_is_set_up_the_owner_reads_how_to_do_it() -> None:
    assert why_failed(ended(None, "")) == texts.NO_PROVIDER
    assert why_failed(ended(None, ""), Reader.OWNER) == texts.NO_PROVIDER_FOR_OWNER


def test_only_what_not_everyone_may_read_is_withheld() -> None:
    generation = ended(None, "", failed=("openai",))
    assert withheld(generation, Reader.MANAGER) == (), "it said nothing"
    for_manager, for_owner = withheld(generation, Reader.OWNER)
    assert for_manager == why_failed(generation)
    assert for_owner == "OpenAI refused the key (401). Check OPENAI_API_KEY."


def test_of_each_failure_it_is_told_what_its_provider_said() -> None:
    generation = ended(None, failed=("openai", "mistral", "openai"))
    generation.failures = [replace(f, said=f"No, {f.row.label}.") for f in generation.failures]
    for_manager, _ = withheld(generation, Reader.MANAGER)
    first, second = for_manager.splitlines()
    assert first.endswith("It said: `No, OpenAI.`")
    assert second.endswith("It said: `No, Mistral.`")
    generation.failures = [
        replace(f, said="x" * 300 + str(n)) for n in range(9) for f in generation.failures
    ]
    assert all(len(told) <= 2000 for told in withheld(generation, Reader.OWNER))


def test_a_models_name_masks_no_link() -> None:
    generation = ended("stop")
    generation.model = "[Nitro]\u200b(https://evil.example)"
    (line,) = closing_lines(generation, is_resumed=False)
    assert masked(line) == []


def test_each_note_has_a_line_and_many_are_counted() -> None:
    connectors = Connectors({})
    given = tuple(f"Note {at % 7}." for at in range(14))
    progress = Progress("One.", "", "openai", "m-1", "stop", given)
    out = Outlet(connectors, Place(2, 5, 6))
    generation = Generation(Question("why?"), connectors, Catalog(connectors), print, out, progress)
    assert notes_above(generation) == [
        *(f"-# Note {at}." for at in range(5)),
        "-# And 2 more.",
    ]
    assert notes_above(ended("stop")) == []


IN_SERVER = Origin.of_message(7, application_id=1, channel_id=5, guild_id=6, user_id=2)


@pytest.mark.parametrize(
    ("origin", "where", "ways"),
    [
        (IN_SERVER, None, [Button.REPLY, Button.THREAD]),
        (IN_SERVER, Where("Kitchen", "tea", parent_id=3), [Button.REPLY]),
        (replace(IN_SERVER, is_away=True), None, [Button.REPLY]),
        (replace(IN_SERVER, guild_id=None, is_away=True), None, [Button.REPLY]),
        (replace(IN_SERVER, guild_id=None), None, []),
        (replace(IN_SERVER, private=True), None, []),
    ],
)
def test_people_go_on_where_they_cannot_just_write(
    origin: Origin, where: Where | None, ways: list[Button]
) -> None:
    assert ways_on(origin, Question("tea?", where=where)) == ways


def test_a_private_answer_that_is_remembered_can_be_followed() -> None:
    away = replace(IN_SERVER, guild_id=None, private=True, is_away=True)
    assert ways_on(away, Question("tea?", turn=7)) == [Button.REPLY]
    assert ways_on(away, Question("tea?")) == []
