"""The bot with its gateway as the process that dies."""

from bot.sandbox.model_server import Reply
from tests.crash.installation import Installation, in_short


@in_short("sqlite")
async def test_what_the_bot_confirmed_is_kept_by_whoever_comes_after_it(
    installation: Installation,
) -> None:
    installation.model.open_reply = Reply(chunks=["It is ", "Rayleigh."])
    (alice,), (channel,) = installation.people(1), installation.channels(1)
    bot = await installation.start_bot()
    asked = await installation.discord.slash(alice, channel, "ask", {"prompt": "Why blue?"})
    await installation.until(lambda: asked.messages and "Rayleigh" in asked.messages[0].content)
    options = {"when": "in 2 seconds", "text": "tea"}
    promised = await installation.discord.slash(alice, channel, "remind", options)
    await installation.until(lambda: promised.messages and not promised.messages[0].loading)
    assert promised.messages[0].content.startswith("Got it: I will remind you")
    await bot.kill()
    await installation.start()
    reminder = f"⏰ <@{alice.id}> tea"
    await installation.until(lambda: [m.content for m in installation.posts()][1:] == [reminder])
    await installation.none_left()
