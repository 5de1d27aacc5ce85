"""What has the focus on the sandbox's page keeps it, whatever happens around it."""

import pytest
from playwright.async_api import Locator, Page, expect

from bot.sandbox.discord_server import Channel, Guild, Message
from bot.sandbox.discord_server.rules.permissions import SEND_MESSAGES
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.run import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

# A button that is disabled loses the focus when the page is painted next.
NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def server(sandbox: Sandbox) -> Guild:
    (kitchen,) = sandbox.discord.world.guilds.values()
    return kitchen


def room(sandbox: Sandbox) -> Channel:
    """Return the channel that the page shows."""
    return list(server(sandbox).channels.values())[-1]


def say(sandbox: Sandbox, content: str, **fields: object) -> Message:
    draft = Draft({"content": content, **fields})
    return sandbox.discord.core.timeline.create(room(sandbox), server(sandbox).owner, draft)


def change(sandbox: Sandbox, message: Message, **fields: object) -> None:
    sandbox.discord.core.timeline.edit(message, Draft(dict(fields)))


def buttons(*names: str) -> list[dict[str, object]]:
    parts = [{"type": 2, "style": 2, "label": name, "custom_id": name} for name in names]
    return [{"type": 1, "components": parts}]


def article(page: Page, text: str) -> Locator:
    return page.locator("article", has_text=text)


def named(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


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


async def test_the_pointer_does_not_take_the_toolbar_away_from_the_keyboard(
    sandbox: Sandbox, page: Page
) -> None:
    say(sandbox, "older")
    say(sandbox, "newest")
    await article(page, "newest").focus()
    for _ in range(4):
        await page.keyboard.press("Tab")
    more = article(page, "newest").get_by_role("button", name="More actions")
    await article(page, "older").hover()
    await expect(more).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem").first).to_be_visible()
    await page.mouse.move(5, 5)
    await article(page, "older").hover()
    await page.keyboard.press("Escape")
    await expect(more).to_be_focused()

    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Create thread")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(named(page, "Create thread")).to_be_focused()


async def test_a_message_that_changes_keeps_the_focus_in_it(sandbox: Sandbox, page: Page) -> None:
    links = "[one](https://one.test) [two](https://two.test)"
    message = say(sandbox, links, components=buttons("Left", "Right"))
    for focused in (page.get_by_role("link", name="two"), named(page, "Left")):
        await focused.focus()
        change(
            sandbox, message, content=f"{links} {message.edits}", components=buttons("New", "Left")
        )
        await expect(page.locator("article")).to_contain_text(f"two {message.edits - 1}")
        await expect(focused).to_be_focused()
        change(sandbox, message, components=buttons("Left", "Right"))
        await expect(named(page, "Right")).to_be_visible()
        await expect(focused).to_be_focused()
    change(sandbox, message, components=buttons("Right"))
    await expect(named(page, "Left")).to_have_count(0)
    await expect(page.locator("article")).to_be_focused()
    sandbox.discord.core.timeline.delete([message])
    await expect(page.locator("#text")).to_be_focused()


async def test_a_menu_gives_the_focus_back_also_to_what_was_replaced(
    sandbox: Sandbox, page: Page
) -> None:
    kitchen = server(sandbox)
    owner = page.locator(f"#member-{kitchen.owner.id}")
    await owner.press("Enter")
    await expect(page.get_by_role("menu")).to_be_visible()
    sandbox.discord.add_channel(kitchen, "beside")
    await expect(page.locator(".channel", has_text="beside")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(owner).to_be_focused()

    message = say(sandbox, "choose", components=buttons("Left", "Right"))
    await page.locator(".channel", has_text="beside").click()
    await named(page, "Right").focus()
    await page.keyboard.press("ContextMenu")
    await expect(page.get_by_role("menu")).to_be_visible()
    change(sandbox, message, components=buttons("New", "Right"))
    await expect(named(page, "New")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(named(page, "Right")).to_be_focused()

    await page.keyboard.press("ContextMenu")
    await expect(page.get_by_role("menu")).to_be_visible()
    sandbox.discord.core.timeline.delete([message])
    await expect(page.locator("article")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.locator("#text")).to_be_focused()


async def test_a_button_that_can_do_nothing_for_now_keeps_the_focus(
    sandbox: Sandbox, page: Page
) -> None:
    plug, attach = page.locator("#plug"), page.locator(".attach")
    await plug.focus()
    sandbox.discord.world.feed.publish({"type": "bot", "state": "killed", "again_in_s": None})
    await expect(plug).to_be_disabled()
    await page.evaluate(NEXT_FRAME)
    await page.keyboard.press("Enter")
    sandbox.discord.world.feed.publish({"type": "bot", "state": "running", "again_in_s": None})
    await expect(plug).to_be_enabled()
    await expect(plug).to_be_focused()
    await expect(page.locator("#bot-text")).to_have_text("Abi is running")

    await attach.focus()
    everyone = server(sandbox).everyone
    sandbox.discord.set_overwrite(room(sandbox), everyone, deny=SEND_MESSAGES)
    await expect(page.locator("#text")).not_to_be_editable()
    await expect(attach).to_be_disabled()
    await page.evaluate(NEXT_FRAME)
    await expect(attach).to_be_focused()


async def test_the_way_to_the_newest_message_leads_to_the_composer_when_it_ends(
    sandbox: Sandbox, page: Page
) -> None:
    for number in range(9):
        say(sandbox, f"line {number}\n" * 9)
    await expect(article(page, "line 8")).to_be_in_viewport()
    await page.locator("#log").evaluate("node => node.scrollTo(0, 0)")
    jump = page.locator("#jump")
    await expect(jump).to_be_visible()
    await jump.focus()
    while await jump.is_visible():
        await page.keyboard.press("PageDown")
    await expect(page.locator("#text")).to_be_focused()


async def test_a_place_that_is_gone_leads_to_the_composer(sandbox: Sandbox, page: Page) -> None:
    kitchen = server(sandbox)
    message = say(sandbox, "begin")
    thread = await sandbox.discord.create_thread(kitchen.owner, message, "aside")
    await page.locator(f"#channel-{thread.id}").click()
    parent = page.locator("#channel-name").get_by_role("button")
    await parent.focus()
    sandbox.discord.add_channel(kitchen, "another")
    await expect(page.locator(".channel", has_text="another")).to_be_visible()
    await expect(parent).to_be_focused()
    sandbox.discord.remove_channel(thread)
    await expect(parent).to_have_count(0)
    await expect(page.locator("#text")).to_be_focused()
