import httpx
import pytest

from bot.sandbox.discord_server import Webhook
from bot.sandbox.discord_server.rules.permissions import BOT_PERMISSIONS, MANAGE_WEBHOOKS
from tests.bot.sandbox.discord_server.conftest import Kitchen


@pytest.fixture
def webhook(kitchen: Kitchen) -> Webhook:
    return kitchen.server.add_webhook(kitchen.channel, "News")


async def test_a_webhook_posts_under_its_own_name(
    kitchen: Kitchen, webhook: Webhook, http: httpx.AsyncClient
) -> None:
    address = f"/webhooks/{webhook.id}/{webhook.token}"
    answer = await http.post(address, json={"content": "@everyone new"}, params={"wait": "true"})
    assert answer.json()["webhook_id"] == str(webhook.id)
    [message] = kitchen.server.messages(kitchen.channel)
    assert (message.author.username, message.content) == ("News", "@everyone new")
    assert message.pings == set()
    assert (await http.post(address, json={"content": "more"})).status_code == 204


async def test_a_wrong_token_is_50027_and_an_unknown_webhook_10015(
    webhook: Webhook, http: httpx.AsyncClient
) -> None:
    wrong = await http.post(f"/webhooks/{webhook.id}/wrong", json={"content": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, 50027)
    unknown = await http.get("/webhooks/1/any")
    assert (unknown.status_code, unknown.json()["code"]) == (404, 10015)


async def test_without_its_token_a_webhook_needs_the_permission(
    kitchen: Kitchen, webhook: Webhook, http: httpx.AsyncClient
) -> None:
    address = f"/webhooks/{webhook.id}"
    assert (await http.get(address)).json()["code"] == 50013
    own = kitchen.guild.members[kitchen.server.bot_user.id].roles[0]
    own.permissions = BOT_PERMISSIONS | MANAGE_WEBHOOKS
    assert (await http.get(address)).json()["name"] == "News"
    assert (await http.delete(address)).status_code == 204
    assert (await http.get(f"{address}/{webhook.token}")).status_code == 404
