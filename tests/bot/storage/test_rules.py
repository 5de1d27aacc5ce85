import pytest

from bot.storage.rules import DEFAULTS, Rules, no_rules, zone_of


@pytest.mark.parametrize(
    ("zone", "key"), [(None, None), ("Asia/Tokyo", "Asia/Tokyo"), ("nowhere", None), ("../x", None)]
)
def test_a_zone_that_this_machine_does_not_know_is_none(zone: str | None, key: str | None) -> None:
    found = zone_of(Rules(zone=zone))
    assert (found and found.key) == key


async def test_without_rules_the_defaults_hold() -> None:
    assert await no_rules(1) == DEFAULTS
