import asyncio

import httpx
import pytest

from bot.sandbox.discord_server import Fault
from tests.bot.sandbox.discord_server.conftest import Kitchen

POST = {"method": "POST", "path": r"/channels/\d+/messages"}


def address(kitchen: Kitchen) -> str:
    return f"/channels/{kitchen.channel.id}/messages"


async def test_a_fault_strikes_as_often_as_it_was_asked_to(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    fault = kitchen.server.inject(Fault("POST", r"/channels/\d+/messages", times=2, status=503))
    codes = [(await http.post(address(kitchen), json={"content": "x"})).status_code for _ in "abc"]
    assert codes == [503, 503, 200]
    assert fault.seen == 2
    assert [request.status for request in kitchen.server.requests] == codes


async def test_an_answer_can_be_lost_after_its_effect(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    kitchen.server.inject(Fault(**POST, after_effect=True, drop=True))  # type: ignore[arg-type]
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(address(kitchen), json={"content": "posted"})
    assert [m.content for m in kitchen.server.messages(kitchen.channel)] == ["posted"]


async def test_a_dropped_request_has_no_effect(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    kitchen.server.inject(Fault("POST", drop=True))
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(address(kitchen), json={"content": "lost"})
    assert kitchen.server.messages(kitchen.channel) == []


async def test_a_held_request_goes_on_when_it_is_let_go(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    fault = kitchen.server.inject(Fault("POST", hold=gate))
    sending = asyncio.create_task(http.post(address(kitchen), json={"content": "late"}))
    await kitchen.server.until(lambda: fault.seen == 1)
    assert kitchen.server.messages(kitchen.channel) == []
    gate.set()
    assert (await sending).status_code == 200


async def test_an_answer_can_be_held_back_after_its_effect(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    gate = asyncio.Event()
    kitchen.server.inject(Fault("POST", after_effect=True, hold=gate))
    sending = asyncio.create_task(http.post(address(kitchen), json={"content": "posted"}))
    await kitchen.server.until(lambda: kitchen.server.messages(kitchen.channel))
    await http.get("/users/@me")  # asked later, answered sooner
    assert not sending.done()
    gate.set()
    assert (await sending).status_code == 200


async def test_a_cloudflare_page_is_no_json(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    kitchen.server.inject(Fault("GET", status=429, html=True))
    answer = await http.get("/users/@me")
    assert answer.status_code == 429
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "Via" not in answer.headers


async def test_headers_alone_are_laid_over_the_real_answer(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    kitchen.server.inject(Fault("POST", headers={"X-RateLimit-Bucket": "another"}))
    answer = await http.post(address(kitchen), json={"content": "x"})
    assert (answer.status_code, answer.headers["X-RateLimit-Bucket"]) == (200, "another")
    assert len(kitchen.server.messages(kitchen.channel)) == 1


async def test_cleared_faults_strike_no_more(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    kitchen.server.inject(Fault(status=500))
    kitchen.server.clear_faults()
    assert (await http.get("/users/@me")).status_code == 200
