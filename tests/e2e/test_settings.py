"""/settings: the rules of a server, and what they change."""

from typing import Any

import pytest

from bot.answers import titles
from bot.rules import texts
from bot.sandbox.discord_server import Channel, Interaction, Message, Role, User
from connectors.local_scheduler import id_of
from tests.e2e.test_chat import answer, call, post, remark, replies, thread_of
from tests.e2e.world import World, is_end

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


MANAGE_GUILD, CREATE_PUBLIC_THREADS = 1 << 5, 1 << 35


async def said(world: World, used: Interaction) -> Message:
    """Return what an interaction has answered, which only one person sees."""
    await world.discord.until(
        lambda: used.messages and not any(m.loading for m in used.messages), why="an answer"
    )
    (only,) = used.messages
    assert only.ephemeral
    return only


async def run(world: World, user: User, command: str, **options: Any) -> Message:
    used = await world.discord.slash(user, world.channel, f"settings {command}", options)
    return await said(world, used)


async def shows(world: World, message: Message, text: str) -> None:
    await world.discord.until(lambda: text in message.content, why=f"{text!r}")


@pytest.fixture
def cook(world: World) -> Role:
    return world.discord.add_role(world.guild, "cook")


@pytest.fixture
def boss(world: World) -> User:
    role = world.discord.add_role(world.guild, "boss", permissions=MANAGE_GUILD)
    boss = world.discord.add_user("boss")
    world.discord.add_member(world.guild, boss, [role])
    return boss


async def test_who_may_not_ask_is_told_so_on_every_way_in(
    world: World, boss: User, cook: Role
) -> None:
    first = await answer(world, await post(world, f"{call(world)} one?"))
    thread = await thread_of(world, first)
    asked = len(world.openai.requests)
    changed = await run(world, boss, "set role", role=cook, rule="may")
    assert changed.content.startswith(f"✅ Roles that may ask: only <@&{cook.id}>.\n-# Changed by")
    for used in (
        await world.ask("two?"),
        await world.discord.click(world.alice, first, "Ask again"),
        await world.discord.click(world.alice, first, "Reply"),
        await world.discord.context(world.alice, world.channel, "Ask about this", message=first),
    ):
        assert (await said(world, used)).content == texts.NOT_YOU
    for place in (world.channel, thread):
        question = await post(world, f"{call(world)} three?", place)
        assert await remark(world, question) == texts.NOT_YOU
    assert len(world.openai.requests) == asked
    world.guild.members[world.alice.id].roles.append(cook)
    await answer(world, await post(world, f"{call(world)} four?"))


@pytest.mark.usefixtures("alone")
async def test_a_setting_is_changed_in_its_message_and_undone_after_a_restart(
    world: World, boss: User, cook: Role
) -> None:
    shown = await run(world, boss, "show")
    assert "- Roles that may ask: everyone\n" in shown.content
    await said(
        world, await world.discord.select(boss, shown, "abi:settings:open", ["roles_allowed"])
    )
    await shows(world, shown, "With none, everyone may.")
    await world.discord.select(boss, shown, "abi:set:roles_allowed", [cook])
    await shows(world, shown, f"✅ Roles that may ask: only <@&{cook.id}>.")
    await world.stop_bot()
    await world.start_bot()
    used = await world.ask("one?")
    assert (await said(world, used)).content == texts.NOT_YOU
    pressed = [await world.discord.click(boss, shown, "Undo") for _ in range(2)]
    await world.discord.until(lambda: all(p.state == "answered" for p in pressed), why="responses")
    assert "✅ Roles that may ask: everyone." in shown.content
    await world.end(await world.ask("two?"))


async def test_only_who_manages_the_server_changes_its_settings(world: World, boss: User) -> None:
    shown = await run(world, boss, "show")
    world.guild.members[boss.id].roles.clear()
    used = await world.discord.select(boss, shown, "abi:settings:open", ["zone"])
    assert (await said(world, used)).content == texts.NOT_ALLOWED


async def test_a_deleted_role_is_shown_as_gone_and_lets_nobody_in(
    world: World, boss: User, cook: Role
) -> None:
    await run(world, boss, "set role", role=cook, rule="may")
    world.discord.remove_role(world.guild, cook)
    dm = world.discord.dm(boss)
    await world.discord.until(lambda: dm.messages, why="a notice")
    (notice,) = dm.messages.values()
    assert notice.content.startswith("⚠️ `cook` was deleted in `Kitchen`, where the setting *Roles")
    shown = await run(world, boss, "show")
    assert "- Roles that may ask: only ⚠️ a deleted one\n" in shown.content
    used = await world.ask("one?")
    assert (await said(world, used)).content == texts.NOT_YOU


@pytest.mark.usefixtures("alone")
async def test_questions_are_hidden_answers_threaded_and_nothing_is_remembered(
    world: World, boss: User
) -> None:
    await run(world, boss, "set questions", shown=False)
    used = await world.ask("one?")
    await world.end(used)
    assert not used.messages[0].content.startswith(">")
    await run(world, boss, "set threads", open_one=True)
    question = await post(world, f"{call(world)} why is the sky blue?")
    place = await thread_at(world, question)
    assert place.name == "why is the sky blue?"
    await world.discord.until(lambda: any(map(is_end, place.messages.values())), why="an end")
    assert await world.bot.services.scheduler.get(id_of(titles.KIND, place.id))
    assert replies(question) == []
    (shown,) = [message for message in place.messages.values() if is_end(message)]
    await world.stop_bot()
    await world.start_bot()
    path = f"/channels/{world.channel.id}/messages/{question.id}"
    await world.discord.until(
        lambda: any(r.method == "GET" and r.path == path for r in world.discord.requests),
        why="a look for what was deleted meanwhile",
    )
    await world.discord.edit_message(world.alice, question, f"{call(world)} why is it red?")
    await world.discord.until(lambda: len(world.openai.requests) == 3, why="a new answer")
    await world.bot.services.answers.settled(10.0)
    assert "Continue in a thread" not in [button["label"] for button in shown.buttons()]
    follow_up = await post(world, f"{call(world)} and at night?", place)
    await answer(world, follow_up)
    assert len(world.openai.requests[-1]["messages"]) == 4
    everyone = world.guild.everyone
    world.discord.set_overwrite(world.channel, everyone, deny=CREATE_PUBLIC_THREADS)
    await answer(world, await post(world, f"{call(world)} and without a thread?"))
    await run(world, boss, "set retention", days=0)
    forgotten = await answer(world, await post(world, f"{call(world)} two?", place))
    turns = world.bot.services.conversations
    assert await turns.author_of(forgotten.id) is None
    assert await turns.author_of(follow_up.id) == world.alice.id


async def test_who_may_not_set_reminders_here_gets_them_as_direct_messages(
    world: World, boss: User, cook: Role
) -> None:
    await run(world, boss, "set reminders", role=cook, rule="may")
    for user, place in ((world.alice, None), (boss, world.channel.id)):
        if user is boss:
            world.guild.members[boss.id].roles.append(cook)
        options = {"when": "in 1 hour", "text": "tea"}
        told = await said(world, await world.discord.slash(user, world.channel, "remind", options))
        assert ("only some people may set reminders here" in told.content) == (place is None)
        (job,) = await world.bot.services.reminders.of(user.id)
        assert job.channel_id == place
    spoken = await run(world, boss, "set language", language="deutsch")
    assert spoken.content.startswith("✅ Language of answers: German (Deutsch).")
    unknown = await run(world, boss, "set language", language="Klingon")
    assert unknown.content == texts.NO_SUCH_LANGUAGE
    which = await run(world, boss, "set timezone", zone="tok")
    await world.discord.select(boss, which, "abi:set:zone", ["Asia/Tokyo"])
    await shows(world, which, "✅ Time zone: `Asia/Tokyo`.")
    told = await said(world, await world.discord.slash(world.bob, world.channel, "timezone", {}))
    first, *_ = told.components[0]["components"][0]["options"]
    assert first["value"] == "Asia/Tokyo"


async def test_a_role_that_may_make_digests_is_let_in(world: World, cook: Role, boss: User) -> None:
    await run(world, boss, "set digests", role=cook, rule="may")
    world.guild.members[boss.id].roles = [cook]
    for command in world.discord.commands:  # as Server Settings > Integrations does
        command["default_member_permissions"] = None
    used = await world.discord.slash(boss, world.channel, "digest list", {})
    assert "This server has no digests." in (await said(world, used)).content
    world.guild.members[boss.id].roles = []
    used = await world.discord.slash(boss, world.channel, "digest list", {})
    assert "You need the *Manage Server* permission" in (await said(world, used)).content


async def thread_at(world: World, message: Message) -> Channel:
    channels = world.discord.world.channels
    await world.discord.until(lambda: message.id in channels, why="a thread")
    return channels[message.id]


async def test_what_a_proxy_reposts_is_answered_once_in_the_name_of_its_author(
    world: World, boss: User
) -> None:
    await run(world, boss, "set proxies", answered=True)
    webhook = world.discord.add_webhook(world.channel, "PluralKit Proxy")
    original = await post(world, f"Robin: {call(world)} why?")
    repost = await world.discord.send_as(webhook, f"{call(world)} why?", name="Robin")
    await world.discord.delete_message(world.alice, original)
    shown = await answer(world, repost)
    assert replies(original) == []
    await world.discord.click(world.alice, shown, "Ask again")
    await world.bot.services.answers.settled(5.0)
    ignored = await world.discord.send_as(webhook, f"{call(world)} why not?", name="Robin")
    await answer(world, await post(world, f"{call(world)} still there?"))
    assert replies(ignored) == []
