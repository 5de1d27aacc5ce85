"""No token, secret or text of a message leaves by a log, an error or a repr."""

import logging

import pytest

from connectors import ConnectorError, Secret
from connectors.discord import MessageBody, OAuth2
from tests.connectors.discord.conftest import Place

# The sandbox's own server is not the client's log.
NOT_OURS = ("aiohttp.access", "aiohttp.server")
TEXT = "a text that is nobody else's business"
DEAD = "dead-interaction-token-0123456789"


async def test_what_goes_wrong_shows_no_token_and_no_text(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    webhook = place.server.add_webhook(place.channel, "News")
    secrets = [place.server.token, place.server.client_secret, webhook.token, DEAD, TEXT]
    errors: list[str] = []
    body = MessageBody(TEXT, nonce="n")
    place.fault(r"POST", r".*", times=3, status=500)
    place.fault(r"POST", r".*", times=1, status=429, retry_after=600)
    client = Secret(place.server.client_secret)
    oauth2 = OAuth2(1, client, place.transport, api_url=place.server.api_url)
    for asking in (
        place.rest.create_message(place.channel.id, body),
        place.rest.create_followup(1, DEAD, body),
        place.rest.execute_webhook(webhook.id, webhook.token, body),
        oauth2.exchange("code", "https://example.org"),
        place.rest.edit_original(1, DEAD, body),
    ):
        try:
            await asking
        except ConnectorError as error:
            errors.append(f"{error} {error!r} {error.__dict__}")
    assert errors
    logged = [r.getMessage() for r in caplog.records if r.name not in NOT_OURS]
    assert any("429" in line for line in logged)
    assert any("trying again" in line for line in logged)
    for secret in secrets:
        assert secret not in "\n".join(logged + errors)
