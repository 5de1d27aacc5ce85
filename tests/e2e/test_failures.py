"""Failures as people read them: one sentence of what happened, one of what to do."""

import asyncio
import json

import pytest

from bot.answers.texts import GOES_ON
from bot.sandbox.discord_server import Fault
from bot.sandbox.discord_server.rules.permissions import MANAGE_GUILD
from bot.sandbox.model_server import Reply
from connectors import Connector
from connectors.http.timeouts import Timeouts
from connectors.wires.endpoint import Endpoint
from tests.e2e.world import World, is_end
from tests.rows import each

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def two_providers(shared_two_providers: World) -> World:
    return shared_two_providers


def refusal(status: int, message: str, code: str | None = None, **headers: str) -> Reply:
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return Reply(
        status=status,
        body=json.dumps(body).encode(),
        headers={"content-type": "application/json"}
        | {k.replace("_", "-"): v for k, v in headers.items()},
    )


OTHER = "choose another provider with `/ask provider:`"
BEFORE_THE_FIRST_WORD = {
    "key refused, 401": (
        refusal(401, "Incorrect API key provided: sk-alice-openai-key", "invalid_api_key"),
        f"⚠️ OpenAI refused the key (401). Ask again later, or {OTHER}.",
    ),
    "key refused, 403": (
        refusal(403, "Country not supported", "unsupported_country_region_territory"),
        "⚠️ OpenAI does not allow this key to use `sandbox-small` (403). "
        "Choose another model with `/ask model:`, or another provider with `/ask provider:`.",
    ),
    "no credit": (
        refusal(429, "You exceeded your current quota", "insufficient_quota"),
        f"⚠️ The OpenAI account has no credit left (429). Ask again later, or {OTHER}.",
    ),
    "speed limit with a wait": (
        refusal(429, "Rate limit reached", "rate_limit_exceeded", retry_after="90"),
        "⚠️ OpenAI is receiving too many requests (429). Ask again in 90 s.",
    ),
    "speed limit without a wait": (
        refusal(429, "Rate limit reached", "rate_limit_exceeded"),
        "⚠️ OpenAI is receiving too many requests (429). Ask again in a minute.",
    ),
    "model unknown or retired": (
        refusal(404, "The model `gpt-4` does not exist", "model_not_found"),
        "⚠️ OpenAI does not know the model `sandbox-small` (404). "
        "It has `sandbox-large`, `sandbox-thinking`.",
    ),
    "context too long": (
        refusal(400, "maximum context length is 8192 tokens", "context_length_exceeded"),
        "⚠️ This is more text than `sandbox-small` of OpenAI can read at once. "
        "Shorten the question, or choose a model with a larger context.",
    ),
    "internal error": (
        refusal(500, "The server had an error"),
        f"⚠️ OpenAI had an internal error (500). Ask again in a minute, or {OTHER}.",
    ),
    "overloaded": (
        refusal(503, "The engine is overloaded", "server_is_overloaded"),
        f"⚠️ OpenAI is overloaded (503). Ask again in a minute, or {OTHER}.",
    ),
    "an odd request": (
        refusal(400, "Unsupported parameter", "unsupported_parameter"),
        "⚠️ OpenAI did not accept the question for `sandbox-small` (400). "
        "Choose another model with `/ask model:`, or another provider with `/ask provider:`.",
    ),
    "garbage instead of an answer": (
        Reply(body=b"\x00\xff<<<", headers={"content-type": "application/json"}),
        f"⚠️ OpenAI sent a response that I cannot read. Ask again, or {OTHER}.",
    ),
    "cut before the first word": (
        Reply(end="reset"),
        f"⚠️ The answer of OpenAI was cut off before the first word. Ask again, or {OTHER}.",
    ),
    "an error event before the first word": (
        Reply(end="error"),
        f"⚠️ OpenAI had an internal error. Ask again in a minute, or {OTHER}.",
    ),
    "an empty answer": (
        Reply(),
        "⚠️ OpenAI sent an empty answer. Ask again, or choose another model.",
    ),
    "content filter before the first word": (
        Reply(finish_reason="content_filter"),
        "⚠️ OpenAI's content filter blocked the answer. Rephrase the question.",
    ),
    "all spent on thinking": (
        Reply(reasoning=["Hmm, let me see."], finish_reason="length"),
        "⚠️ `sandbox-small` used its whole length limit for thinking. "
        "Ask for less, or choose another model.",
    ),
}


@each("case", BEFORE_THE_FIRST_WORD)
async def test_before_the_first_word(world: World, case: str) -> None:
    world.begin_anew()
    reply, expected = BEFORE_THE_FIRST_WORD[case]
    world.openai.open_reply = reply
    read = await world.end(await world.ask("hello"))
    assert read.split("\n-# ")[0] == expected
    assert "sk-alice" not in read


AFTER_SOME_WORDS = {
    "cut": ("reset", "The answer of OpenAI was cut off in the middle."),
    "closed without an end": ("close", "The answer of OpenAI was cut off in the middle."),
    "an error event": ("error", "OpenAI had an internal error."),
    "garbage": ("garbage", "OpenAI sent a response that I cannot read."),
}


@pytest.mark.parametrize("case", AFTER_SOME_WORDS)
async def test_after_some_words_what_was_shown_stays(world: World, case: str) -> None:
    end, expected = AFTER_SOME_WORDS[case]
    world.openai.open_reply = Reply(end=end, status=200)  # type: ignore[arg-type]  # one of its words
    world.openai.script.append(Reply(chunks=["Once upon ", "a time"], end=end))  # type: ignore[arg-type]
    asked = await world.ask("a story")
    read = await world.end(asked)
    assert read.startswith(f"Once upon a time\n⚠️ {expected}")
    assert "Continue" in [button["label"] for button in asked.messages[-1].buttons()]


async def test_a_broken_answer_goes_on_from_what_is_shown(world: World) -> None:
    world.openai.script += [
        Reply(chunks=["Once upon "], end="reset"),
        Reply(chunks=["a time."]),
    ]
    read = await world.end(await world.ask("a story"))
    assert read.startswith("Once upon a time.\n-# OpenAI · sandbox-small")
    assert "was cut off in the middle" in read


async def test_the_next_provider_answers_when_the_first_refuses(two_providers: World) -> None:
    two_providers.openai.open_reply = BEFORE_THE_FIRST_WORD["key refused, 401"][0]
    two_providers.mistral.script.append(Reply(chunks=["Salut."]))
    assert await two_providers.end(await two_providers.ask("hello")) == (
        "Salut.\n-# Mistral · sandbox-large · continued after: OpenAI refused the key (401)."
    )


async def test_the_next_provider_goes_on_where_the_first_broke_off(two_providers: World) -> None:
    two_providers.openai.script += [
        Reply(chunks=["One, two, "], end="reset"),
        refusal(500, "The server had an error"),
        *[refusal(500, "The server had an error")] * 3,
    ]
    two_providers.mistral.script.append(Reply(chunks=["three."]))
    read = await two_providers.end(await two_providers.ask("count"))
    assert read.startswith("One, two, three.\n-# Mistral · sandbox-large")
    assert two_providers.mistral.requests[-1]["messages"][1]["content"] == "One, two, "


async def test_a_chosen_provider_is_never_replaced(two_providers: World) -> None:
    two_providers.openai.open_reply = BEFORE_THE_FIRST_WORD["no credit"][0]
    read = await two_providers.end(await two_providers.ask("hello", provider="openai"))
    assert read == BEFORE_THE_FIRST_WORD["no credit"][1]
    assert two_providers.mistral.requests == []


async def test_when_nobody_answers_every_reason_is_named(two_providers: World) -> None:
    two_providers.openai.open_reply = BEFORE_THE_FIRST_WORD["key refused, 401"][0]
    two_providers.mistral.open_reply = BEFORE_THE_FIRST_WORD["no credit"][0]
    assert await two_providers.end(await two_providers.ask("hello")) == (
        f"⚠️ OpenAI refused the key (401). Ask again later, or {OTHER}. "
        "The Mistral account has no credit left (429)."
    )


async def test_an_unreachable_provider(world: World) -> None:
    await world.openai.aclose()
    assert await world.end(await world.ask("hello")) == (
        f"⚠️ OpenAI cannot be reached. Ask again in a minute, or {OTHER}."
    )


async def test_no_provider_is_set_up() -> None:
    environ = {"OPENAI_API_KEY": "", "MISTRAL_API_KEY": " "}
    async with World(environ=environ) as world:
        read = await world.end(await world.ask("hello"))
        assert read == (
            "⚠️ No language model is set up yet, so I cannot answer. "
            "Ask the person who runs this bot to set one up."
        )


async def test_a_chosen_provider_without_a_key_is_refused_privately(world: World) -> None:
    asked = await world.ask("hello", provider="mistral")
    await world.discord.until(lambda: asked.messages, why="an answer")
    (message,) = asked.messages
    assert message.content == "Mistral is not set up here. Choose one of: OpenAI."
    assert message.ephemeral


async def test_what_to_mend_and_what_the_provider_said_is_read_only_by_whom_it_concerns(
    world: World,
) -> None:
    world.openai.open_reply = refusal(401, "This project is archived.", "invalid_api_key")
    role = world.discord.add_role(world.guild, "boss", permissions=MANAGE_GUILD)
    boss, owner = world.discord.add_user("boss"), world.guild.owner
    world.discord.add_member(world.guild, boss, [role])
    happened, said = "OpenAI refused the key (401).", "It said: `This project is archived.`"
    alone = await world.end(await world.ask("hello", user=owner, private=True))
    assert alone == f"⚠️ {happened} Check OPENAI_API_KEY. {said}"

    members, asked = await world.ask("hello"), await world.ask("hello", user=boss)
    await world.discord.until(
        lambda: all(any(map(is_end, u.messages)) for u in (members, asked)), why="two ends"
    )
    (for_members,), (for_all,) = members.messages, asked.messages
    read = [message.content.partition("⚠️ ")[2] for message in (for_members, for_all)]
    assert read[0] == read[1]
    assert read[0].startswith(f"{happened} Ask again later")
    buttons = [[b["label"] for b in message.buttons()] for message in (for_members, for_all)]
    assert buttons[1] == [*buttons[0], "Why?"]
    private = [
        await world.discord.click(person, for_all, "Why?") for person in (owner, boss, world.alice)
    ]
    await world.discord.until(lambda: all(used.messages for used in private), why="replies")
    for_owner, for_boss, for_alice = (used.messages[0] for used in private)
    assert all(message.ephemeral for message in (for_owner, for_boss, for_alice))
    assert for_owner.content == f"{happened} Check OPENAI_API_KEY. {said}"
    assert for_boss.content == f"{read[0]} {said}"
    assert for_alice.content.startswith("Only people with *Manage Server*")


async def test_the_bots_owner_reads_which_key_to_set() -> None:
    async with World(environ={"OPENAI_API_KEY": ""}) as world:
        read = await world.end(await world.ask("hello", user=world.guild.owner))
        assert "Set an API key, such as OPENAI_API_KEY, in `.env` and restart the bot" in read


@pytest.mark.parametrize(
    "reply",
    [
        refusal(400, "Unsupported parameter", "unsupported_parameter"),
        refusal(400, "maximum context length is 8192 tokens", "context_length_exceeded"),
        refusal(413, "Request too large"),
        refusal(422, "Extra inputs are not permitted"),
        refusal(404, "The model `x` does not exist", "model_not_found"),
        refusal(418, "I am a teapot"),
        Reply(finish_reason="content_filter"),
        Reply(finish_reason="length"),
        Reply(),
        Reply(body=b"<h1>Welcome</h1>", headers={"content-type": "text/html"}),
    ],
    ids=["400", "too long", "413", "422", "404", "418", "filter", "length", "empty", "page"],
)
@pytest.mark.parametrize("words", [[], ["One, two, "]], ids=["before a word", "after a word"])
async def test_the_next_provider_answers_where_nobody_chose(
    two_providers: World, reply: Reply, words: list[str]
) -> None:
    if words:
        two_providers.openai.script.append(Reply(chunks=words, end="reset"))
    two_providers.openai.open_reply = reply
    two_providers.mistral.script.append(Reply(chunks=["three."]))
    read = await two_providers.end(await two_providers.ask("count"))
    if words and not reply.is_whole:  # it came to its end, with the words there were
        assert read.startswith("One, two,")
    else:
        assert read.startswith("".join([*words, "three.\n-# Mistral · sandbox-large"]))
        assert len(two_providers.mistral.requests) == 1


async def test_what_a_provider_said_is_logged_without_key_and_question(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    said = "Your plan was archived: 'Who guards BLUE-WHALE-42?' with sk-alice-openai-key"
    world.openai.open_reply = refusal(400, said)
    await world.end(await world.ask("Who guards BLUE-WHALE-42?"))
    (line,) = [r.getMessage() for r in caplog.records if r.name == "bot.providers.generation"]
    assert 'It said: "Your plan was archived: ' in line
    assert not {"guards", "WHALE", "42", "alice"} & set(line.replace("-", " ").split())


async def test_a_content_filter_after_some_words(world: World) -> None:
    world.openai.script.append(Reply(chunks=["Once"], finish_reason="content_filter"))
    read = await world.end(await world.ask("a story"))
    assert read.startswith("Once\n⚠️ OpenAI's content filter stopped the answer here.")


async def test_an_answer_over_the_cap_keeps_what_fits(world: World) -> None:
    pages = ["".join(f"{n} " for n in range(k, k + 15_000)) for k in range(0, 400_000, 15_000)]
    world.openai.script.append(Reply(chunks=pages))
    asked = await world.ask("everything")
    read = await world.end(asked)
    assert "⚠️ The answer of OpenAI is larger than I can handle. Ask for less at once." in read
    assert len(asked.messages[-1].attachments[0].data) <= 2_000_000


async def test_429s_on_edits_lose_and_double_nothing(world: World) -> None:
    fault = Fault(method="PATCH", path=r"/webhooks/.*", times=3, status=429, retry_after=0.02)
    world.discord.inject(fault)
    world.openai.script.append(Reply(chunks=["One. ", "Two. ", "Three."]))
    asked = await world.ask("count")
    assert (await world.end(asked)).startswith("One. Two. Three.\n-# OpenAI")
    assert fault.seen == 3
    assert len(asked.messages) == 1


async def test_a_discord_5xx_on_edits(world: World) -> None:
    fault = Fault(method="PATCH", path=r"/webhooks/.*", times=2, status=503)
    world.discord.inject(fault)
    asked = await world.ask("hello")
    assert (await world.end(asked)).startswith("A short answer.")
    assert fault.seen == 2


async def test_edits_that_stay_refused_are_ended_elsewhere(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["Seen. ", "Unseen."], gates={1: gate}))
    asked = await world.ask("hello")
    await world.shows(asked, "Seen.")
    world.discord.inject(Fault(method="PATCH", path=r"/webhooks/.*", times=99, status=400))
    gate.set()
    read = await world.end_elsewhere(asked)
    assert read.startswith("Seen.\n-# I could not continue in <#")
    assert "Unseen." in read
    assert read.count("Seen.") == 1


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 502}])
async def test_a_follow_up_whose_response_is_lost_is_not_made_twice(
    world: World, fault: dict[str, object]
) -> None:
    lost = Fault(method="POST", path=r"/webhooks/.*", times=1, after_effect=True, **fault)  # type: ignore[arg-type]
    world.discord.inject(lost)
    world.openai.script.append(Reply(chunks=["word " * 300 + "\n\n"] * 2))
    asked = await world.ask("hello")
    await world.end(asked)
    assert lost.seen == 1
    assert len(asked.messages) == 2


async def test_a_follow_up_of_a_private_answer_whose_response_is_lost_shows_no_text_twice(
    world: World,
) -> None:
    lost = Fault(method="POST", path=r"/webhooks/.*", status=502, after_effect=True)
    world.discord.inject(lost)
    world.openai.script.append(Reply(chunks=["word " * 300 + "\n\n"] * 2))
    asked = await world.ask("hello", private=True)
    await world.discord.until(lambda: any(map(is_end, asked.messages)), why="an end")
    await world.bot.services.answers.settled(10.0)
    assert lost.seen == 1
    shown = [m.content for m in asked.messages]
    assert sum(content.count("word") for content in shown) == 600
    assert shown.count(GOES_ON) == 1


async def test_a_message_deleted_while_streaming_ends_the_answer(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(
        Reply(chunks=["One. ", "Two.", "Three."], gates={1: gate}, end="hang")
    )
    asked = await world.ask("count")
    await world.shows(asked, "One.")
    await world.discord.delete_message(world.alice, asked.messages[0])
    gate.set()
    assert await world.end(asked) == (
        "The answer was deleted while I was writing it, so I stopped. Ask again with `/ask`."
    )
    await world.openai.until(lambda: world.openai.open_streams == 0)


SEND_MESSAGES, VIEW_CHANNEL = 1 << 11, 1 << 10


async def test_a_channel_without_permission_to_write_still_gets_its_answer(world: World) -> None:
    world.discord.set_overwrite(
        world.channel, world.discord.bot_user, deny=SEND_MESSAGES | VIEW_CHANNEL
    )
    assert (await world.end(await world.ask("hello"))).startswith("A short answer.")


async def test_an_expired_token_lets_the_answer_go_on_in_the_channel(world: World) -> None:
    gate = asyncio.Event()
    chunks = ["word " * 300 + "\n\n", "Later. ", "word " * 300 + "\n\nThe end."]
    world.openai.script.append(Reply(chunks=chunks, gates={1: gate}))
    asked = await world.ask("hello")
    await world.shows(asked, "word")
    asked.expire()
    gate.set()
    read = await world.end(asked)
    assert "Later." in read
    assert "The end." in read
    assert len(world.read()) == 2


async def test_an_expired_token_without_permission_ends_in_a_direct_message(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["Early. ", "Late."], gates={1: gate}))
    asked = await world.ask("hello")
    await world.shows(asked, "Early.")
    world.discord.set_overwrite(world.channel, world.discord.bot_user, deny=VIEW_CHANNEL)
    asked.expire()
    gate.set()
    read = await world.end_elsewhere(asked)
    assert (
        f"-# I could not continue in <#{world.channel.id}>. Here is the rest of the answer:\nLate."
        in read
    )


async def test_a_private_answer_whose_token_expired_ends_in_a_direct_message(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["Early. ", "Late."], gates={1: gate}))
    asked = await world.ask("hello", private=True)
    await world.shows(asked, "Early.")
    asked.expire()
    gate.set()
    assert "Late." in await world.end_elsewhere(asked)
    assert world.read(world.bob) == []


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    timeouts = Timeouts(first_byte_s=0.1, between_s=0.1)
    monkeypatch.setattr(Endpoint, "_timeouts", lambda _: timeouts)


@pytest.mark.usefixtures("short_patience")
async def test_no_first_byte(world: World) -> None:
    world.openai.script += [Reply(first_byte=asyncio.Event())] * 8
    read = await world.end(await world.ask("hello"))
    assert read == f"⚠️ OpenAI took too long to answer. Ask again, or {OTHER}."


@pytest.mark.usefixtures("short_patience")
async def test_silence_after_some_words(world: World) -> None:
    world.openai.script.append(Reply(chunks=["Once upon"], end="hang"))
    world.openai.open_reply = Reply(first_byte=asyncio.Event())
    read = await world.end(await world.ask("a story"))
    assert read.startswith("Once upon\n⚠️ OpenAI ")
    assert "Press *Continue*" in read


async def test_a_mistake_of_ours_is_owned_up_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> Connector:
        raise RuntimeError("a bug")

    monkeypatch.setattr(world.bot.services.connectors, "get", broken)
    read = await world.end(await world.ask("hello"))
    assert read.startswith("⚠️ I ran into an internal error. Try again;")


CALL = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "⚠️ `sandbox-small` tried to call a tool, although none was offered."),
        (
            "Let me see.",
            "Let me see.\n⚠️ The model tried to call a tool here, although none was offered.",
        ),
    ],
)
async def test_a_tool_call_that_nobody_offered_says_so(
    world: World, text: str, expected: str
) -> None:
    delta = {"content": text, "tool_calls": [CALL]}
    event = {"choices": [{"index": 0, "delta": delta, "finish_reason": "tool_calls"}]}
    body = b"data: " + json.dumps(event).encode() + b"\n\ndata: [DONE]\n\n"
    world.openai.open_reply = Reply(body=body, headers={"content-type": "text/event-stream"})
    assert expected in await world.end(await world.ask("hello"))


async def test_an_end_without_a_mark_is_not_asked_for_again(world: World) -> None:
    world.openai.open_reply = Reply(chunks=["Paris is the capital."], end="close")
    read = await world.end(await world.ask("hello"))
    assert read.count("Paris is the capital.") == 1
    assert len(world.openai.requests) == 1
