from collections.abc import AsyncIterator

import pytest

from bot.command_sync import allowed
from bot.doctor import texts
from bot.doctor.discord import DiscordChecks
from bot.doctor.permissions import install_url, invite_url
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from connectors import ConnectorError
from connectors.discord import DiscordRest, Permission, connect, load_from_env
from connectors.http.transport import Transport

COMMAND = {
    "type": 1,
    "name": "ask",
    "description": "Ask a language model",
    "options": [],
    "integration_types": [0, 1],
    "contexts": [0, 1, 2],
}


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    transport = Transport()
    yield transport
    await transport.aclose()


@pytest.fixture
async def rest(server: DiscordServer, transport: Transport) -> AsyncIterator[DiscordRest]:
    async with client(server, transport) as rest:
        yield rest


def client(server: DiscordServer, transport: Transport, token: str = "") -> DiscordRest:
    environ = {"DISCORD_BOT_TOKEN": token or server.token, "DISCORD_API_URL": server.api_url}
    return connect(load_from_env(environ), transport=transport)


async def test_what_is_well_needs_nothing(server: DiscordServer, rest: DiscordRest) -> None:
    server.add_guild("Kitchen")
    server.privileged_intents = MESSAGE_CONTENT
    await rest.set_commands(server.application_id, [COMMAND])
    checks = DiscordChecks(rest)
    findings = [
        await checks.token(),
        await checks.application(),
        await checks.servers(),
        await checks.installs(),
        await checks.intents(),
        await checks.commands([COMMAND]),
        await checks.clock(),
    ]
    assert [finding.line for finding in findings] == [
        texts.ACCEPTED,
        f"Abi, {server.application_id}",
        "in 1 server",
        texts.BY_PEOPLE.format(url=install_url(server.application_id)),
        texts.CONTENT_GRANTED,
        "1 command registered",
        texts.CLOCK_RIGHT,
    ]
    asked = [request.path for request in server.requests if request.method == "GET"]
    assert asked.count("/oauth2/applications/@me") == 1
    assert {r.method for r in server.requests} == {"GET", "PUT"}


async def test_a_refused_token_keeps_the_bot_from_running(
    server: DiscordServer, transport: Transport
) -> None:
    checks = DiscordChecks(client(server, transport, token="wrong"))
    finding = await checks.token()
    assert (finding.said, finding.is_fatal) == (texts.REFUSED, True)
    with pytest.raises(ConnectorError):
        await checks.intents()


async def test_a_bot_in_no_server_is_invited(server: DiscordServer, rest: DiscordRest) -> None:
    finding = await DiscordChecks(rest).servers()
    assert finding.to_do == f"Invite it: {invite_url(server.application_id)}"


async def test_a_bot_that_was_invited_with_too_little_is_invited_again(
    server: DiscordServer, rest: DiscordRest
) -> None:
    for name in ("Kitchen", "Garden"):
        guild = server.add_guild(name)
        guild.everyone.permissions &= ~Permission.ATTACH_FILES
        for role in guild.roles.values():
            role.permissions &= ~Permission.ATTACH_FILES
    finding = await DiscordChecks(rest).servers()
    assert finding.said == "in 2 servers, everywhere without Attach Files"
    assert finding.to_do.endswith(invite_url(server.application_id))
    server.add_guild("Cellar")
    assert (await DiscordChecks(rest).servers()).to_do == ""


async def test_commands_of_another_version_are_registered_by_a_restart(
    server: DiscordServer, rest: DiscordRest
) -> None:
    checks = DiscordChecks(rest)
    assert (await checks.commands([COMMAND])).line == f"{texts.COMMANDS_ABSENT}. {texts.REGISTER}"
    await rest.set_commands(server.application_id, [COMMAND | {"description": "Ask"}])
    assert (await checks.commands([COMMAND])).to_do == texts.REGISTER_AGAIN


async def test_a_portal_that_allows_only_servers_is_told_and_gets_fewer_commands(
    server: DiscordServer, rest: DiscordRest
) -> None:
    server.installs = (0,)
    checks = DiscordChecks(rest)
    assert (await checks.installs()).line == texts.ONLY_IN_SERVERS
    await rest.set_commands(server.application_id, allowed([COMMAND], {0}))
    assert (await checks.commands([COMMAND])).to_do == ""


@pytest.mark.parametrize(
    ("ahead_s", "said"),
    [
        (3600.0, "3,600 s ahead of Discord's"),
        (-90.0, "90 s behind Discord's"),
        (-50 * 365 * 86_400.0, "s behind Discord's"),
    ],
)
async def test_a_wrong_clock_is_told_by_how_much(
    server: DiscordServer, rest: DiscordRest, transport: Transport, ahead_s: float, said: str
) -> None:
    right = transport.clock
    transport.clock = lambda: right() + ahead_s
    async with client(server, transport) as asking:
        finding = await DiscordChecks(asking).clock()
    assert abs(float(finding.said.split(" ")[0].replace(",", "")) - abs(ahead_s)) < 3
    assert finding.said.endswith(said.partition(" ")[2])
    assert finding.to_do.endswith("too early." if ahead_s > 0 else "too late.")
