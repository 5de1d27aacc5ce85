import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers import texts
from bot.answers.background import Background
from bot.answers.too_late import TooLate
from connectors import ApiRequestFailed
from connectors.discord import MessageBody
from tests.bot.answers.test_record import RECORD
from tests.virtual_time import run

SEEN = replace(RECORD.origin, private=False, is_away=False)


class Rest:
    def __init__(self, error: ApiRequestFailed | None = None) -> None:
        self.error = error
        self.posted: list[tuple[int, MessageBody]] = []

    async def create_dm(self, user_id: int) -> int:
        if self.error is not None:
            raise self.error
        return 1000 + user_id

    async def create_message(self, channel_id: int, body: MessageBody) -> None:
        self.posted.append((channel_id, body))


def told(rest: Any, *origins: Any) -> None:
    async def main() -> None:
        too_late = TooLate(rest, Background(), asyncio.sleep)
        for origin in origins:
            too_late.tell(origin)
        await asyncio.sleep(10)

    run(main())


def test_all_of_a_channel_are_told_together_and_who_is_alone_is_pinged() -> None:
    rest, many = Rest(), range(50)
    told(rest, *(replace(SEEN, user_id=n, channel_id=7) for n in many), replace(SEEN, channel_id=8))
    assert sorted(channel_id for channel_id, _ in rest.posted) == [7, 7, 8]
    in_seven = [body for channel_id, body in rest.posted if channel_id == 7]
    said = " ".join(body.content for body in in_seven)
    assert all(f"<@{n}>" in said for n in many)
    assert said.count(texts.TOO_LATE) == 2
    assert all(len(body.content) <= 2000 and body.allow_user is None for body in in_seven)
    [alone] = [body for channel_id, body in rest.posted if channel_id == 8]
    assert (alone.allow_user, len(alone.nonce or "") <= 25) == (SEEN.user_id, True)


@pytest.mark.parametrize("hidden", [{"private": True}, {"is_away": True}])
def test_what_others_must_not_see_is_told_in_a_direct_message(hidden: dict[str, bool]) -> None:
    rest = Rest()
    told(rest, replace(SEEN, **hidden))
    assert [channel_id for channel_id, _ in rest.posted] == [1000 + SEEN.user_id]


def test_whoever_cannot_be_told_stops_nobody() -> None:
    rest = Rest(ApiRequestFailed("discord", status=403, provider_code="50007"))
    told(rest, replace(SEEN, private=True), SEEN)
    assert [channel_id for channel_id, _ in rest.posted] == [SEEN.channel_id]
