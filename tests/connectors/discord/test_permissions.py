"""Held against discord.py's own calculation, which years of use have corrected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.discord import (
    Channel,
    Guild,
    Member,
    Permission,
    channel_permissions,
    guild_permissions,
)
from connectors.discord.permissions import ALL

GUILD, CHANNEL, THREAD, OWNER, ALICE = 100, 200, 300, 1, 2
ROLES = (11, 12, 13)
NOW = datetime.now(UTC)
BITS = st.one_of(
    st.integers(0, (1 << 53) - 1),
    st.lists(st.sampled_from(list(Permission))).map(lambda ps: sum({int(p) for p in ps})),
)
USER = {"username": "x", "discriminator": "0", "avatar": None}
JSON = dict[str, Any]


def role(role_id: int, permissions: int) -> JSON:
    return {"id": str(role_id), "name": "r", "permissions": str(permissions), "position": 0}


@st.composite
def overwrites(draw: st.DrawFn) -> list[JSON]:
    """Discord's order: that of @everyone may stand anywhere."""
    targets = draw(st.permutations([(GUILD, 0), *((r, 0) for r in ROLES), (ALICE, 1), (99, 1)]))
    kept = targets[: draw(st.integers(0, len(targets)))]
    return [
        {"id": str(i), "type": kind, "allow": str(draw(BITS)), "deny": str(draw(BITS))}
        for i, kind in kept
    ]


@st.composite
def places(draw: st.DrawFn) -> JSON:
    timed_out = draw(st.sampled_from([None, -60, 3600]))
    until = None if timed_out is None else (NOW + timedelta(seconds=timed_out)).isoformat()
    kind = draw(st.sampled_from([0, 2, 5, 13]))
    channel = {"id": str(CHANNEL), "type": kind, "name": "c", "position": 0}
    channel |= {"bitrate": 64000, "user_limit": 0}
    thread = {
        "id": str(THREAD),
        "type": 11,
        "name": "t",
        "guild_id": str(GUILD),
        "parent_id": str(CHANNEL),
        "owner_id": str(OWNER),
        "message_count": 0,
        "member_count": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": NOW.isoformat(),
        },
    }
    user_id = draw(st.sampled_from([OWNER, ALICE, ALICE, ALICE]))
    return {
        "guild": {
            "id": str(GUILD),
            "name": "g",
            "owner_id": str(OWNER),
            "roles": [role(GUILD, draw(BITS)), *(role(r, draw(BITS)) for r in ROLES)],
        },
        "channel": channel | {"permission_overwrites": draw(overwrites())},
        "thread": thread,
        "member": {
            "user": USER | {"id": str(user_id)},
            "roles": [str(r) for r in draw(st.sets(st.sampled_from(ROLES)))],
            "communication_disabled_until": until,
            "flags": 0,
        },
    }


def read(place: JSON, name: str, kind: type[Any]) -> Any:
    return msgspec.convert(place[name], kind, strict=False)


@pytest.fixture(scope="module")
def state() -> Any:
    return discord.Client(intents=discord.Intents.none())._connection


def documented(theirs: discord.Permissions) -> Permission:
    """Without VIEW_CHANNEL nothing of a channel is left; discord.py 2.7.1 forgets one bit."""
    forgotten = Permission(0) if theirs.view_channel else Permission.SET_VOICE_CHANNEL_STATUS
    return Permission(theirs.value) & ALL & ~forgotten


@given(place=places())
def test_discord_py_calculates_the_same(state: Any, place: JSON) -> None:
    theirs = discord.Guild(data={**place["guild"], "channels": [place["channel"]]}, state=state)  # type: ignore[typeddict-item]
    them = discord.Member(data=place["member"], guild=theirs, state=state)
    their_channel = theirs.get_channel(CHANNEL)
    assert their_channel is not None
    guild, member = read(place, "guild", Guild), read(place, "member", Member)
    channel, thread = read(place, "channel", Channel), read(place, "thread", Channel)

    ours = guild_permissions(guild, member)
    assert ours == them.guild_permissions.value & ALL
    ours = channel_permissions(channel, guild, member)
    if guild_permissions(guild, member) == ALL:
        assert ours == ALL  # as documented; discord.py takes voice away in text channels even here
        return
    assert ours == documented(their_channel.permissions_for(them))
    if channel.type in (0, 5):
        their_thread = discord.Thread(guild=theirs, state=state, data=place["thread"])
        ours = channel_permissions(thread, guild, member, parent=channel)
        assert ours == documented(their_thread.permissions_for(them))


def test_the_names_are_those_of_discord_py_or_the_documentation() -> None:
    flags = discord.Permissions.VALID_FLAGS
    assert sorted({value.bit_length() for value in flags.values()}) == sorted(
        p.bit_length() for p in Permission
    )
    renamed = {"USE_VAD", "MANAGE_GUILD_EXPRESSIONS", "CREATE_GUILD_EXPRESSIONS"}
    for permission in Permission:
        name = str(permission.name)
        assert name in renamed or flags[name.lower()] == permission


def test_a_time_out_ends_by_itself() -> None:
    place = {
        "guild": {"id": "1", "name": "g", "owner_id": "9", "roles": [role(1, 1 << 11)]},
        "member": {"user": USER | {"id": "2"}, "communication_disabled_until": NOW.isoformat()},
    }
    guild, member = read(place, "guild", Guild), read(place, "member", Member)
    before, after = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
    assert guild_permissions(guild, member, now=before) == 0
    assert guild_permissions(guild, member, now=after) == Permission.SEND_MESSAGES


def test_a_thread_needs_its_parent() -> None:
    thread = Channel(id="5", type=11)
    with pytest.raises(ValueError, match="parent"):
        channel_permissions(thread, Guild(id="1", name="g", owner_id="9"), Member())
