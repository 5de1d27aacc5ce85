"""Tests of channels, threads and categories where only local models may answer."""

from __future__ import annotations

from typing import Any, cast

import pytest

from bot.providers.preferences import Place
from bot.rules.locality import CATEGORY, FRESH_S, Locality
from bot.storage.rules import UNKNOWN, Rules
from connectors import ApiRequestFailed
from connectors.discord import Channel, codes

SERVER, CELLAR, BARREL, THREAD, HALL, ANNEX = 1, 10, 11, 12, 20, 30
# CELLAR is a category with BARREL, which has a THREAD; HALL stands in ANNEX, another category.
PARENTS = {CELLAR: 0, BARREL: CELLAR, THREAD: BARREL, HALL: ANNEX, ANNEX: 0, 40: 0}


class Discord:
    def __init__(self) -> None:
        self.parents = dict(PARENTS)
        self.is_away = False
        self.asked: list[int] = []

    async def channel(self, channel_id: int) -> Channel:
        self.asked.append(channel_id)
        if self.is_away:
            raise ApiRequestFailed("discord", 503)
        if channel_id not in self.parents:
            raise ApiRequestFailed("discord", 404, provider_code=codes.UNKNOWN_CHANNEL)
        kind = CATEGORY if channel_id in (CELLAR, ANNEX) else 0
        return Channel(id=str(channel_id), type=kind, parent_id=str(self.parents[channel_id]))


def locality(
    discord: Discord,
    rules: Rules,
    now: list[float] = [0.0],  # noqa: B006 - it is only read
    *,
    has_local: bool = True,
) -> Locality:
    async def rules_of(guild_id: int | None) -> Rules:
        return rules if guild_id == SERVER else Rules()

    return Locality(rules_of, cast(Any, discord), lambda: has_local, clock=lambda: now[0])


@pytest.mark.parametrize(
    ("chosen", "local"),
    [
        ((), ()),
        ((CELLAR,), (CELLAR, BARREL, THREAD)),
        ((BARREL,), (BARREL, THREAD)),
        ((THREAD,), (THREAD,)),
        ((HALL,), (HALL,)),
        ((99,), (40,)),  # deleted, so whatever stands in no category may have stood in it
    ],
)
async def test_a_channel_is_local_with_all_that_stands_in_it(
    chosen: tuple[int, ...], local: tuple[int, ...]
) -> None:
    where = locality(Discord(), Rules(local_channels=chosen))
    places = (BARREL, THREAD, HALL, 40)
    found = [at for at in places if await where.applies(Place(5, at, SERVER))]
    assert found == [at for at in places if at in local]
    assert not await where.applies(Place(5, BARREL, None))


async def test_a_server_needs_no_look_at_its_channels() -> None:
    discord = Discord()
    assert await locality(discord, Rules(is_local_only=True)).applies(Place(5, HALL, SERVER))
    assert not await locality(discord, Rules()).applies(Place(5, HALL, SERVER))
    assert discord.asked == []


async def test_what_was_asked_under_the_rule_stays_local() -> None:
    assert await locality(Discord(), Rules()).applies(Place(5, HALL, SERVER, stays_local=True))


async def test_in_doubt_only_local_models_answer() -> None:
    discord = Discord()
    discord.is_away = True
    where = locality(discord, Rules(local_channels=(CELLAR,)))
    assert await where.applies(Place(5, HALL, SERVER))
    discord.is_away = False
    assert not await where.applies(Place(5, HALL, SERVER))
    assert await where.applies(Place(5, 77, SERVER)), "deleted: nobody knows where it stood"


async def test_a_channel_that_is_moved_is_noticed_soon() -> None:
    discord, now = Discord(), [0.0]
    where = locality(discord, Rules(local_channels=(CELLAR,)), now)
    assert not await where.applies(Place(5, HALL, SERVER))
    asked = len(discord.asked)
    discord.parents[HALL] = CELLAR
    now[0] = FRESH_S - 1
    assert not await where.applies(Place(5, HALL, SERVER))
    assert len(discord.asked) == asked
    now[0] = FRESH_S
    assert await where.applies(Place(5, HALL, SERVER))


@pytest.mark.parametrize("has_local", [True, False])
async def test_where_the_rules_are_unknown_local_models_answer_if_there_are_any(
    *, has_local: bool
) -> None:
    unknown = locality(Discord(), UNKNOWN, has_local=has_local)
    assert await unknown.applies(Place(1, HALL, SERVER)) is has_local
    assert not await unknown.applies(Place(1, HALL, None))
