import pytest

from bot.schedules.posting import is_closed
from connectors import ApiRequestFailed


def error(status: int, code: str | None) -> ApiRequestFailed:
    return ApiRequestFailed("discord", status, reason="permission", provider_code=code)


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "50001"), (403, "50013"), (404, "10003"), (400, "50083"), (400, "160005")],
)
def test_a_channel_that_refuses_the_bot_is_closed(status: int, code: str) -> None:
    assert is_closed(error(status, code))


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, None), (404, None), (403, "240000"), (400, "50035"), (500, None), (429, "20028")],
)
def test_a_refusal_of_the_text_or_by_a_proxy_leaves_it_open(status: int, code: str | None) -> None:
    assert not is_closed(error(status, code))
