from bot.conversations.summary import INSTRUCTIONS, summarise
from bot.providers.tokens import tokens_of
from bot.storage.turn import Turn

NAMES = {1: "alice", 2: "bob"}


def turn(at: int, prompt: str, answer: str = "yes") -> Turn:
    return Turn(at, at - 1, 2, 5, at % 2 + 1, "x", prompt, answer=answer)


async def test_it_says_who_said_what_and_begins_with_what_was_before() -> None:
    asked: list[tuple[str, str]] = []

    async def complete(instructions: str, text: str) -> str:
        asked.append((instructions, text))
        return " short "

    found = await summarise(complete, "before", [turn(1, "one")], NAMES, room=2_000)
    assert found == "short"
    assert asked[0][0] == INSTRUCTIONS
    assert asked[0][1].startswith("<earlier>\nbefore\n</earlier>")
    assert '<speaker name="bob">\none\n</speaker>\n<speaker name="assistant">' in asked[0][1]


async def test_what_is_longer_than_any_request_is_summarised_part_by_part() -> None:
    asked: list[str] = []

    async def complete(_: str, text: str) -> str:
        asked.append(text)
        return f"summary {len(asked)}"

    turns = [turn(at, f"question {at} " + "x" * 4_000) for at in range(1, 9)]
    found = await summarise(complete, "", turns, NAMES, room=1_000)
    assert found == f"summary {len(asked)}"
    assert len(asked) > 1
    assert all(tokens_of(INSTRUCTIONS) + tokens_of(text) < 1_000 for text in asked)
    assert all(any(f"question {at} " in text for text in asked) for at in range(1, 9))
    assert "summary 1" in asked[1]


async def test_it_fails_as_a_whole() -> None:
    said = ["fine", None]

    async def complete(_: str, __: str) -> str | None:
        return said.pop(0)

    turns = [turn(at, "x" * 4_000) for at in range(1, 5)]
    assert await summarise(complete, "", turns, NAMES, room=800) is None
