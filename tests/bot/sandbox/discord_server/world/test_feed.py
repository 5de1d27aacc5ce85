import asyncio

from bot.sandbox.discord_server.world.feed import Feed


async def test_until_looks_again_after_each_change() -> None:
    feed = Feed()
    seen: list[int] = []
    waiting = asyncio.create_task(feed.until(lambda: len(seen) == 2, timeout_s=5))
    for number in range(2):
        await asyncio.sleep(0)
        assert not waiting.done()
        seen.append(number)
        feed.changed()
    assert await waiting


async def test_an_event_for_pages_wakes_until_as_well() -> None:
    feed = Feed()
    seen: list[int] = []
    waiting = asyncio.create_task(feed.until(lambda: seen, timeout_s=5))
    await asyncio.sleep(0)
    seen.append(1)
    feed.publish({"type": "typing"})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert waiting.done()


async def test_until_says_when_the_time_is_over() -> None:
    assert not await Feed().until(lambda: False, timeout_s=0.001)


async def test_a_closed_subscription_gets_nothing_more() -> None:
    feed = Feed()
    subscription = feed.subscribe()
    assert feed.is_watched
    feed.publish({"type": "first"})
    await subscription.aclose()
    feed.publish({"type": "second"})
    assert await anext(subscription) == {"type": "first"}
    assert subscription.queue.empty()
    assert not feed.is_watched
