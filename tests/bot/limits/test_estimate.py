from bot.limits.estimate import HISTORY_TOKENS, OUTPUT_TOKENS, estimate
from bot.providers.question import Attachment, Question, Quote


def test_an_estimate_grows_with_what_is_sent() -> None:
    short = estimate(Question("why?"), "openai", "gpt")
    assert short.is_estimated
    assert short.output_tokens == OUTPUT_TOKENS
    quote = Quote(1, "bob", "x" * 900, (Attachment(1, "https://a/b", "b.png"),))
    more = [
        Question("why? " * 400),
        Question("why?", so_far="x" * 900),
        Question("why?", quote=quote),
        Question("why?", attachments=(Attachment(1, "https://a/b", "b.png"),)),
    ]
    for question in more:
        assert estimate(question, "openai", "gpt").input_tokens >= short.input_tokens + 250
    later = estimate(Question("why?", parent=1), "openai", "gpt")
    assert later.input_tokens == short.input_tokens + HISTORY_TOKENS
