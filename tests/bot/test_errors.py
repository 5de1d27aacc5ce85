import pytest

from bot.errors import AnsweredElsewhere, cannot_be_answered
from connectors import ApiRequestFailed


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (AnsweredElsewhere(), True),
        (ApiRequestFailed("discord", status=404, provider_code="10062"), True),
        (ApiRequestFailed("discord", status=400, provider_code="40060"), False),
        (ApiRequestFailed("discord", status=404, provider_code="10008"), False),
        (ValueError(), False),
    ],
)
def test_an_interaction_cannot_be_answered_when_somebody_else_has_it_or_it_expired(
    error: Exception, is_so: bool
) -> None:
    assert cannot_be_answered(error) is is_so
