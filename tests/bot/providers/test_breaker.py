from bot.providers.breaker import FAILURES, Breaker, is_of_provider
from connectors import ApiRequestFailed, MissingApiKey
from tests.rows import each


def opened() -> Breaker:
    breaker = Breaker()
    assert [breaker.failed() for _ in range(FAILURES)] == [False] * (FAILURES - 1) + [True]
    return breaker


def test_it_opens_once_after_failures_in_a_row() -> None:
    breaker = opened()
    assert not breaker.failed()
    assert breaker.is_open


def test_an_answer_in_between_begins_the_count_again() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed()
        breaker.succeeded()
    assert (breaker.is_open, breaker.failures) == (False, 0)


def test_an_answer_closes_it() -> None:
    breaker = opened()
    breaker.succeeded()
    assert not breaker.is_open


def test_after_a_passed_check_one_failure_opens_it_again_and_the_next_check_is_later() -> None:
    breaker = opened()
    first_s = breaker.check_after_s
    breaker.checked(is_healthy=True)
    assert not breaker.is_open
    assert breaker.failed()
    assert breaker.check_after_s == 2 * first_s


def test_checks_become_rare_but_never_stop() -> None:
    breaker = opened()
    waits = []
    for _ in range(12):
        waits.append(breaker.check_after_s)
        breaker.checked(is_healthy=False)
    assert waits[:3] == [5.0, 10.0, 20.0]
    assert waits[-1] == 300.0
    assert breaker.is_open


def test_it_waits_as_long_as_the_provider_says_but_not_for_hours() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(60.0)
    assert breaker.check_after_s == 60.0
    breaker.failed(86_400.0)
    assert breaker.check_after_s == 300.0


@each(
    "reason, of_default, of_chosen",
    [
        ("unavailable", True, True),
        ("rate_limit", True, True),
        ("auth", True, True),
        ("not_found", True, False),  # anybody may name a model that does not exist
        ("content_filter", False, False),
        ("context_length", False, False),
        ("bad_request", False, False),
        ("queue", False, False),
        ("too_slow", False, False),
    ],
)
def test_only_what_is_the_providers_fault_counts(
    reason: str, of_default: bool, of_chosen: bool
) -> None:
    error = ApiRequestFailed("openai", reason=reason)
    assert is_of_provider(error, is_default_model=True) is of_default
    assert is_of_provider(error, is_default_model=False) is of_chosen


def test_a_provider_that_is_not_set_up_has_not_failed() -> None:
    assert not is_of_provider(MissingApiKey("openai"), is_default_model=True)
    malformed = MissingApiKey("openai", reason="malformed_key")
    assert is_of_provider(malformed, is_default_model=True)
