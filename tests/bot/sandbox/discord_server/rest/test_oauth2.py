import httpx
import pytest

from tests.bot.sandbox.discord_server.conftest import Kitchen

BACK = "https://example.org/back"


@pytest.fixture
async def application(kitchen: Kitchen, http: httpx.AsyncClient) -> httpx.AsyncClient:
    server = kitchen.server
    http.auth = httpx.BasicAuth(str(server.application_id), server.client_secret)
    return http


async def test_a_code_becomes_tokens_once_and_only_at_its_own_address(
    kitchen: Kitchen, application: httpx.AsyncClient
) -> None:
    code = kitchen.server.authorize(BACK, "identify")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    given = (await application.post("/oauth2/token", data=form)).json()
    assert (given["token_type"], given["scope"]) == ("Bearer", "identify")
    again = await application.post("/oauth2/token", data=form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    form["code"] = kitchen.server.authorize("https://example.org/other", "identify")
    assert (await application.post("/oauth2/token", data=form)).status_code == 400


async def test_a_refresh_token_works_once(kitchen: Kitchen, application: httpx.AsyncClient) -> None:
    code = kitchen.server.authorize(BACK, "identify")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    given = (await application.post("/oauth2/token", data=form)).json()
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert (await application.post("/oauth2/token", data=form)).json()["scope"] == "identify"
    assert (await application.post("/oauth2/token", data=form)).status_code == 400


async def test_a_wrong_secret_is_401(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    http.auth = httpx.BasicAuth(str(kitchen.server.application_id), "wrong")
    answer = await http.post("/oauth2/token", data={"grant_type": "refresh_token"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
