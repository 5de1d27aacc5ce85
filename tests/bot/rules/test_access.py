from bot.rules import texts
from bot.rules.access import Asker, refusal, restricts
from bot.storage.rules import Rules
from tests.rows import each

EVERYONE, COOK, GUEST, GONE = 1, 2, 3, 4
KITCHEN, PANTRY, HOUSE = 10, 11, 12
GONE_CHANNEL = 13


def asker(*roles: int, places: tuple[int, ...] = (KITCHEN, HOUSE)) -> Asker:
    return Asker(frozenset([EVERYONE, *roles]), frozenset(places))


@each(
    "rules, who, expected",
    [
        (Rules(), asker(), ""),
        (Rules(roles_allowed=(COOK,)), asker(COOK), ""),
        (Rules(roles_allowed=(COOK,)), asker(), texts.NOT_YOU),
        (Rules(roles_allowed=(EVERYONE,)), asker(), ""),
        (Rules(roles_denied=(GUEST,)), asker(), ""),
        (Rules(roles_denied=(GUEST,), roles_allowed=(COOK,)), asker(COOK, GUEST), texts.NOT_YOU),
        (Rules(roles_allowed=(GONE,)), asker(COOK), texts.NOT_YOU),
        (Rules(channels_allowed=(KITCHEN,)), asker(), ""),
        (Rules(channels_allowed=(HOUSE,)), asker(), ""),
        (Rules(channels_allowed=(PANTRY,)), asker(), texts.NOT_HERE),
        (Rules(channels_allowed=(GONE_CHANNEL,)), asker(), texts.NOT_HERE),
        (Rules(channels_denied=(HOUSE,), channels_allowed=(KITCHEN,)), asker(), texts.NOT_HERE),
    ],
)
def test_who_is_denied_or_not_allowed_is_told_so(rules: Rules, who: Asker, expected: str) -> None:
    assert refusal(rules, who) == expected
    assert restricts(rules) or not expected
