"""A visit to the sandbox: what its page shows, by pointer, keyboard, finger and ear."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.sandbox.model_server import Reply
from bot.sandbox.run import Sandbox
from bot.settings import load
from tests.e2e.page.conftest import watch

# They share one page, and one sandbox whose bot is a process of its own.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

RUNNING = {"state": "running", "reason": "", "again_in_s": None}
OFF = '{ name: "model_down", on: false }'
# Of the bar, while the bot runs and once it was killed.
HEIGHTS = (
    "async () => { const { showBot } = await import('/bar.js'); return ['running', 'killed'].map("
    "(state) => { showBot({ state, again_in_s: 4 }, 'Abi', () => {});"
    " return document.querySelector('#bar').offsetHeight; }); }"
)
UNREAD = (
    "async () => { const { state } = await import('/state.js');"
    " (await import('/places.js')).setUnread([...state.channels.keys()].at(-1), true); }"
)
# Of the line above a reply, with long code and with a long text.
QUOTED = (
    "() => ['code', 'b'].map((name) => { const line = document.createElement('div');"
    " line.className = 'message-origin';"
    " line.append(document.createElement(name)); line.firstChild.append('a b '.repeat(60));"
    " document.querySelector('.message-main').append(line); const { height } ="
    " line.getBoundingClientRect(); line.remove(); return height; })"
)
# What is chosen in a select of channels, of which the second is.
CHOSEN = (
    "async () => { const { selectNode } = await import('/components.js');"
    " const { names } = await import('/state.js'); const [, { value }] = names.all('channels');"
    " const part = { type: 8, max_values: 25, default_values: [{ id: value, type: 'channel' }] };"
    " return [...selectNode(part, names, () => {}).querySelector('select').selectedOptions]"
    ".map((option) => option.value === value); }"
)
# By how much a long name is wider than the beginning of its channel.
TOO_WIDE = (
    "() => { const title = document.createElement('h2'); title.append('x'.repeat(90));"
    " const place = document.createElement('div'); place.className = 'beginning';"
    " place.append(title); document.querySelector('#messages').append(place);"
    " const wide = title.scrollWidth - title.clientWidth; place.remove(); return wide; }"
)
LOOKS = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(load({}), {}, port=0) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def window(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Page]:
    opened = await browser.new_page(reduced_motion="reduce")
    await opened.goto(sandbox.url)
    await expect(opened.locator("#text")).to_be_focused()
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(window: Page) -> AsyncIterator[Page]:
    problems = watch(window)
    yield window
    assert problems == []


@pytest_asyncio.fixture(loop_scope="module")
async def phone(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Page]:
    size = ViewportSize(width=390, height=844)
    opened = await browser.new_page(viewport=size, has_touch=True, is_mobile=True)
    problems = watch(opened)
    await opened.goto(f"{sandbox.url}/#planning")
    yield opened
    await opened.close()
    assert problems == []


async def go(page: Page, channel: str) -> None:
    await page.locator(".channel", has_text=channel).click()
    await expect(page.locator("#text")).to_be_focused()


async def become(page: Page, name: str) -> None:
    await page.locator("#me").click()
    await page.get_by_role("menuitemradio", name=name).click()
    await expect(page.locator("#me")).to_contain_text(name)


async def open_tool(page: Page, name: str) -> None:
    if await page.locator("#tools").is_hidden():
        await page.locator("#tools-button").click()
    await page.get_by_role("tab", name=name).click()


async def test_the_plug_is_pulled_in_mid_sentence_and_the_answer_goes_on(
    sandbox: Sandbox, page: Page
) -> None:
    rest = asyncio.Event()
    begun = Reply(chunks=["The sky is blue, " * 20, "and never more"], gates={1: rest})
    sandbox.model.script += [begun, Reply(chunks=["as was said."])]
    await page.goto(sandbox.url)
    await expect(page).to_have_title("#planning · Sandbox")
    await expect(page.locator("#welcome")).to_contain_text("The bot is real")
    state, said = page.locator("#bot-text"), page.locator("#said")
    await expect(state).to_have_text("Abi is running")
    await page.locator("#welcome").get_by_role("button", name="Pull the plug").click()
    await expect(state).to_contain_text("Abi was killed. It starts again")
    await expect(page.locator(".remark").first).to_contain_text("killed with SIGKILL")
    for text in ("Abi is answering.", "The plug was pulled"):
        await expect(said).to_contain_text(text)
    answer = page.locator("article", has_text="You used /ask").locator(".message-body")
    await expect(answer).to_contain_text("The sky is blue")
    await expect(state).to_have_text("Abi is running")
    await expect(page.locator(".remark").last).to_contain_text("Abi is back")
    await expect(answer).to_contain_text(re.compile(r"blue,\s*as was said\."))
    await expect(said).to_contain_text("Abi has finished.")
    rest.set()


async def test_a_bot_that_crashed_is_seen_at_once(sandbox: Sandbox, page: Page) -> None:
    crashed = {"type": "bot", "state": "crashed", "reason": "exit code 1", "again_in_s": 4.0}
    sandbox.discord.world.feed.publish(crashed)
    alert = page.locator("#crash")
    await expect(alert).to_contain_text("Abi has crashed (exit code 1). It starts again in 4 s.")
    await expect(page.locator(".remark").last).to_have_text("Abi has crashed.")
    await expect(page.locator("#plug")).to_be_disabled()
    sandbox.discord.world.feed.publish({"type": "bot", **RUNNING})
    await expect(alert).to_be_hidden()


async def test_a_reload_keeps_the_channel_and_what_was_said(page: Page) -> None:
    await go(page, "general")
    await page.keyboard.type("Still here?")
    await page.keyboard.press("Enter")
    await expect(page.locator("article")).to_contain_text("Still here?")
    await page.keyboard.type("half a thought")
    await page.reload()
    await expect(page).to_have_title("#general · Sandbox")
    await expect(page.locator("article")).to_contain_text("Still here?")
    await expect(page.locator("#text")).to_have_value("half a thought")
    await page.locator("#text").fill("")


async def test_a_digest_is_there_and_a_reminder_comes_when_the_clock_is_moved(page: Page) -> None:
    await go(page, "general")
    await page.get_by_role("button", name="Get a digest of 44 messages").click()
    await expect(page).to_have_title("#planning · Sandbox")
    await expect(page.get_by_role("link", name="44 messages").last).to_be_visible()
    await go(page, "general")
    await page.get_by_role("button", name="Set a reminder").click()
    await expect(page.locator("article").last).to_contain_text("Stir the soup")
    clock, said = page.locator("#clock"), page.locator("#said")
    # At some times of day the digest is due before the reminder.
    for button in ("#to-hour", "#to-hour", "#to-next", "#to-tomorrow"):
        before = await clock.inner_text()
        await page.locator(button).click()
        if button != "#to-next":
            await expect(clock).not_to_have_text(before)
    await expect(said).to_contain_text("It is now")
    await expect(page.locator("article.for-me")).to_contain_text("@You Stir the soup")
    await expect(clock).to_contain_text("9:00")
    await expect(page.locator(".day").first).not_to_have_text("Today")


async def test_the_page_acts_as_several_people_whose_rights_differ(page: Page) -> None:
    await go(page, "recipes")
    await page.keyboard.type("Soup?")
    await page.keyboard.press("Enter")
    await become(page, "Sam")
    await expect(page.locator("#me")).to_contain_text("muted")
    await expect(page.locator("#text")).not_to_be_editable()
    await expect(page.locator("#text")).to_have_attribute(
        "placeholder", re.compile("timed out until .+")
    )
    await become(page, "Mira")
    said = page.locator("article", has_text="Soup?")
    await said.click(button="right")
    await expect(page.get_by_role("menuitem", name="Delete message")).to_have_count(0)
    await page.get_by_role("menuitem", name="React with heart").click()
    heart = said.get_by_role("button", name="❤️, by Mira")
    await expect(heart).to_have_attribute("aria-pressed", "true")
    await heart.click()
    await expect(heart).to_have_count(0)
    await open_tool(page, "Permissions")
    sending = page.get_by_role("switch", name="Everyone: Send messages", exact=True)
    await sending.click()
    await expect(page.locator("#text")).not_to_be_editable()
    await sending.click()
    await expect(page.locator("#text")).to_be_editable()
    seeing = page.get_by_role("switch", name="Everyone: View channel")
    await seeing.click()
    await expect(page.locator(".channel", has_text="recipes")).to_have_count(0)
    await seeing.click()
    await expect(page.locator(".channel", has_text="recipes")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("#members").get_by_role("button", name="Owner").click()
    await page.get_by_role("menuitem", name="Act as Owner").click()
    await go(page, "recipes")
    await said.click(button="right")
    await page.get_by_role("menuitem", name="Delete message").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(said).to_have_count(0)
    await become(page, "You")


async def test_a_fault_is_switched_on_and_the_wire_shows_it(page: Page) -> None:
    await go(page, "late-night")
    await open_tool(page, "Faults")
    down = page.get_by_role("switch", name="Down").first
    await down.click()
    await expect(page.locator("#faults-on")).to_have_text("1")
    await page.get_by_role("button", name="Ask something").click()
    await open_tool(page, "Wire")
    refused = page.locator(".wire-list li", has_text="POST /v1/chat/completions").last
    await expect(refused).to_contain_text("503")
    used = page.locator(".wire-list li", has_text="INTERACTION_CREATE").last
    await expect(used).to_contain_text("/ask")
    # As from another window.
    await page.evaluate(f"import('/requests.js').then(({{ ask }}) => ask('faults', {OFF}))")
    await expect(page.locator("#faults-on")).to_be_hidden()
    await open_tool(page, "Faults")
    await expect(down).not_to_be_checked()
    await page.keyboard.press("Escape")
    await expect(page.locator("#tools")).to_be_hidden()
    await expect(page.locator("#tools-button")).to_be_focused()
    await expect(page.get_by_role("button", name="Ask again")).to_be_visible(timeout=15_000)


async def test_keys_reach_the_composer_and_the_messages_are_one_tab_stop(
    sandbox: Sandbox, page: Page
) -> None:
    sandbox.model.script += [Reply(chunks=["First."]), Reply(chunks=["Second."])]
    await go(page, "late-night")
    await page.keyboard.type("/ask")
    await page.keyboard.press("Enter")
    await page.keyboard.type("once")
    await page.keyboard.press("Enter")
    last = page.locator("article").last
    await expect(last).to_contain_text("First.")
    await last.get_by_role("button", name="Ask again").click()
    await expect(last).to_contain_text("Second.")
    await page.keyboard.type("typed after a click")
    await expect(page.locator("#text")).to_have_value("typed after a click")
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Delete")

    await page.keyboard.press("Shift+Tab")
    while await page.locator("footer :focus").count():
        await page.keyboard.press("Shift+Tab")
    await expect(last).to_be_focused()
    await page.keyboard.press("ArrowUp")
    above = page.locator("article").nth(-2)
    await expect(above).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(above.locator(":focus")).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Shift+Tab")
    assert await page.locator("#log :focus").count() == 0
    await page.keyboard.press("Escape")
    await expect(page.locator("#text")).to_be_focused()

    reply = last.get_by_role("button", name="Reply", exact=True)
    text = page.get_by_role("dialog").get_by_role("textbox")
    await reply.press("Enter")
    await text.fill("unsent")
    await page.keyboard.press("Escape")
    await expect(reply).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(text).to_have_value("unsent")
    await page.keyboard.press("Escape")


async def test_drafts_survive_escape_and_channels(page: Page) -> None:
    await go(page, "late-night")
    await page.keyboard.type("half a thought")
    await page.keyboard.press("Escape")
    await go(page, "recipes")
    await expect(page.locator("#text")).to_have_value("")
    await page.keyboard.type("/remind")
    await page.keyboard.press("Enter")
    await page.keyboard.type("tomorrow 9:00")
    await expect(page.get_by_role("option", name="09:00")).to_be_visible()
    await page.keyboard.press("Escape")  # the suggestions
    await page.keyboard.press("Escape")
    await expect(page.locator("#text")).to_have_value("/remind")
    await page.keyboard.press("Enter")
    when = page.locator("input[data-option=when]")
    await expect(when).to_have_value("tomorrow 9:00")
    await go(page, "late-night")
    await expect(page.locator("#text")).to_have_value("half a thought")
    await page.locator("#text").fill("")
    await page.locator(".channel", has_text="recipes").click()
    await expect(when).to_have_value("tomorrow 9:00")
    await page.get_by_role("button", name="Discard command").click()
    await expect(page.locator("#text")).to_have_value("")
    await open_tool(page, "Wire")
    typed = page.locator(".wire-list li", has_text="/remind (autocomplete)").first
    await expect(typed).to_be_hidden()
    await page.locator("#wire").get_by_role("button", name="Show").click()
    await expect(typed).to_be_visible()
    await page.keyboard.press("Escape")


async def test_a_finger_that_rests_on_a_message_opens_its_menu(phone: Page) -> None:
    said = phone.locator("article", has_text="card reader").first
    await said.scroll_into_view_if_needed()
    box = await said.bounding_box()
    assert box is not None
    finger = await phone.context.new_cdp_session(phone)
    point = {"x": box["x"] + 120, "y": box["y"] + 30}
    touch = "Input.dispatchTouchEvent"
    await finger.send(touch, {"type": "touchStart", "touchPoints": [point]})
    await expect(phone.get_by_role("menu")).to_be_visible()
    await finger.send(touch, {"type": "touchEnd", "touchPoints": []})
    await phone.get_by_role("menuitem", name="Reply to this message").tap()
    ping = phone.get_by_role("button", name="Notify the author")
    await ping.tap()
    await expect(ping).to_have_attribute("aria-pressed", "false")
    await phone.keyboard.type("I do")
    await phone.get_by_role("button", name="Send message").tap()
    await expect(phone.locator("article", has_text="I do").last).to_be_in_viewport()
    await expect(phone.locator("#welcome")).to_contain_text("The bot is real")
    await expect(phone.locator(".chip").last).to_be_in_viewport(ratio=1)
    menu = phone.get_by_role("button", name="Channels")
    await phone.evaluate(UNREAD)
    await expect(menu).to_have_accessible_name("Channels, some unread")
    running, killed = await phone.evaluate(HEIGHTS)
    assert running == killed
    code, text = await phone.evaluate(QUOTED)
    assert code < 1.5 * text, "it is one line"
    assert await phone.evaluate(CHOSEN) == [True]
    assert await phone.evaluate(TOO_WIDE) == 0
    assert await phone.evaluate(LOOKS) == []


async def test_everything_has_a_name_enough_contrast_and_a_place(page: Page) -> None:
    await go(page, "planning")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for tab in ("Wire", "Faults", "Permissions"):
            await open_tool(page, tab)
            assert await page.evaluate(LOOKS) == []
        await page.keyboard.press("Escape")
    # As with a zoom of 200 %.
    await page.set_viewport_size({"width": 640, "height": 360})
    assert await page.evaluate(LOOKS) == []
