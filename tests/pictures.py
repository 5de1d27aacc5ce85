"""The pictures of the README, taken from the page of a real sandbox: ``make pictures``.

Nothing is drawn into a frame, and the bot is killed and comes back as in ``make sandbox``. Only
time differs: waiting is shortened, and no frame is too short to be seen.
"""

from __future__ import annotations

import asyncio
import io
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from bot.answers.texts import RESUMED
from bot.sandbox.run import Sandbox
from bot.settings import load
from tests.e2e.page.conftest import FLAGS, NO_BROWSER, browser_path

DOCS = Path(__file__).parents[1] / "docs"
MOVING, STILL = DOCS / "sandbox.webp", DOCS / "sandbox.png"
SIZE, SCALE = ViewportSize(width=1000, height=700), 1.5

# What the pictures show; a test fails when the bot or the page no longer has one of these.
COMMANDS = ("ask",)
CHIPS = ("Ask something", "Get a digest of 44 messages", "Set a reminder", "Pull the plug")
ASK, PLUG = CHIPS[0], CHIPS[-1]
CUT_AFTER = "Everything else is real."  # about the middle of the scripted answer

FIRST_MS, POINTED_MS, LAST_MS = 1_800, 700, 2_200
# A frame is shown for as long as the page looked like it, but at least and at most so long.
SHORTEST_MS, LONGEST_MS = 500, 1_600
PAUSE_S = 0.2  # most of the processor is the bot's
TAKE_S = 60.0


@dataclass
class Frame:
    png: bytes
    shown_ms: int


class Film:
    """The frames of a page, each different from the one before."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[Frame] = []

    async def hold(self, shown_ms: int) -> None:
        """Show the page as it is now for so long."""
        png = await self._page.screenshot()
        if self._frames and self._frames[-1].png == png:
            self._frames.pop()
        self._frames.append(Frame(png, shown_ms))

    async def until(self, end: Locator) -> None:
        """Take every frame until the page shows ``end``."""
        png, since_s = await self._page.screenshot(), time.monotonic()
        while not await end.is_visible():
            await asyncio.sleep(PAUSE_S)
            following = await self._page.screenshot()
            if following != png:
                self._add(png, since_s)
                png, since_s = following, time.monotonic()
        self._add(png, since_s)

    def _add(self, png: bytes, since_s: float) -> None:
        shown_ms = round((time.monotonic() - since_s) * 1000)
        self._frames.append(Frame(png, min(max(SHORTEST_MS, shown_ms), LONGEST_MS)))

    def save(self, moving: Path, still: Path) -> None:
        """Write a WebP that repeats for ever, and its last frame as a PNG."""
        first, *others = (Image.open(io.BytesIO(f.png)).convert("RGB") for f in self._frames)
        first.save(
            moving,
            save_all=True,
            append_images=others,
            duration=[frame.shown_ms for frame in self._frames],
            loop=0,
            lossless=True,
            method=6,  # the slowest, and the smallest file
        )
        others[-1].save(still, optimize=True)


async def play(page: Page, film: Film) -> None:
    """Ask, pull the plug in mid-sentence, and see the answer go on to its end."""
    chips, composer = page.locator("#welcome .chip"), page.locator("#text")
    answer = page.locator("article", has_text=f"You used /{COMMANDS[0]}")
    await expect(chips).to_have_text(CHIPS)
    await film.hold(FIRST_MS)
    await press(chips.filter(has_text=ASK), film)
    await composer.hover()
    await film.until(answer.get_by_text(CUT_AFTER))
    await press(page.locator("#bar").get_by_role("button", name=PLUG), film)
    await composer.hover()
    await film.until(answer.get_by_text(RESUMED))
    await film.hold(LAST_MS)


async def press(button: Locator, film: Film) -> None:
    await button.hover()
    await film.hold(POINTED_MS)
    await button.click()


async def main() -> None:
    browser = browser_path()
    if browser is None:
        sys.exit(NO_BROWSER)
    settings = load({"ABI_LOG_LEVEL": "WARNING"})
    async with Sandbox(settings, {}, port=0) as sandbox, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = await chromium.new_page(
            viewport=SIZE,
            device_scale_factor=SCALE,
            color_scheme="dark",
            reduced_motion="reduce",  # nothing blinks
            locale="en-GB",
            timezone_id="UTC",
        )
        await page.goto(sandbox.url)
        film = Film(page)
        async with asyncio.timeout(TAKE_S):
            await play(page, film)
        await chromium.close()
    film.save(MOVING, STILL)


if __name__ == "__main__":
    asyncio.run(main())
