import pytest

from bot.fallbacks import fallbacks, send_with_fallbacks
from connectors import ApiRequestFailed, ConnectorError, RateLimitExceeded
from connectors.discord import MessageBody


def refusal(code: str | None, status: int = 400) -> ConnectorError:
    return ApiRequestFailed("discord", reason="bad_request", status=status, provider_code=code)


class Refusing:
    """Sends nothing until it has raised its errors."""

    def __init__(self, *errors: ConnectorError) -> None:
        self.errors = list(errors)
        self.sent: list[MessageBody] = []

    async def __call__(self, body: MessageBody) -> str:
        self.sent.append(body)
        if self.errors:
            raise self.errors.pop(0)
        return body.content


async def test_a_message_that_is_taken_is_sent_once() -> None:
    send = Refusing()
    assert await send_with_fallbacks(send, MessageBody("hi")) == "hi"
    assert len(send.sent) == 1


async def test_a_refused_text_ends_as_a_file_with_what_can_be_said() -> None:
    send = Refusing(refusal("240000"), refusal("200000", 403))
    body = MessageBody("tea at https://a.bc", components=({"type": 1},), nonce="n", allow_user=5)
    said = await send_with_fallbacks(send, body, "It is time.")
    assert said == "It is time.\n-# Discord refuses to show the text, so it is in this file."
    assert [b.content for b in send.sent[:2]] == ["tea at https://a.bc", "tea at a·bc"]
    last = send.sent[-1]
    [file] = last.files
    assert file.data == b"tea at https://a.bc"
    assert (last.components, last.nonce, last.allow_user) == (body.components, "n", 5)


async def test_a_text_that_is_refused_in_every_form_raises() -> None:
    send = Refusing(*[refusal("240000")] * 9)
    with pytest.raises(ConnectorError):
        await send_with_fallbacks(send, MessageBody("tea at https://a.bc"))
    assert len(send.sent) == 4


async def test_where_buttons_are_refused_the_text_is_shown_without_them() -> None:
    send = Refusing(*[refusal("50035")] * 3)
    body = MessageBody("tea", components=({"type": 1},))
    assert await send_with_fallbacks(send, body) == "tea"
    assert [bool(b.components) for b in send.sent] == [True, True, True, False]


OTHERS = (
    refusal("50013", 403),
    refusal("10003", 404),
    refusal("50083"),
    refusal("40060"),
    refusal(None, 403),
    RateLimitExceeded("discord", status=429),
    ApiRequestFailed("openai", reason="bad_request", status=400),
)


@pytest.mark.parametrize("error", OTHERS, ids=str)
async def test_other_trouble_is_raised_at_once(error: ConnectorError) -> None:
    send = Refusing(error)
    with pytest.raises(ConnectorError):
        await send_with_fallbacks(send, MessageBody("tea"))
    assert len(send.sent) == 1


async def test_a_refusal_with_a_final_code_has_no_fallback() -> None:
    send = Refusing(refusal("240000"), refusal("200000", 403))
    with pytest.raises(ConnectorError):
        await send_with_fallbacks(send, MessageBody("tea at https://a.bc"), final=("200000",))
    assert len(send.sent) == 2


def test_the_last_form_has_no_word_of_the_text() -> None:
    *_, last = fallbacks(MessageBody("tea"), "")
    assert last.content == "-# Discord refuses to show the text."
    assert last.files == ()
