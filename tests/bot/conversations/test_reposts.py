import asyncio

import pytest
from msgspec.structs import replace

from bot.conversations.incoming import Incoming
from bot.conversations.reposts import Reposts
from bot.providers.question import Attachment
from tests.virtual_time import run

FILE = Attachment(1, "https://cdn/1", "cat.png")
WRITTEN = Incoming(id=10, channel_id=5, author_id=1, author="alice", text="R: why?", replies_to=9)
POSTED = Incoming(id=11, channel_id=5, author_id=99, author="Robin", text="why?")
HIDDEN = replace(POSTED, text="")
SHOWN = replace(WRITTEN, id=11, author="Robin", text="why?")


def test_a_repost_is_answered_in_the_name_of_who_wrote_it() -> None:
    async def story() -> None:
        reposts = Reposts()
        final = asyncio.create_task(reposts.final(WRITTEN))
        await asyncio.sleep(1.0)
        assert reposts.reposted(POSTED) is None
        assert reposts.deleted(10) is None
        assert await final == SHOWN

    run(story())


@pytest.mark.parametrize(
    "other",
    [
        replace(POSTED, text="why not?"),
        replace(POSTED, channel_id=6),
        replace(POSTED, id=9),
        replace(POSTED, attachments=(FILE,)),
        HIDDEN,
    ],
)
def test_what_is_no_repost_changes_nothing(other: Incoming) -> None:
    async def story() -> None:
        reposts = Reposts()
        reposts.reposted(other)
        assert await reposts.final(WRITTEN) is WRITTEN

    run(story())


def test_a_repost_that_cannot_be_read_counts_once_the_original_is_gone() -> None:
    async def story() -> None:
        reposts = Reposts()
        final = asyncio.create_task(reposts.final(WRITTEN))
        await asyncio.sleep(0.5)
        reposts.reposted(HIDDEN)
        reposts.deleted(10)
        assert await final == replace(SHOWN, text="R: why?")

    run(story())


def test_events_may_come_before_the_message_is_read() -> None:
    async def story() -> None:
        reposts = Reposts()
        reposts.deleted(10)
        reposts.reposted(POSTED)
        assert await reposts.final(WRITTEN) == SHOWN

    run(story())


@pytest.mark.parametrize("is_deleted_first", [True, False])
def test_a_late_repost_takes_the_place_of_the_original_once(is_deleted_first: bool) -> None:
    async def story() -> None:
        reposts = Reposts()
        assert await reposts.final(WRITTEN) is WRITTEN
        first = reposts.deleted(10) if is_deleted_first else reposts.reposted(POSTED)
        second = reposts.reposted(POSTED) if is_deleted_first else reposts.deleted(10)
        assert (first, second) == (None, SHOWN)
        assert reposts.deleted(10) is None

    run(story())


def test_a_message_that_is_only_deleted_is_not_answered() -> None:
    async def story() -> None:
        reposts = Reposts()
        final = asyncio.create_task(reposts.final(WRITTEN))
        await asyncio.sleep(0.5)
        reposts.deleted(10)
        assert await final is None

    run(story())
