import re
from functools import partial

import pytest

from bot.providers.failures import OPERATORS, Failure, explain, for_log, in_words, what_happened
from bot.providers.reader import Reader
from connectors import (
    PROVIDERS,
    ApiRequestFailed,
    ConnectorError,
    InvalidResponse,
    MissingApiKey,
    OutOfMemory,
)
from connectors.shared import HOST_NOT_FOUND, SUMMARIES

VARIABLE = re.compile(r"\b[A-Z]+_[A-Z_]+\b|\.env|https?://|python -m")
OURS = {
    "empty": "the answer is empty",
    "only_thoughts": "it only thought",
    "tool_call": "it called a tool",
}


def failures() -> list[Failure]:
    return [
        Failure(
            ApiRequestFailed(row.name, status, reason, summary=OURS.get(reason)),
            row,
            model,
            begun=begun,
            said="Your plan has ended.",
        )
        for row in PROVIDERS.values()
        for reason in [*SUMMARIES, *OURS]
        for status in (None, 400, 429)
        for model in (None, "m-1")
        for begun in (False, True)
    ]


@pytest.mark.parametrize("reader", [Reader.MEMBER, Reader.MANAGER])
def test_only_the_owner_reads_a_variable(reader: Reader) -> None:
    assert [text for f in failures() if VARIABLE.search(text := explain(f, reader))] == []


def test_where_only_local_models_may_answer_nobody_is_told_to_ask_others() -> None:
    for failure in failures():
        assert "provider:" not in explain(failure, is_local_only=True)
        managers = explain(failure, Reader.MANAGER, is_local_only=True)
        assert "somebody who manages" not in managers, "that is them"


def test_every_error_is_two_sentences_without_a_hole() -> None:
    for failure in failures():
        for text in map(partial(explain, failure), Reader):
            assert re.fullmatch(r"(?:[A-Z`]|vLLM).*[.!?`]", text), text
            assert text.count(". ") >= 1, text
            assert "None" not in text
            assert "  " not in text


def test_each_reason_has_a_sentence_of_its_own() -> None:
    row = PROVIDERS["openai"]
    server = what_happened(Failure(ApiRequestFailed("openai", 400, "server"), row, "m"))
    told = {
        reason: what_happened(Failure(ApiRequestFailed("openai", 400, reason), row, "m"))
        for reason in SUMMARIES
    }
    assert [r for r, text in told.items() if text == server] == ["server"]


def test_managers_read_what_the_provider_said_and_members_do_not() -> None:
    error = ApiRequestFailed("mistral", 401, "auth")
    failure = Failure(error, PROVIDERS["mistral"], said="Gone `x`.")
    member = "Mistral refused the key (401). Ask again later, or choose another provider with "
    assert explain(failure).startswith(member)
    assert explain(failure, Reader.MANAGER) == f"{explain(failure)} It said: `Gone 'x'.`"


def test_the_owner_reads_the_variable_and_what_the_provider_said() -> None:
    error = ApiRequestFailed("mistral", 401, "auth")
    failure = Failure(error, PROVIDERS["mistral"], said="Gone `x`.")
    assert explain(failure, Reader.OWNER) == (
        "Mistral refused the key (401). Check MISTRAL_API_KEY. It said: `Gone 'x'.`"
    )
    assert for_log(failure) == (
        'mistral: the key was refused (status 401). Check MISTRAL_API_KEY. It said: "Gone `x`."'
    )


def test_a_missing_key_is_not_the_members_business() -> None:
    failure = Failure(MissingApiKey("mistral"), PROVIDERS["mistral"])
    assert explain(failure) == (
        "Mistral is not set up here. Choose another provider with `/ask provider:`."
    )
    assert "Set MISTRAL_API_KEY in `.env`" in explain(failure, Reader.OWNER)


def test_a_question_that_no_model_was_set_for_reads_well() -> None:
    error = ApiRequestFailed("vllm", 404, "not_found")
    assert explain(Failure(error, PROVIDERS["vllm"], nearest=["a", "b"])) == (
        "vLLM found no model to answer with (404). It has `a`, `b`."
    )


@pytest.mark.parametrize("status", [413, 429, 400])
def test_a_question_that_is_too_large_is_told_from_an_answer(status: int) -> None:
    row = PROVIDERS["openai"]
    question = Failure(ApiRequestFailed("openai", status, "too_large"), row)
    assert explain(question).startswith(f"The question is too large for OpenAI ({status}). Shorten")
    answer = Failure(OutOfMemory("openai"), row)
    assert explain(answer).startswith("The answer of OpenAI is larger than I can handle.")


def test_a_setting_that_cannot_be_right_is_named_to_the_owner() -> None:
    summary = "OPENAI_BASE_URL must begin with http:// or https://"
    error = ApiRequestFailed("openai", reason="bad_request", summary=summary)
    failure = Failure(error, PROVIDERS["openai"])
    assert explain(failure).endswith("Only the person who runs this bot can mend that.")
    assert explain(failure, Reader.OWNER) == f"OpenAI could not be asked. {summary}."


@pytest.mark.parametrize(
    ("error", "is_wrong"),
    [
        (ApiRequestFailed("openai", 404, "wrong_address"), True),
        (ApiRequestFailed("openai", reason="unavailable", summary=HOST_NOT_FOUND), True),
        (MissingApiKey("openai", reason="malformed_key"), True),
        (ApiRequestFailed("openai", 401, "auth"), False),
        (ApiRequestFailed("openai", reason="unavailable"), False),
    ],
)
def test_where_a_setting_is_certainly_wrong_members_read_who_can_mend_it(
    error: ConnectorError, is_wrong: bool
) -> None:
    assert explain(Failure(error, PROVIDERS["openai"])).endswith(OPERATORS) is is_wrong


@pytest.mark.parametrize(
    "error",
    [
        ApiRequestFailed("openai", 404, "wrong_address"),
        ApiRequestFailed("openai", reason="unavailable", summary=HOST_NOT_FOUND),
    ],
)
def test_an_address_that_nobody_set_is_not_to_blame(error: ConnectorError) -> None:
    failure = Failure(error, PROVIDERS["openai"], address_is_default=True)
    assert not explain(failure).endswith(OPERATORS)


def test_the_log_says_nothing_twice() -> None:
    summary = "OPENAI_API_KEY holds characters that no key has; set it again"
    error = MissingApiKey("openai", reason="malformed_key", summary=summary)
    line = for_log(Failure(error, PROVIDERS["openai"]))
    assert line == f"openai: {summary}. Then restart the bot."


def test_the_log_has_whole_sentences() -> None:
    error = ApiRequestFailed("openai", 400, "bad_request")
    line = for_log(Failure(error, PROVIDERS["openai"], said="No."))
    assert line == 'openai: the request was refused (status 400). It said: "No."'


def test_why_a_question_was_not_sent_is_told_to_whoever_asked() -> None:
    summary = "an image is bmp; only PNG, JPEG, GIF and WebP are taken"
    error = ApiRequestFailed("openai", reason="bad_request", summary=summary)
    assert explain(Failure(error, PROVIDERS["openai"])).startswith(
        f"OpenAI was not asked: {summary}."
    )


def test_nonsense_is_no_answer() -> None:
    failure = Failure(InvalidResponse("openai"), PROVIDERS["openai"])
    assert what_happened(failure) == "OpenAI sent a response that I cannot read."


@pytest.mark.parametrize(
    ("wait_s", "words"),
    [
        (0.2, "in 1 s"),
        (90.0, "in 90 s"),
        (121.0, "in 2 min"),
        (3600.0, "in 60 min"),
        (86_400.0, "in 24 hours"),
    ],
)
def test_a_wait_is_said_in_a_fitting_unit(wait_s: float, words: str) -> None:
    assert in_words(wait_s) == words
