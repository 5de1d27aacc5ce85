from tests.connectors.discord.conftest import Place


async def test_the_gateway_says_where_it_is_and_how_many_shards_it_wants(place: Place) -> None:
    place.server.shards = 3
    assert await place.rest.gateway() == place.server.gateway_url
    gateway = await place.rest.gateway_bot()
    assert (gateway.shards, gateway.session_start_limit.total) == (3, 1000)
    assert [region.id for region in await place.rest.voice_regions()] == ["us-east"]
