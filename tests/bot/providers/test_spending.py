import pytest

from bot.providers.spending import Meter
from bot.providers.written import Written
from bot.storage.use import Spent
from connectors import ApiRequestFailed, ChatMessage, Role, Usage

ASKED = [ChatMessage(Role.USER, "why is the sky blue?")]
REFUSED = ApiRequestFailed("openai", 400, "bad_request")


def whom() -> tuple[str, str]:
    return "openai", "gpt"


def spent(usage: Usage | None, text: str = "Because.") -> Spent:
    meter = Meter(written := Written("", ""))
    with meter.request(ASKED, whom):
        written.add(text)
        meter.usage = usage
    return meter.spent[0]


def test_what_is_reported_counts() -> None:
    assert spent(Usage(10, 5, cached_tokens=4)) == Spent("openai", "gpt", 10, 4, 5)


@pytest.mark.parametrize("nonsense", [None, -1, 10**12])
def test_what_is_not_reported_or_nonsense_is_estimated(nonsense: int | None) -> None:
    estimated = spent(None)
    assert estimated.is_estimated
    assert 0 < estimated.output_tokens < estimated.input_tokens < 40
    assert spent(Usage(nonsense, nonsense, nonsense)) == estimated
    assert spent(Usage(10, nonsense)).output_tokens == estimated.output_tokens
    assert spent(Usage(10, 5, cached_tokens=nonsense)) == Spent("openai", "gpt", 10, 0, 5)


def test_no_more_is_cached_than_there_is() -> None:
    assert spent(Usage(10, 5, cached_tokens=90)).cached_tokens == 10


def test_requests_add_up_by_model_and_what_another_process_has_used_too() -> None:
    meter = Meter(written := Written("", ""), [Spent("mistral", "m", 1), Spent("openai", "gpt", 2)])
    for _ in range(2):
        with meter.request(ASKED, whom):
            written.add("x")
            meter.usage = Usage(10, 5)
    assert meter.spent == (Spent("mistral", "m", 1), Spent("openai", "gpt", 22, 0, 10))


def test_a_request_that_is_refused_at_once_costs_nothing() -> None:
    meter = Meter(written := Written("", ""))
    for text, requests in ("", []), ("Beca", [True]):
        with pytest.raises(ApiRequestFailed), meter.request(ASKED, whom):  # noqa: PT012
            written.add(text)
            raise REFUSED
        assert [spent.is_estimated for spent in meter.spent] == requests


def test_a_request_under_way_counts_as_far_as_it_is() -> None:
    meter = Meter(written := Written("", ""))
    with meter.request(ASKED, whom):
        first = meter.spent[0]
        written.think("Let me think about that for a while.")
        second = meter.spent[0]
    assert first.output_tokens == 0 < first.input_tokens == second.input_tokens
    assert meter.spent == (second,)


def test_thinking_counts_once_when_text_turns_out_to_be_thinking() -> None:
    meter = Meter(written := Written("", ""))
    with meter.request(ASKED, whom):
        written.add("Let me think about that for a while.")
        before = meter.spent
        written.retract()
        assert meter.spent == before
