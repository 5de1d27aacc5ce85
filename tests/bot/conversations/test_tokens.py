from bot.conversations.tokens import ENOUGH_TO_LEARN, MOST, Corrections
from connectors import Usage


def test_an_estimate_that_was_too_low_is_corrected_at_once() -> None:
    corrections = Corrections()
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=1_500))
    assert corrections.of("openai", "small") == 1.5
    assert corrections.of("openai", "large") == 1.0


def test_an_estimate_that_was_too_high_is_corrected_slowly() -> None:
    corrections = Corrections()
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=500))
    assert 0.8 < corrections.of("openai", "small") < 1.0


def test_a_small_request_or_no_count_teaches_nothing_and_nonsense_little() -> None:
    corrections = Corrections()
    corrections.learn("openai", "small", ENOUGH_TO_LEARN - 1, Usage(input_tokens=90_000))
    corrections.learn("openai", "small", 1_000, Usage())
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=12))
    assert corrections.of("openai", "small") == 1.0
    corrections.learn("openai", "small", 1_000, Usage(input_tokens=10**9))
    assert corrections.of("openai", "small") == MOST
