from typing import Any

import discord

from bot.process.application import installs_of, may_read_content, owners_of

ACCEPTED, INVITED = 2, 1  # source: Discord, Team Object


def person(user_id: int) -> dict[str, Any]:
    return {"id": str(user_id), "username": "x", "discriminator": "0", "avatar": None}


def application(*members: tuple[int, str, int], owner_id: int = 1) -> discord.AppInfo:
    """Return an application of one person, or of a team with these ids, roles and states."""
    team = {
        "id": "9",
        "name": "Kitchen",
        "icon": None,
        "owner_user_id": str(owner_id),
        "members": [
            {"user": person(user_id), "role": role, "membership_state": state, "team_id": "9"}
            for user_id, role, state in members
        ],
    }
    data: Any = {
        "id": "7",
        "name": "Abi",
        "description": "",
        "icon": None,
        "rpc_origins": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "",
        "owner": person(owner_id),
        "team": team if members else None,
    }
    return discord.AppInfo(discord.Client(intents=discord.Intents.none())._connection, data)


def test_one_person_owns_an_application_without_a_team() -> None:
    assert owners_of(application(owner_id=5)) == {5}


def test_of_a_team_those_who_may_change_the_application_own_it() -> None:
    team = application(
        (1, "", ACCEPTED),
        (2, "admin", ACCEPTED),
        (3, "developer", ACCEPTED),
        (4, "read_only", ACCEPTED),
    )
    assert owners_of(team) == {1, 2, 3}


def test_who_has_not_accepted_yet_owns_nothing() -> None:
    assert owners_of(application((1, "admin", ACCEPTED), (2, "admin", INVITED))) == {1}


def test_before_the_application_is_known_nobody_owns_it() -> None:
    assert owners_of(None) == set()


def test_the_portal_says_what_is_allowed() -> None:
    found = application()
    assert (installs_of(None), installs_of(found)) == ([], []), "not known"
    assert [may_read_content(None), may_read_content(found)] == [False, False]
    found._integration_types_config = {"1": {}}
    assert installs_of(found) == [1]
