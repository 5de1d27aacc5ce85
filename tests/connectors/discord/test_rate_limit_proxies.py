"""A proxy at DISCORD_API_URL that obeys Discord's rate limits for its clients."""

from __future__ import annotations

import pytest

from bot.sandbox.discord_server import Fault
from connectors import ApiRequestFailed
from connectors.discord import DiscordRest, MessageBody, ResponseKind, load_from_env
from tests.connectors.discord.conftest import Place
from tests.rate_limit_proxies import Nirn, RateLimitProxy, Twilight


def behind(place: Place, proxy: RateLimitProxy) -> DiscordRest:
    address = {"DISCORD_BOT_TOKEN": place.server.token, "DISCORD_API_URL": proxy.address}
    clock = place.clock
    return DiscordRest(load_from_env(address), place.transport, clock=clock, sleep=clock.sleep)


def both(place: Place) -> list[RateLimitProxy]:
    target = place.server.api_url.removesuffix("/api/v10")
    return [Nirn(target), Twilight(target, place.server.token)]


async def test_everything_the_bot_does_passes_through(place: Place) -> None:
    command = {"name": "ask", "description": "Ask", "type": 1}
    application_id = place.server.application_id
    for proxy in both(place):
        async with proxy:
            rest = behind(place, proxy)
            await rest.set_commands(application_id, [command])
            asked = await place.server.slash(place.alice, place.channel, "ask")
            where = application_id, asked.token
            await rest.respond(asked.id, asked.token, ResponseKind.MESSAGE, MessageBody("one"))
            await rest.edit_original(*where, MessageBody("two"))
            await rest.create_followup(*where, MessageBody("three"))
            await rest.trigger_typing(place.channel.id)
            posted = await rest.create_message(place.channel.id, MessageBody("four"))
            await rest.edit_message(place.channel.id, posted.id, MessageBody("five"))
            await rest.member(place.guild.id, place.alice.id)
            await rest.channel_of(place.guild.id, place.channel.id)
            await rest.messages(place.channel.id, limit=1)
            await rest.create_message(await rest.create_dm(place.alice.id), MessageBody("six"))
            await rest.gateway_bot()
            await rest.current_application()
            await rest.active_threads(place.guild.id)
            assert (await rest.current_user()).id == str(place.server.bot_user.id)
            await rest.delete_message(place.channel.id, posted.id)
    assert place.contents == ["two", "three"] * 2
    assert 429 not in place.statuses


async def test_the_limits_in_its_replies_are_obeyed(place: Place) -> None:
    for proxy in both(place):
        async with proxy:
            rest, channel = behind(place, proxy), place.server.add_channel(place.guild, "limited")
            for number in range(7):
                await rest.create_message(channel.id, MessageBody(str(number)))
    assert [wait for wait in place.clock.slept if wait > 1] == [5.0, 5.0]
    assert 429 not in place.statuses


async def test_a_message_is_posted_once_when_discord_is_back(place: Place) -> None:
    for number, proxy in enumerate(both(place)):
        async with proxy:
            rest, body = behind(place, proxy), MessageBody(f"tea {number}", nonce=f"n{number}")
            proxy.is_down = True
            with pytest.raises(ApiRequestFailed) as raised:
                await rest.create_message(place.channel.id, body)
            assert raised.value.retryable
            proxy.is_down = False
            place.fault("POST", drop=True, after_effect=True)
            await rest.create_message(place.channel.id, body)
    assert place.contents == ["tea 0", "tea 1"]


async def test_a_timeout_of_the_proxy_may_have_been_carried_out(place: Place) -> None:
    nirn = Nirn(place.server.api_url.removesuffix("/api/v10"))
    async with nirn:
        rest, body = behind(place, nirn), MessageBody("tea", nonce="n")
        nirn.is_slow = True
        with pytest.raises(ApiRequestFailed) as raised:
            await rest.create_message(place.channel.id, body)
        assert raised.value.retryable
        assert raised.value.was_sent
        nirn.is_slow = False
        await rest.create_message(place.channel.id, body)
    assert place.contents == ["tea"]


async def test_a_429_of_the_proxys_own_is_waited_out(place: Place) -> None:
    nirn = Nirn(place.server.api_url.removesuffix("/api/v10"))
    async with nirn:
        nirn.limits = 2
        await behind(place, nirn).create_message(place.channel.id, MessageBody("tea"))
    assert place.clock.slept == [1.0, 1.0]
    assert place.contents == ["tea"]


async def test_a_401_that_passes_ends_nothing_unless_the_proxy_remembers_it(place: Place) -> None:
    target = place.server.api_url.removesuffix("/api/v10")
    for locks in (False, True):
        async with Nirn(target, locks=locks) as nirn:
            rest = behind(place, nirn)
            place.server.inject(Fault("GET", "/users/@me", status=401))
            with pytest.raises(ApiRequestFailed):
                await rest.current_user()
            place.clock.now += 60
            if locks:
                with pytest.raises(ApiRequestFailed):
                    await rest.current_user()
            else:
                await rest.current_user()


async def test_twilights_proxy_signs_what_is_not_signed(place: Place) -> None:
    token = place.server.token
    async with Twilight(place.server.api_url.removesuffix("/api/v10"), token) as proxy:
        rest = behind(place, proxy)
        with pytest.raises(ApiRequestFailed):
            await rest.original(place.server.application_id, "dead")
        assert proxy.authorizations == [f"Bot {token}"]
