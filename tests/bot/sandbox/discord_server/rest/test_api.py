import httpx

from bot.sandbox.discord_server.rules.checks import REQUEST_LIMIT
from tests.bot.sandbox.discord_server.conftest import Kitchen


def messages(kitchen: Kitchen) -> str:
    return f"/channels/{kitchen.channel.id}/messages"


async def test_a_body_that_is_no_json_is_50109(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    json = {"Content-Type": "application/json"}
    answer = await http.post(messages(kitchen), content=b"{", headers=json)
    assert (answer.status_code, answer.json()["code"]) == (400, 50109)


async def test_a_body_of_the_wrong_type_is_50035(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    a_list = await http.post(messages(kitchen), json=[])
    wrong = await http.post(messages(kitchen), json={"content": "x", "flags": "many"})
    assert a_list.json()["code"] == wrong.json()["code"] == 50035
    assert kitchen.channel.messages == {}


async def test_a_body_that_is_too_large_is_40005(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    answer = await http.post(messages(kitchen), content=b"x" * (REQUEST_LIMIT + 70_000))
    assert (answer.status_code, answer.json()["code"]) == (413, 40005)


async def test_nothing_to_say_is_204_without_a_body(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    answer = await http.post(f"/channels/{kitchen.channel.id}/typing")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers


async def test_the_token_is_asked_for_before_the_handler(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    answer = await http.post(
        messages(kitchen), json={"content": "x"}, headers={"Authorization": "Bot wrong"}
    )
    assert (answer.status_code, answer.json()) == (401, {"message": "401: Unauthorized", "code": 0})
    assert kitchen.channel.messages == {}
