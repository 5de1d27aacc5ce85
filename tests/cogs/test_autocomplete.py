from cogs.autocomplete import phrase_choices
from connectors.database import DatabaseUnavailable

EXAMPLES = ("in 20 minutes", "tomorrow 9:00")


async def preview(phrase: str) -> str:
    return f"read: {phrase}"


async def unavailable(_: str) -> str:
    raise DatabaseUnavailable("away")


async def test_examples_are_offered_before_anything_is_typed() -> None:
    assert [choice.value for choice in await phrase_choices("  ", EXAMPLES, preview)] == [*EXAMPLES]


async def test_a_phrase_is_offered_with_what_it_means() -> None:
    (choice,) = await phrase_choices(" in  2 hours", EXAMPLES, preview)
    assert (choice.name, choice.value) == ("read: in 2 hours", "in 2 hours")


async def test_nothing_is_offered_for_a_long_phrase_or_without_the_database() -> None:
    assert await phrase_choices("x" * 101, EXAMPLES, preview) == []
    assert await phrase_choices("in 2 hours", EXAMPLES, unavailable) == []
