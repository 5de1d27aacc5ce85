"""The sandbox page in a real browser, with the real bot behind it."""

import asyncio

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from bot.sandbox.model_server import Reply
from bot.sandbox.run import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def ask(page: Page, prompt: str) -> None:
    await page.keyboard.type("/ask")
    await expect(page.get_by_role("option", name="/ask")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("input[data-option=prompt]")).to_be_focused()
    await page.keyboard.type(prompt)


def answer(page: Page) -> Locator:
    return page.locator("article .message-body").last


async def test_an_answer_asked_by_keyboard_grows_until_it_is_whole(
    sandbox: Sandbox, page: Page
) -> None:
    second, third = asyncio.Event(), asyncio.Event()
    sandbox.model.script.append(
        Reply(
            chunks=["The sky ", "is **blue** ", "because of `scattering`."],
            gates={1: second, 2: third},
        )
    )
    await ask(page, "what do I see")
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text("The sky")
    await expect(answer(page)).not_to_contain_text("blue")
    second.set()
    await expect(answer(page).locator("strong").last).to_have_text("blue")
    await expect(answer(page)).not_to_contain_text("scattering")
    third.set()
    await expect(answer(page)).to_contain_text("The sky is blue because of scattering.")
    await expect(answer(page).locator("code")).to_have_text("scattering")
    await expect(page.locator("#text")).to_be_focused()


async def test_a_model_is_chosen_from_what_the_bot_suggests(sandbox: Sandbox, page: Page) -> None:
    sandbox.model.script.append(Reply(chunks=["hello"]))
    await ask(page, "hi")
    await page.locator("input[data-option=model]").focus()
    await page.keyboard.type("lar")
    await expect(page.get_by_role("option")).to_have_text(["sandbox-large · Scripted model"])
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text("hello")
    assert sandbox.model.requests[0]["model"] == "sandbox-large"


async def test_tab_takes_a_choice_and_goes_to_the_next_field(page: Page) -> None:
    await page.keyboard.type("/digest add")
    await expect(page.get_by_role("option", name="/digest add")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.type("plan")
    await expect(page.get_by_role("option", name="#planning")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.locator("input[data-option=channel]")).to_have_value("#planning")
    await expect(page.locator("input[data-option=when]")).to_be_focused()


async def test_a_required_option_is_asked_for(sandbox: Sandbox, page: Page) -> None:
    await ask(page, "")
    await expect(page.locator("input[data-option=attachment2]")).to_be_hidden()
    file = FilePayload(name="night.txt", mimeType="text/plain", buffer=b"a dark night")
    await page.locator("input[data-option=attachment]").set_input_files(file)
    await expect(page.locator(".file-name").first).to_have_text("night.txt")
    await expect(page.locator("input[data-option=attachment2]")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".form-hint")).to_have_text(
        "This option is required. Specify a value."
    )
    assert sandbox.model.requests == []


async def test_a_hostile_answer_stays_text(sandbox: Sandbox, page: Page) -> None:
    hostile = (
        "<img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script> "
        "[click](javascript:document.title='owned') <svg onload=alert(1)>"
    )
    sandbox.model.script.append(Reply(chunks=[hostile]))
    title = await page.title()
    await ask(page, "be nasty")
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text(hostile)
    assert await page.locator("#log :is(img, script, svg, iframe)").count() == 0
    assert await page.locator('#log a[href^="javascript"]').count() == 0
    assert await page.title() == title


async def test_a_private_answer_can_be_dismissed(sandbox: Sandbox, page: Page) -> None:
    sandbox.model.script.append(Reply(chunks=["between us"]))
    await ask(page, "psst")
    await page.locator("input[data-option=private]").focus()
    await page.keyboard.type("True")
    await expect(page.get_by_role("option", name="True")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(answer(page)).to_contain_text("between us")
    await expect(page.locator("article.ephemeral")).to_contain_text("Only you can see this")
    await page.get_by_role("button", name="Dismiss message").click()
    await expect(page.locator("article")).to_have_count(0)


async def test_the_newest_message_stays_in_sight_until_the_person_scrolls_away(
    sandbox: Sandbox, page: Page
) -> None:
    lines = Reply(chunks=["line\n" * 60])
    sandbox.model.script.extend([lines, lines])
    await ask(page, "many lines")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Ask again")).to_be_in_viewport()
    await page.locator("#log").hover()
    await page.mouse.wheel(0, -600)
    await expect(page.locator("#jump")).to_be_visible()
    await ask(page, "more lines")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Ask again")).to_have_count(2)
    await expect(page.get_by_role("button", name="Ask again").last).not_to_be_in_viewport()
    await page.locator("#jump").click()
    await expect(page.get_by_role("button", name="Ask again").last).to_be_in_viewport()
    await expect(page.locator("#jump")).to_be_hidden()


async def test_a_digest_of_the_busy_channel_leads_to_its_messages(page: Page) -> None:
    await page.get_by_role("button", name="planning").click()
    await page.keyboard.type("/digest add")
    await expect(page.get_by_role("option", name="/digest add")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.type("planning")
    await page.get_by_role("option", name="#planning").click()
    await expect(page.locator("input[data-option=when]")).to_be_focused()
    await page.keyboard.type("every day at 18:00")
    await page.get_by_role("button", name="Send").click()
    clock = page.get_by_label("What does your clock show now?")
    await clock.select_option("Europe/Berlin")
    await expect(answer(page)).to_contain_text("Got it: a digest of #planning")
    await page.keyboard.type("/digest now")
    await expect(page.get_by_role("option", name="/digest now")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.get_by_role("option", name="18:00").click()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("link", name="44 messages")).to_be_visible()
    digest = page.locator("article", has=page.locator("strong", has_text="Digest of #planning"))
    await digest.get_by_role("link", name="3", exact=True).click()
    found = page.locator("article.found")
    await expect(found).to_contain_text("it's confirmed: two tables next to the fountain")
    await expect(found).to_be_in_viewport()
    await expect(page.locator("#jump")).to_be_visible()
    await page.get_by_role("button", name="general").click()
    await page.get_by_role("button", name="planning").click()
    posted = page.locator("article", has_text="Posted: ")
    await posted.get_by_role("link").click()
    await expect(page.locator("article.found")).to_contain_text("Digest of #planning")


async def test_a_relative_time_is_rounded_at_every_unit(page: Page) -> None:
    expected = {
        7200: "in 2 hours", 7199: "in 2 hours", 5399: "in 1 hour", 3599: "in 1 hour",
        3569: "in 59 minutes", 60: "in 1 minute", 59: "in 59 seconds", 89: "in 1 minute",
        86399: "tomorrow", 7 * 86400 - 1: "in 7 days", 14 * 86400 - 1: "in 14 days",
        30 * 86400 - 1: "next month", 61 * 86400 - 1: "in 2 months", 365 * 86400 - 1: "next year",
        -7199: "2 hours ago", -1: "1 second ago", 0: "now",
    }  # fmt: skip
    shown = await page.evaluate(
        "async (all) => { const { fromNow } = await import('/times.js');"
        " return all.map((seconds) => fromNow(new Date(1e12 + seconds * 1000), 1e12)); }",
        list(expected),
    )
    assert dict(zip(expected, shown, strict=True)) == expected


async def test_what_a_message_hides_or_quotes_may_hold_code(sandbox: Sandbox, page: Page) -> None:
    answer = (
        "||ends in a space ||\n||```py\nsecret = 1\n```||\n> ```py\n> quoted = 2\n> ```\nafter\n"
        "> a line\n```\nplain = 3\n```\n>>> to **the end**"
    )
    sandbox.model.script.append(Reply(chunks=[answer]))
    await ask(page, "show everything")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    body = page.locator(".message").last
    await expect(body.locator(".spoiler").first).to_have_text("ends in a space ")
    await expect(body.locator(".spoiler pre code")).to_have_text("secret = 1")
    await expect(body.locator("blockquote pre code")).to_have_text("quoted = 2")
    await expect(body.locator("pre code").last).to_have_text("plain = 3")
    await expect(body.locator("blockquote strong").last).to_have_text("the end")


async def test_a_reply_shows_what_it_answers_without_the_signs_of_markup(
    sandbox: Sandbox, page: Page
) -> None:
    sandbox.model.script.append(Reply(chunks=["word " * 600]))
    await ask(page, "count")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    await expect(page.locator("article").last).to_contain_text("↱ Abi word word")


async def test_a_person_talks_with_the_bot_and_changes_their_mind(
    sandbox: Sandbox, page: Page
) -> None:
    first_word = asyncio.Event()
    scattering = Reply(chunks=["Scattering."], gates={0: first_word})
    sandbox.model.script += [scattering, Reply(chunks=["Stars."])]
    await page.keyboard.type("@ab")
    await expect(page.get_by_role("option").first).to_contain_text("Abi")
    await page.keyboard.press("Enter")
    await page.keyboard.type("why is it blue? #plan")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    question = page.locator("article", has_text="why is it blue? #planning").first
    await expect(question.locator(".mention")).to_have_text(["@Abi", "#planning"])
    await expect(page.locator("#typing")).to_have_text("Abi is typing…")
    first_word.set()
    await expect(answer(page)).to_contain_text("Scattering.")
    await expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    await expect(page.locator("#typing")).to_be_empty()

    await page.locator("article", has_text="Scattering.").last.click(button="right")
    await page.get_by_role("menuitem", name="Reply to this message").click()
    await expect(page.locator(".reply-bar")).to_contain_text("Replying to Abi")
    night = FilePayload(name="night.txt", mimeType="text/plain", buffer=b"a dark night")
    await page.locator("#files").set_input_files(night)
    await expect(page.locator(".upload")).to_contain_text("night.txt")
    await page.keyboard.type("and at night?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".upload")).to_have_count(0)
    reply = page.locator("article", has_text="and at night?").first
    await expect(reply.locator(".replied")).to_contain_text("Abi Scattering.")
    await expect(reply.locator(".file")).to_contain_text("night.txt")
    await expect(answer(page)).to_contain_text("Stars.")

    await page.locator("#text").focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.type(" or at dawn? #plan")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    changed = page.locator("article", has_text="and at night? or at dawn?").first
    await expect(changed.locator(".edited").first).to_be_visible()
    await expect(changed.locator(".mention")).to_have_text("#planning")
    await changed.locator(".message-body").click(button="right")
    await page.get_by_role("menuitem", name="Delete message").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator("article .file", has_text="night.txt")).to_have_count(0)


async def test_a_long_paste_becomes_a_file_and_a_thread_goes_on_beside_the_channel(
    page: Page,
) -> None:
    await page.evaluate(
        "() => { const data = new DataTransfer(); data.setData('text/plain', 'soup '.repeat(500));"
        " document.querySelector('#text').dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }"
    )
    await expect(page.locator(".upload")).to_contain_text("message.txt")
    await page.evaluate(
        "() => { const data = new DataTransfer(); data.items.add(new File(['x'], 'dropped.txt'));"
        " document.body.dispatchEvent("
        "new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })); }"
    )
    await expect(page.locator(".upload")).to_have_count(2)
    await page.keyboard.press("Enter")
    posted = page.locator("article", has_text="message.txt")
    await posted.hover()
    await posted.get_by_role("button", name="Create thread").click()
    await page.keyboard.type("All about soup")
    await page.keyboard.press("Enter")
    await expect(page.locator("#channel-name")).to_contain_text("All about soup")
    await expect(page.locator("#text")).to_be_focused()
    await page.keyboard.type("with bread")
    await page.keyboard.press("Enter")
    await expect(page.locator("article", has_text="with bread")).to_be_visible()
    await page.locator("#channel-name .parent").click()
    link = page.locator(".thread-link")
    await expect(link).to_contain_text("All about soup2 messages")
    await link.click()
    await page.locator("article", has_text="with bread").hover()
    await page.get_by_role("button", name="Reply to this message").click()
    await page.keyboard.type("of rye")
    await page.keyboard.press("Enter")
    await page.locator("article", has_text="with bread").first.click(button="right")
    await page.get_by_role("menuitem", name="Delete message").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    rye = page.locator("article", has_text="of rye")
    await expect(rye).to_contain_text("The original message was deleted.")
    await page.locator("#threads").click()
    await page.get_by_role("menuitem", name="Close this thread").click()
    await expect(page.locator("#channel-topic")).to_contain_text("This thread is closed.")


async def test_code_is_coloured_and_stays_as_it_was(page: Page) -> None:
    code = 'def f(x):  # "why"\n    return """a\nb""" + f(0x1F) if x else None  # it\'s\n'
    languages = ["python", "js", "c++", "rust", "html", "sql", "sh", "diff", "json", "text", "none"]
    shown = await page.evaluate(
        "async ([code, all]) => { const { highlighted } = await import('/highlight.js');"
        " const built = (language) => { const pre = document.createElement('pre');"
        " pre.append(...highlighted(language, code)); return pre; };"
        " const kind = (node) => node.className.replace('code-', '');"
        " const spans = [...built('python').children].map((node) => [kind(node), node.innerText]);"
        " return { texts: all.map((language) => built(language).textContent), spans }; }",
        [code, languages],
    )
    assert shown["texts"] == [code] * len(languages)
    assert shown["spans"] == [
        ["keyword", "def"], ["called", "f"], ["comment", '# "why"'], ["keyword", "return"],
        ["string", '"""a\nb"""'], ["called", "f"], ["number", "0x1F"], ["keyword", "if"],
        ["keyword", "else"], ["keyword", "None"], ["comment", "# it's"],
    ]  # fmt: skip
