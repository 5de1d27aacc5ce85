"""Replies that many need, from the sandbox's Discord."""

from __future__ import annotations

import asyncio

from connectors.discord import DiscordRest
from tests.connectors.discord.conftest import Place


def asked(place: Place) -> list[str]:
    return [request.path for request in place.server.requests]


async def use_up(rest: DiscordRest) -> None:
    while not rest.global_limit.is_short:
        await rest.global_limit.turn()


async def test_all_who_ask_at_the_same_time_get_one_reply(place: Place) -> None:
    guilds = await asyncio.gather(*(place.rest.guild(place.guild.id) for _ in range(3)))
    assert guilds[0] == guilds[2]
    await place.rest.guild(place.guild.id)
    assert len(asked(place)) == 2


async def test_the_background_makes_do_with_what_it_knows_while_requests_wait(
    place: Place,
) -> None:
    background = place.rest.background()
    await background.guild(place.guild.id)
    await background.guild(place.guild.id)
    assert len(asked(place)) == 2
    await use_up(background)
    await background.guild(place.guild.id)
    assert len(asked(place)) == 2
    await place.rest.guild(place.guild.id)
    assert len(asked(place)) == 3
    place.clock.now += 31
    await use_up(background)
    await background.guild(place.guild.id)
    assert len(asked(place)) == 4


async def test_the_background_asks_for_all_channels_at_once_while_requests_wait(
    place: Place,
) -> None:
    other = place.server.add_channel(place.guild, "other")
    background = place.rest.background()
    found = await background.channel_of(place.guild.id, other.id)
    for channel in (place.channel, other):
        await use_up(background)
        found = await background.channel_of(place.guild.id, channel.id)
        assert found.id == str(channel.id)
    assert asked(place) == [f"/channels/{other.id}", f"/guilds/{place.guild.id}/channels"]
