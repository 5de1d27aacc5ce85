from collections.abc import AsyncIterator

import pytest

from bot.sandbox.discord_server import Channel, DiscordServer, Fault, User
from connectors import ApiRequestFailed, ConnectorError, MissingApiKey, RateLimitExceeded, discord
from connectors.discord import DiscordRest, File, MessageBody
from connectors.http.transport import Transport


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 2))
        self.now += seconds


class Place:
    def __init__(self, server: DiscordServer, channel: Channel, alice: User, clock: Clock) -> None:
        self.server, self.channel, self.alice, self.clock = server, channel, alice, clock
        self.transport = Transport()
        self.config = discord.load_from_env(
            {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url + "/"}
        )
        self.rest = DiscordRest(
            self.config, self.transport, clock=self.clock, sleep=self.clock.sleep
        )

    @property
    def contents(self) -> list[str]:
        return [message.content for message in self.server.messages(self.channel)]

    def fault(self, **what: object) -> Fault:
        return self.server.inject(Fault(path=r"/channels/.*", **what))  # type: ignore[arg-type]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    clock = Clock()
    async with DiscordServer(clock=lambda: 1.8e9 + clock.now) as server:
        guild = server.add_guild("Kitchen")
        alice = server.add_user("alice")
        server.add_member(guild, alice)
        place = Place(server, server.add_channel(guild, "general"), alice, clock)
        yield place
        await place.transport.aclose()


async def test_a_message_is_created_edited_and_found(place: Place) -> None:
    first = await place.rest.create_message(place.channel.id, MessageBody("one"))
    second = await place.rest.create_message(place.channel.id, MessageBody("two"))
    await place.rest.edit_message(place.channel.id, second.id, MessageBody("three"))
    assert place.contents == ["one", "three"]
    found = await place.rest.messages(place.channel.id, after=first.id)
    assert [(m.id, m.content) for m in found] == [(second.id, "three")]


async def test_a_file_is_uploaded(place: Place) -> None:
    body = MessageBody("here", file=File("answer.md", "wörd".encode(), "text/markdown"))
    await place.rest.create_message(place.channel.id, body)
    [attachment] = place.server.messages(place.channel)[0].attachments
    assert (attachment.filename, attachment.data) == ("answer.md", "wörd".encode())


async def test_a_direct_message_reaches_the_person(place: Place) -> None:
    channel_id = await place.rest.create_dm(place.alice.id)
    await place.rest.create_message(channel_id, MessageBody("psst"))
    assert [m.content for m in place.server.messages(place.server.dm(place.alice))] == ["psst"]


async def test_nobody_is_ever_pinged(place: Place) -> None:
    await place.rest.create_message(place.channel.id, MessageBody(f"<@{place.alice.id}> @everyone"))
    assert place.server.messages(place.channel)[0].pings == set()


async def test_the_token_is_sent_to_the_api_and_never_to_a_webhook(place: Place) -> None:
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    with pytest.raises(ApiRequestFailed):
        await place.rest.create_followup(place.server.application_id, "dead", MessageBody("two"))
    api, webhook = place.server.requests
    assert api.headers["authorization"] == f"Bot {place.server.token}"
    assert "authorization" not in {name.lower() for name in webhook.headers}
    assert api.headers["user-agent"].startswith("DiscordBot (")


async def test_a_bucket_that_is_empty_is_waited_for_before_asking(place: Place) -> None:
    for n in range(7):
        await place.rest.create_message(place.channel.id, MessageBody(str(n)))
    assert len(place.clock.slept) == 1
    assert 4 < place.clock.slept[0] <= 5
    assert {request.status for request in place.server.requests} == {200}


async def test_buckets_of_two_channels_are_two(place: Place) -> None:
    other = place.server.add_channel(place.channel.guild, "other")  # type: ignore[arg-type]
    for channel in (place.channel, other):
        for n in range(5):
            await place.rest.create_message(channel.id, MessageBody(str(n)))
    assert place.clock.slept == []


async def test_a_429_is_obeyed_and_tried_again(place: Place) -> None:
    place.fault(status=429, retry_after=3.5)
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert place.clock.slept == [3.5]
    assert place.contents == ["one"]


async def test_a_429_without_patience_is_raised_with_its_wait(place: Place) -> None:
    place.fault(status=429, retry_after=3.5)
    with pytest.raises(RateLimitExceeded) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one"), attempts=1)
    assert raised.value.retry_after == 3.5


async def test_a_429_of_cloudflare_is_no_json_and_obeyed_all_the_same(place: Place) -> None:
    place.fault(status=429, html=True, headers={"Retry-After": "7"})
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert place.clock.slept == [7]


async def test_the_global_limit_holds_all_but_interactions(place: Place) -> None:
    place.fault(status=429, retry_after=30, headers={"X-RateLimit-Global": "true"})
    with pytest.raises(RateLimitExceeded):
        await place.rest.create_message(place.channel.id, MessageBody("one"), attempts=1)
    with pytest.raises(ApiRequestFailed):
        await place.rest.create_followup(place.server.application_id, "dead", MessageBody("two"))
    assert place.clock.slept == []
    await place.rest.create_dm(place.alice.id)
    assert place.clock.slept == [30]


async def test_no_more_than_50_requests_a_second(place: Place) -> None:
    for n in range(51):
        channel = place.server.add_channel(place.channel.guild, f"channel-{n}")  # type: ignore[arg-type]
        await place.rest.create_message(channel.id, MessageBody("one"))
    assert place.clock.slept == [1.0]
    assert {request.status for request in place.server.requests} == {200}


@pytest.mark.parametrize("lost", [{"status": 500}, {"drop": True}])
async def test_a_lost_response_is_asked_for_again_where_a_nonce_makes_that_safe(
    place: Place, lost: dict[str, object]
) -> None:
    place.fault(after_effect=True, **lost)
    await place.rest.create_message(place.channel.id, MessageBody("one", nonce="n1"))
    assert place.contents == ["one"]


async def test_a_lost_response_without_a_nonce_is_raised(place: Place) -> None:
    place.fault(after_effect=True, status=500)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert raised.value.retryable
    assert place.contents == ["one"]


async def test_edits_are_repeated_after_a_5xx(place: Place) -> None:
    message = await place.rest.create_message(place.channel.id, MessageBody("one"))
    place.fault(status=503, times=2)
    await place.rest.edit_message(place.channel.id, message.id, MessageBody("two"))
    assert place.contents == ["two"]
    assert len(place.clock.slept) == 2


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "bad_request"),
        (401, "auth"),
        (403, "permission"),
        (404, "not_found"),
        (413, "too_large"),
    ],
)
async def test_a_refusal_is_not_repeated(place: Place, status: int, reason: str) -> None:
    fault = place.fault(status=status, times=9, json={"message": "no", "code": 50001})
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one"))
    error = raised.value
    assert (error.status, error.reason, error.provider_code) == (status, reason, "50001")
    assert fault.seen == 1


async def test_an_answer_that_makes_no_sense_is_an_error_of_ours(place: Place) -> None:
    place.fault(status=200, json=["what"])
    with pytest.raises(ConnectorError):
        await place.rest.create_message(place.channel.id, MessageBody("one"))


def test_without_a_token_there_is_nothing_to_load() -> None:
    assert discord.try_load({"DISCORD_BOT_TOKEN": " "}) is None
    with pytest.raises(MissingApiKey, match="DISCORD_BOT_TOKEN"):
        discord.load_from_env({})


def test_the_abi_variable_wins_and_closing_wipes() -> None:
    environ = {"DISCORD_BOT_TOKEN": "plain", "ABI_DISCORD_BOT_TOKEN": "ours"}
    with discord.load_from_env(environ) as config:
        assert config.token.reveal() == "ours"
        assert config.api_url == "https://discord.com/api/v10"
        assert "ours" not in repr(config)
    assert config.token.is_closed


def test_what_oauth2_needs_is_read_and_wiped_with_the_token() -> None:
    plain = {"DISCORD_CLIENT_ID": "1", "DISCORD_CLIENT_SECRET": "s", "DISCORD_PUBLIC_KEY": "p"}
    ours = {f"ABI_{name}": f"{value}-ours" for name, value in plain.items()}
    for environ, end in ((plain, ""), (plain | ours, "-ours")):
        config = discord.load_from_env({"DISCORD_BOT_TOKEN": "t"} | environ)
        assert (config.client_id, config.public_key) == (f"1{end}", f"p{end}")
        assert config.client_secret is not None
        assert config.client_secret.reveal() == f"s{end}"
        config.close()
        assert config.client_secret.is_closed


def test_the_abi_name_of_the_api_wins() -> None:
    environ = {
        "DISCORD_BOT_TOKEN": "t",
        "DISCORD_API_URL": "http://plain",
        "ABI_DISCORD_API_URL": " http://abi/ ",
    }
    assert discord.load_from_env(environ).api_url == "http://abi/api/v10"


def test_nothing_of_oauth2_need_be_set() -> None:
    config = discord.load_from_env({"DISCORD_BOT_TOKEN": "t", "DISCORD_CLIENT_ID": " "})
    assert (config.client_id, config.client_secret, config.public_key) == (None, None, None)


async def test_a_client_is_connected_by_its_configuration_and_wiped_at_the_end() -> None:
    async with DiscordServer() as server:
        environ = {"DISCORD_BOT_TOKEN": server.token, "DISCORD_API_URL": server.api_url}
        config = discord.load_from_env(environ)
        async with discord.connect(config) as rest:
            assert int((await rest.current_user()).id) == server.bot_user.id
    assert config.token.is_closed


async def test_oauth2_of_a_configuration_names_what_is_missing() -> None:
    transport = Transport()
    environ = {"DISCORD_BOT_TOKEN": "t"}
    for variable in ("DISCORD_CLIENT_ID", "DISCORD_CLIENT_SECRET"):
        with pytest.raises(MissingApiKey, match=f"OAuth2 needs {variable}"):
            discord.OAuth2.from_config(discord.load_from_env(environ), transport)
        environ[variable] = "1"
    discord.OAuth2.from_config(discord.load_from_env(environ), transport)
    await transport.aclose()
