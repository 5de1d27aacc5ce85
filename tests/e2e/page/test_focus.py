"""What has the focus on the sandbox's page keeps it, whatever happens around it."""

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.discord_server import Channel, Guild, Message
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.run import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def server(sandbox: Sandbox) -> Guild:
    (kitchen,) = sandbox.discord.world.guilds.values()
    return kitchen


def room(sandbox: Sandbox) -> Channel:
    """Return the channel that the page shows."""
    return list(server(sandbox).channels.values())[-1]


def say(sandbox: Sandbox, content: str, **fields: object) -> Message:
    draft = Draft({"content": content, **fields})
    return sandbox.discord.core.timeline.create(room(sandbox), server(sandbox).owner, draft)


def article(page: Page, text: str) -> Locator:
    return page.locator("article", has_text=text)


async def leave_the_footer(page: Page) -> None:
    await page.locator("#text").focus()
    while await page.locator("footer :focus").count():
        await page.keyboard.press("Shift+Tab")


async def test_the_messages_stay_one_tab_stop_with_the_pointer_on_one_of_them(
    sandbox: Sandbox, page: Page
) -> None:
    say(sandbox, "older")
    say(sandbox, "newest")
    for text in ("newest", "older"):
        await article(page, text).hover()
        await expect(article(page, text).get_by_role("toolbar")).to_be_visible()
        await leave_the_footer(page)
        await expect(article(page, "newest")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(page.locator("#tools-button")).to_be_focused()
