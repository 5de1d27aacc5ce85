import httpx

from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.world.feed import Event
from tests.bot.sandbox.discord_server.conftest import Kitchen


async def test_a_guild_is_unknown_to_a_bot_that_has_left(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    heard: list[Event] = []
    kitchen.server.world.feed.dispatch = heard.append
    assert (await http.delete(f"/users/@me/guilds/{kitchen.guild.id}")).status_code == 204
    assert [event.name for event in heard] == ["GUILD_DELETE"]
    assert (await http.get(f"/guilds/{kitchen.guild.id}")).json()["code"] == 10004
    assert (await http.get("/users/@me/guilds")).json() == []


async def test_the_own_guilds_come_with_the_bots_permissions(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    (guild,) = (await http.get("/users/@me/guilds")).json()
    assert int(guild["permissions"]) & p.SEND_MESSAGES
    assert not int(guild["permissions"]) & p.ADMINISTRATOR
    assert not guild["owner"]


async def test_a_role_is_given_and_taken_only_with_the_permission(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    cook = kitchen.server.add_role(kitchen.guild, "cook")
    address = f"/guilds/{kitchen.guild.id}/members/{kitchen.alice.id}/roles/{cook.id}"
    assert (await http.put(address)).json()["code"] == 50013
    kitchen.guild.members[kitchen.server.bot_user.id].roles[0].permissions |= p.MANAGE_ROLES
    assert (await http.put(address)).status_code == 204
    assert kitchen.guild.members[kitchen.alice.id].roles == [cook]
    assert (await http.delete(address)).status_code == 204
    assert kitchen.guild.members[kitchen.alice.id].roles == []


async def test_members_are_paged_by_id_and_searched_by_nick(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    kitchen.guild.members[kitchen.alice.id].nick = "Chef"
    address = f"/guilds/{kitchen.guild.id}/members"
    after = {"limit": "10", "after": str(kitchen.server.world.owner.id)}
    page = (await http.get(address, params=after)).json()
    assert [member["user"]["username"] for member in page] == ["alice"]
    found = (await http.get(f"{address}/search", params={"query": "che"})).json()
    assert [member["nick"] for member in found] == ["Chef"]


async def test_unknown_members_roles_and_users_are_named(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    guild = f"/guilds/{kitchen.guild.id}"
    paths = [f"{guild}/members/1", f"{guild}/roles/1", "/users/1"]
    assert [(await http.get(path)).json()["code"] for path in paths] == [10007, 10011, 10013]
