import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import (
    ApiRequestFailed,
    ConnectorError,
    MissingApiKey,
    Secret,
    discord,
)
from connectors.discord import OAuth2, authorize_url
from connectors.http.transport import Transport
from tests.connectors.discord.conftest import Place

BACK = "https://example.org/back?a=b"


@pytest.fixture
def oauth2(place: Place) -> OAuth2:
    secret = Secret(place.server.client_secret)
    return OAuth2(
        place.server.application_id, secret, place.transport, api_url=place.server.api_url
    )


def test_the_address_that_adds_the_bot() -> None:
    assert authorize_url(5, ["bot", "applications.commands"], permissions=2048) == (
        "https://discord.com/oauth2/authorize"
        "?client_id=5&scope=bot+applications.commands&permissions=2048"
    )


def test_the_address_that_asks_a_person_and_comes_back() -> None:
    url = authorize_url(
        5, ["identify"], redirect_uri=BACK, state="s&t", integration_type=1, prompt="none"
    )
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["5"],
        "scope": ["identify"],
        "redirect_uri": [BACK],
        "response_type": ["code"],
        "state": ["s&t"],
        "integration_type": ["1"],
        "prompt": ["none"],
    }


async def test_a_code_becomes_tokens_which_are_refreshed(place: Place, oauth2: OAuth2) -> None:
    code = place.server.authorize(BACK, "identify guilds")
    given = await oauth2.exchange(code, BACK)
    assert (given.scopes, given.expires_in_s) == (("identify", "guilds"), 604_800)
    assert given.refresh_token is not None
    fresh = await oauth2.refresh(given.refresh_token)
    assert fresh.access_token.reveal() != given.access_token.reveal()
    with pytest.raises(ApiRequestFailed) as raised:
        await oauth2.refresh(given.refresh_token)
    assert (raised.value.status, raised.value.provider_code) == (400, "invalid_grant")


async def test_the_request_is_a_form_signed_in_its_header(place: Place, oauth2: OAuth2) -> None:
    code = place.server.authorize(BACK, "identify")
    await oauth2.exchange(code, BACK)
    [request] = place.server.requests
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": [code],
        "redirect_uri": [BACK],
    }
    kind, encoded = request.headers["Authorization"].split()
    pair = f"{place.server.application_id}:{place.server.client_secret}"
    assert (kind, base64.b64decode(encoded).decode()) == ("Basic", pair)


@pytest.mark.parametrize("lost", [{"status": 500}, {"drop": True}])
async def test_a_code_is_never_sent_twice(
    place: Place, oauth2: OAuth2, lost: dict[str, object]
) -> None:
    fault = place.fault("POST", "/oauth2/token", after_effect=True, times=9, **lost)
    with pytest.raises(ConnectorError):
        await oauth2.exchange(place.server.authorize(BACK, "identify"), BACK)
    assert fault.seen == 1


async def test_a_refused_secret_is_not_sent_again(place: Place) -> None:
    wrong = OAuth2(
        place.server.application_id,
        Secret("wrong"),
        place.transport,
        api_url=place.server.api_url,
    )
    for _ in range(2):
        with pytest.raises(ApiRequestFailed) as raised:
            await wrong.exchange("code", BACK)
        assert (raised.value.reason, raised.value.provider_code) == ("auth", "invalid_client")
    assert place.statuses == [401]


async def test_a_wiped_secret_is_said_so(place: Place) -> None:
    secret = Secret("wiped", provider="discord")
    secret.close()
    oauth2 = OAuth2(1, secret, place.transport, api_url=place.server.api_url)
    with pytest.raises(MissingApiKey):
        await oauth2.exchange("code", BACK)
    assert place.statuses == []


def test_a_bare_string_of_scopes_is_refused() -> None:
    bare: Any = "bot"
    with pytest.raises(TypeError, match="scopes takes a sequence"):
        authorize_url(1, bare)


async def test_oauth2_of_a_configuration_names_what_is_missing() -> None:
    transport = Transport()
    environ = {"DISCORD_BOT_TOKEN": "t"}
    for variable in ("DISCORD_CLIENT_ID", "DISCORD_CLIENT_SECRET"):
        with pytest.raises(MissingApiKey, match=f"OAuth2 needs {variable}"):
            discord.OAuth2.from_config(discord.load_from_env(environ), transport)
        environ[variable] = "1"
    discord.OAuth2.from_config(discord.load_from_env(environ), transport)
    await transport.aclose()
