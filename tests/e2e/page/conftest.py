"""A real browser for the tests of the sandbox's page."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.sandbox.run import Sandbox
from bot.settings import load
from tests.sandbox import start_inside

# Beside other tests, a page may take its time.
expect.set_options(timeout=15_000)

NO_BROWSER = "no browser: install Chromium (Debian: apt install chromium), or run .ci/run"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Nothing but the page: no sandbox of its own in containers, and no calls home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def browser_path() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for a module, which belongs to the loop of that module's tests."""
    path = browser_path()
    if path is None:
        pytest.skip(NO_BROWSER)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


def watch(page: Page) -> list[str]:
    """Return a list that the page's errors are added to."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.extend([line.text] * (line.type == "error")))
    return problems


# One sandbox and one page serve the tests of a module, and belong to the loop that started them.


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(load({}), {}, port=0, start=start_inside) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def window(browser: Browser, sandbox: Sandbox) -> AsyncIterator[Page]:
    opened = await browser.new_page(reduced_motion="reduce")
    await opened.goto(sandbox.url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(sandbox: Sandbox, window: Page) -> AsyncIterator[Page]:
    """The page in a channel where nothing was said; to load it anew is what takes time."""
    problems = watch(window)
    (kitchen,) = sandbox.discord.world.guilds.values()
    room = sandbox.discord.add_channel(kitchen, f"room-{len(kitchen.channels)}")
    sandbox.model.requests.clear()
    await window.locator(f"#channel-{room.id}").click()
    await expect(window.locator("#text")).to_be_focused()
    yield window
    assert problems == []
