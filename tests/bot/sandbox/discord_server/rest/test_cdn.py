import httpx

from bot.sandbox.discord_server import Fault
from tests.bot.sandbox.discord_server.conftest import Kitchen


async def test_a_file_is_served_until_it_is_removed(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    message = await server.upload(kitchen.alice, kitchen.channel, ("soup.png", b"\x89PNG"))
    (file,) = message.attachments
    got = await http.get(file.url)
    assert (got.content, got.headers["Content-Type"]) == (b"\x89PNG", "image/png")
    server.remove_file(file)
    assert (await http.get(file.url)).status_code == 404
    assert list(server.downloads) == [f"/attachments/{kitchen.channel.id}/{file.id}/soup.png"] * 2


async def test_a_file_may_fail_or_lead_elsewhere(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    server = kitchen.server
    message = await server.upload(kitchen.alice, kitchen.channel, ("soup.txt", b"soup"))
    link = message.attachments[0].url
    elsewhere = {"Location": "http://127.0.0.1:1/secret"}
    server.inject(Fault("GET", "/attachments/.*", status=302, headers=elsewhere))
    assert (await http.get(link)).headers["Location"] == elsewhere["Location"]
    server.inject(Fault("GET", "/attachments/.*", headers={"Content-Type": "text/html"}))
    got = await http.get(link)
    assert (got.content, got.headers["Content-Type"]) == (b"soup", "text/html")


async def test_the_file_of_an_option_belongs_to_the_application(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    option = {"type": 11, "name": "file", "description": "A file"}
    command = {"name": "read", "description": "Read", "options": [option]}
    await http.post(f"/applications/{server.application_id}/commands", json=command)
    file = ("soup.txt", b"hot")
    it = await server.slash(kitchen.alice, kitchen.channel, "read", {"file": file})
    (sent,) = it.data["resolved"]["attachments"].values()
    assert f"/ephemeral-attachments/{server.application_id}/" in sent["url"]
    assert (await http.get(sent["url"])).content == b"hot"
