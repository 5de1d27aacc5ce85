import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from discord import ChannelType, TextChannel

from bot.errors import Refused
from bot.reminders.job import NewReminder
from bot.sandbox.discord_server import Channel, Fault, Interaction, Message, User
from bot.schedules.texts import NOT_LASTING
from bot.settings import Settings
from connectors.local_scheduler import Config, Job, LocalScheduler, State
from tests.e2e.world import World, is_end

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


SEND_MESSAGES = 1 << 11


async def seen(world: World, asked: Interaction) -> Message:
    await world.discord.until(
        lambda: asked.messages and not asked.messages[-1].loading, why="a reply"
    )
    return asked.messages[-1]


async def remind(
    world: World,
    when: str = "in 1 hour",
    text: str = "tea",
    *,
    channel: Channel | None = None,
    user: User | None = None,
    **options: str,
) -> Message:
    """Run /remind and return what it answers."""
    options |= {"when": when, "text": text}
    asked = await world.discord.slash(
        user or world.alice, channel or world.channel, "remind", options
    )
    message = await seen(world, asked)
    assert message.ephemeral
    return message


async def in_berlin(world: World) -> None:
    asked = await world.discord.slash(
        world.alice, world.channel, "timezone", {"zone": "Europe/Berlin"}
    )
    assert "Your time zone is Europe/Berlin" in (await seen(world, asked)).content


async def kept(world: World, user: User | None = None) -> list[Job]:
    return await world.bot.services.reminders.of((user or world.alice).id)


async def until_kept(world: World, condition: Callable[[list[Job]], bool]) -> None:
    """Wait until Alice's reminders are as they should be; each look is a turn of the database."""
    async with asyncio.timeout(10.0):
        while not condition(await kept(world)):
            pass


def ago(**passed: float) -> datetime:
    return datetime.now(UTC) - timedelta(**passed)


async def let_come(world: World, due: datetime | None = None) -> Message:
    """Make the only reminder due, and return its message."""
    (job,) = await kept(world)
    due = due or ago(seconds=1)
    before = len(posts(world, world.channel))
    await world.bot.services.scheduler.change(job.id, owner_id=job.owner_id, next_run=due)
    return await delivered(world, world.channel, before)


async def delivered(world: World, channel: Channel, before: int = 0) -> Message:
    await world.discord.until(lambda: len(posts(world, channel)) > before, why="the reminder")
    return posts(world, channel)[-1]


def posts(world: World, channel: Channel) -> list[Message]:
    return [m for m in world.discord.messages(channel) if m.content.startswith("⏰")]


async def came_due_while_off(world: World, **late: float) -> None:
    """Stop the bot, let every reminder of Alice be late, and start it again."""
    await world.stop_bot()
    ledger = LocalScheduler(Config(world.settings.data_dir))
    for job in await ledger.owned_by(world.alice.id):
        due = ago(**late)
        wall_time = due.replace(tzinfo=None).isoformat()
        await ledger.change(job.id, owner_id=job.owner_id, next_run=due, wall_time=wall_time)
    await ledger.aclose()
    await world.start_bot()


async def test_a_reminder_is_set_and_comes(world: World) -> None:
    said = await remind(world)
    (job,) = await kept(world)
    at = int(job.next_run.timestamp())
    assert said.content == f"Got it: I will remind you <t:{at}:F> (<t:{at}:R>).\n> tea"
    message = await let_come(world)
    assert message.content == f"⏰ <@{world.alice.id}> tea"
    assert message.pings == {world.alice.id}
    assert [b["label"] for b in message.buttons()] == [
        *("Snooze 20 min", "1 h", "Tomorrow", "…", "Done")
    ]


async def test_a_reminder_comes_once_although_the_answer_to_it_is_lost(world: World) -> None:
    fault = world.discord.inject(
        Fault(
            method="POST",
            path=rf"/channels/{world.channel.id}/messages",
            after_effect=True,
            drop=True,
        )
    )
    await remind(world)
    await let_come(world)
    await until_settled(world)
    assert fault.seen == 1
    assert len(posts(world, world.channel)) == 1


async def until_settled(world: World) -> None:
    """Wait until nothing of Alice's is under way."""
    await until_kept(world, lambda jobs: not jobs)


@pytest.mark.usefixtures("alone")
async def test_a_reminder_that_came_due_while_off_is_sent_on_start_and_says_so(
    world: World,
) -> None:
    await remind(world)
    await came_due_while_off(world, minutes=10)
    message = await delivered(world, world.channel)
    first, second = message.content.splitlines()
    assert first.endswith(" tea")
    assert second.startswith("-# was due <t:")
    await until_settled(world)
    assert len(posts(world, world.channel)) == 1


async def test_one_that_is_a_little_late_does_not_speak_of_it(world: World) -> None:
    await remind(world)
    assert "was due" not in (await let_come(world, ago(seconds=90))).content


async def test_a_deleted_channel_sends_it_as_a_direct_message_with_the_reason(world: World) -> None:
    await remind(world)
    (job,) = await kept(world)
    world.discord.remove_channel(world.channel)
    await world.bot.services.scheduler.change(
        job.id, owner_id=job.owner_id, next_run=ago(seconds=1)
    )
    message = await delivered(world, world.discord.dm(world.alice))
    assert message.content.endswith(
        "-# The channel of this reminder no longer exists, so I am sending it here."
    )


async def test_a_channel_that_refuses_sends_it_as_a_direct_message_with_the_reason(
    world: World,
) -> None:
    await remind(world)
    (job,) = await kept(world)
    world.discord.set_overwrite(world.channel, world.guild.everyone, deny=SEND_MESSAGES)
    await world.bot.services.scheduler.change(
        job.id, owner_id=job.owner_id, next_run=ago(seconds=1)
    )
    message = await delivered(world, world.discord.dm(world.alice))
    assert f"I cannot post in <#{world.channel.id}>" in message.content


async def test_what_can_be_said_nowhere_waits_in_the_list_and_can_be_resumed(world: World) -> None:
    world.alice.blocks_dms = True
    await remind(world, where="dm")
    (job,) = await kept(world)
    await world.bot.services.scheduler.change(
        job.id, owner_id=job.owner_id, next_run=ago(seconds=1)
    )
    await until_kept(world, lambda jobs: jobs[0].state is State.PARKED)
    listed = await run(world, "reminders")
    assert "⚠️ not delivered: I could not send you a direct message." in listed.content
    world.alice.blocks_dms = False
    one = await choose(world, listed, job)
    await world.discord.click(world.alice, one, "Resume")
    assert " tea" in (await delivered(world, world.discord.dm(world.alice))).content


async def run(world: World, command: str, **options: str) -> Message:
    asked = await world.discord.slash(world.alice, world.channel, command, options)
    return await seen(world, asked)


async def choose(world: World, listed: Message, job: Job) -> Message:
    """Choose a reminder from the list, which is then shown in its place."""
    await world.discord.select(world.alice, listed, "abi:reminders", [job.id])
    await shows(world, listed, ">>> ")
    return listed


async def shows(world: World, message: Message, text: str) -> None:
    await world.discord.until(lambda: text in message.content, why=f"{text!r} to be shown")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("label", "least", "most"),
    [
        ("Snooze 20 min", timedelta(minutes=19), timedelta(minutes=21)),
        ("1 h", timedelta(minutes=59), timedelta(minutes=61)),
        ("Tomorrow", timedelta(hours=8), timedelta(hours=34)),
    ],
)
async def test_snooze_works_after_a_restart(
    world: World, label: str, least: timedelta, most: timedelta
) -> None:
    await in_berlin(world)
    await remind(world)
    message = await let_come(world)
    await until_settled(world)
    await world.stop_bot()
    await world.start_bot()
    await world.discord.click(world.alice, message, label)
    await shows(world, message, "-# Snoozed until <t:")
    assert message.buttons() == []
    (again,) = await kept(world)
    assert least < again.next_run - datetime.now(UTC) < most
    message = await let_come(world)
    assert message.content == f"⏰ <@{world.alice.id}> tea"


async def test_snooze_until_a_time_of_ones_own(world: World) -> None:
    await remind(world)
    message = await let_come(world)
    opened = await world.discord.click(world.alice, message, "…")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "in 3 hours"})
    await shows(world, message, "-# Snoozed until <t:")
    await until_one(world)
    (again,) = await kept(world)
    assert again.next_run > datetime.now(UTC) + timedelta(hours=2)


async def until_one(world: World) -> None:
    await until_kept(world, lambda jobs: len(jobs) == 1)


@pytest.mark.usefixtures("alone")
async def test_done_works_after_a_restart(world: World) -> None:
    await remind(world)
    message = await let_come(world)
    await until_settled(world)
    await world.stop_bot()
    await world.start_bot()
    await world.discord.click(world.alice, message, "Done")
    await shows(world, message, "-# Done.")
    assert message.buttons() == []


async def test_nobody_else_can_press_the_buttons(world: World) -> None:
    await remind(world)
    message = await let_come(world)
    clicked = await world.discord.click(world.bob, message, "Done")
    assert "somebody else's" in (await seen(world, clicked)).content
    assert message.buttons()


async def test_a_reminder_can_be_cancelled_where_it_was_confirmed(world: World) -> None:
    said = await remind(world)
    await world.discord.click(world.alice, said, "Cancel")
    await shows(world, said, "Cancelled: tea")
    assert await kept(world) == []


async def test_a_reminder_can_be_changed_where_it_was_confirmed(world: World) -> None:
    said = await remind(world)
    opened = await world.discord.click(world.alice, said, "Change")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "in 5 hours", "text": "coffee"})
    before = said.content
    await world.discord.until(lambda: said.content != before, why="the new time")
    (job,) = await kept(world)
    assert job.payload["text"] == "coffee"
    assert job.next_run > datetime.now(UTC) + timedelta(hours=4)


async def test_a_reminder_can_be_paused_and_resumed_in_the_list(world: World) -> None:
    await remind(world)
    (job,) = await kept(world)
    one = await choose(world, await run(world, "reminders"), job)
    await world.discord.click(world.alice, one, "Pause")
    await shows(world, one, "⏸️ paused")
    await world.discord.click(world.alice, one, "Resume")
    await world.discord.until(lambda: "paused" not in one.content, why="it to go on")
    assert (await kept(world))[0].state is State.ACTIVE
    await world.discord.click(world.alice, one, "All reminders")
    await shows(world, one, " · tea")


async def test_a_first_reminder_asks_for_the_zone_once_and_loses_nothing(world: World) -> None:
    asked = await remind(world, "tomorrow 9:00", "**call** the\n-# when: dentist")
    assert asked.content.startswith("What does your clock show?")
    assert await kept(world) == []
    await world.discord.select(
        world.alice, asked, f"abi:zone:draft:{world.channel.id}", ["Asia/Tokyo"]
    )
    await shows(world, asked, "I will remind you <t:")
    (job,) = await kept(world)
    assert job.payload["text"] == "**call** the\n-# when: dentist"
    assert (job.zone, job.next_run.hour) == ("Asia/Tokyo", 0)
    assert (await remind(world, "tomorrow 10:00")).content.startswith("Got it: I will remind you")


@pytest.mark.usefixtures("alone")
async def test_the_question_for_the_zone_still_works_after_a_restart(world: World) -> None:
    asked = await remind(world, "tomorrow 9:00")
    await world.stop_bot()
    await world.start_bot()
    opened = await world.discord.click(world.alice, asked, "Search")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"zone": "kathmandu"})
    await shows(world, asked, "I will remind you <t:")
    assert (await kept(world))[0].zone == "Asia/Kathmandu"


async def test_a_zone_that_does_not_exist_is_refused(world: World) -> None:
    assert (
        "I do not know that time zone." in (await run(world, "timezone", zone="Atlantis")).content
    )


async def test_the_zone_is_found_by_typing(world: World) -> None:
    found = await world.discord.autocomplete(
        world.alice, world.channel, "timezone", {"zone": "kath"}, focused="zone"
    )
    assert [choice["value"] for choice in found] == ["Asia/Kathmandu"]
    asked = await run(world, "timezone")
    assert asked.content == "I do not know your time zone yet."
    await world.discord.select(world.alice, asked, "abi:zone:alone:0", ["Europe/Berlin"])
    await shows(world, asked, "Your time zone is Europe/Berlin, where it is now ")


async def test_an_hour_that_may_be_two_is_asked_for(world: World) -> None:
    await in_berlin(world)
    asked = await remind(world, "tomorrow at 7")
    assert asked.content.startswith("Which time do you mean?")
    labels = [button["label"] for button in asked.buttons()]
    assert [label[-5:] for label in labels] == ["07:00", "19:00"]
    await world.discord.click(world.alice, asked, labels[1])
    await shows(world, asked, "I will remind you <t:")
    (job,) = await kept(world)
    assert job.wall_time is not None
    assert job.wall_time.endswith("T19:00:00")


async def test_what_is_not_understood_is_said_and_can_be_changed(world: World) -> None:
    asked = await remind(world, "tomorow at noonish")
    assert asked.content.startswith('I could not read "tomorow at noonish"')
    opened = await world.discord.click(world.alice, asked, "Change")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "in 2 hours"})
    await shows(world, asked, "I will remind you <t:")
    assert (await kept(world))[0].payload["text"] == "tea"


async def test_what_is_typed_is_read_back(world: World) -> None:
    await in_berlin(world)
    found = await world.discord.autocomplete(
        world.alice, world.channel, "remind", {"when": "every weekday at 08:30"}, focused="when"
    )
    assert found[0]["value"] == "every weekday at 08:30"
    assert found[0]["name"].startswith("every weekday at 08:30, first ")
    found = await world.discord.autocomplete(
        world.alice, world.channel, "remind", {"when": "tomorrow at"}, focused="when"
    )
    assert found[0]["name"].startswith("I could not read")


async def test_a_recurring_reminder_comes_again(world: World) -> None:
    await in_berlin(world)
    said = await remind(world, "every day at 08:30")
    at = int((await kept(world))[0].next_run.timestamp())
    assert said.content == (
        f"Got it: I will remind you every day at 08:30 (first: <t:{at}:F>, <t:{at}:R>).\n> tea"
    )
    await let_come(world)
    await until_kept(world, lambda jobs: jobs[0].next_run > datetime.now(UTC))
    (job,) = await kept(world)
    assert job.state is State.ACTIVE
    assert job.next_run - datetime.now(UTC) < timedelta(days=1)


@pytest.mark.usefixtures("alone")
async def test_of_what_a_recurring_reminder_missed_only_the_newest_comes(world: World) -> None:
    await in_berlin(world)
    await remind(world, "every 6 hours")
    await came_due_while_off(world, hours=20)
    message = await delivered(world, world.channel)
    late = datetime.now(UTC).timestamp() - int(message.content.split("<t:")[1].split(":")[0])
    assert 0 < late < 6 * 3600
    await until_kept(world, lambda jobs: jobs[0].next_run > datetime.now(UTC))
    assert len(posts(world, world.channel)) == 1


async def test_more_than_the_limits_is_refused_with_what_to_do(world: World) -> None:
    await in_berlin(world)
    for hour in range(5):
        await remind(world, f"every day at {hour + 8}:30")
    refused = await remind(world, "every day at 20:30")
    assert "You have 5 recurring reminders" in refused.content
    for _ in range(20):
        await remind(world)
    refused = await remind(world)
    assert refused.content == (
        "You have 25 reminders, which is the limit. Cancel one in `/reminders` first."
    )
    listed = await run(world, "reminders")
    assert len(listed.content) <= 2000


async def test_a_text_that_is_too_long_is_refused_by_the_form_and_by_the_bot(world: World) -> None:
    with pytest.raises(ValueError, match="allowed are 1 to 1500"):
        await remind(world, text="x" * 1501)
    long = NewReminder("in 1 hour", "x" * 1501, None)
    sentence = "The text has 1,501 characters; the limit is 1,500. Shorten it."
    with pytest.raises(Refused, match=sentence):
        world.bot.services.reminders.check(long)  # from a client that does not count
    await remind(world, text="x" * 1500)
    (job,) = await kept(world)
    with pytest.raises(Refused, match=sentence):
        await world.bot.services.reminders.change(job.id, job.owner_id, None, long.text)
    with pytest.raises(Refused, match="A reminder needs a text"):
        await world.bot.services.reminders.change(job.id, job.owner_id, None, " ")
    assert (await kept(world))[0].payload["text"] == "x" * 1500


async def test_a_confirmation_quotes_a_text_of_several_lines_below_its_notes(world: World) -> None:
    await in_berlin(world)
    said = await remind(world, "2027-03-03T09:00[Asia/Tokyo]", "one\ntwo", where="dm")
    assert said.content.splitlines()[1:] == [
        "-# That is 09:00 in Asia/Tokyo.",
        "-# I will send it as a direct message.",
        ">>> one",
        "two",
    ]


async def test_a_confirmation_names_no_zone_where_the_clocks_are_ones_own(world: World) -> None:
    await in_berlin(world)
    for when in ("tomorrow 9:00", "tomorrow 9:00 Europe/Berlin", "in 2 hours"):
        assert "That is" not in (await remind(world, when)).content


async def test_a_question_with_the_longest_text_still_fits_one_message(world: World) -> None:
    phrase = "tomorrow " + "and " * 47
    asked = await remind(world, phrase, "x" * 1500)
    assert len(asked.content) <= 2000
    opened = await world.discord.click(world.alice, asked, "Change")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "in 2 hours"})
    await shows(world, asked, "I will remind you <t:")
    assert (await kept(world))[0].payload["text"] == "x" * 1500


async def test_an_offset_is_taken_with_the_sign_that_people_mean(world: World) -> None:
    said = await run(world, "timezone", zone="GMT+1")
    assert said.content.startswith("Your time zone is UTC+1 all year, where it is now ")
    zone = await world.bot.services.timezones.of(world.alice.id)
    assert zone is not None
    assert datetime.now(zone).utcoffset() == timedelta(hours=1)


async def test_letters_of_several_zones_are_asked(world: World) -> None:
    asked = await run(world, "timezone", zone="EST")
    assert asked.content == "Which of these time zones?"
    await world.discord.select(world.alice, asked, "abi:zone:alone:0", ["America/New_York"])
    await shows(world, asked, "Your time zone is America/New_York, where it is now ")


async def test_nobody_else_is_pinged_whatever_the_text_says(world: World) -> None:
    await remind(world, text=f"@everyone <@{world.bob.id}> <@&{world.guild.everyone.id}> now")
    message = await let_come(world)
    assert message.pings == {world.alice.id}


async def test_a_reminder_about_a_message_leads_back_to_it(world: World) -> None:
    told = await world.discord.post(world.bob, world.channel, "look at this")
    opened = await world.discord.context(
        world.alice, world.channel, "Remind me about this", message=told
    )
    await world.discord.until(lambda: opened.modal, why="the form")
    sent = await world.discord.submit(world.alice, opened, {"when": "in 1 hour"})
    assert "I will remind you" in (await seen(world, sent)).content
    message = await let_come(world)
    link = f"https://discord.com/channels/{world.guild.id}/{world.channel.id}/{told.id}"
    assert message.content == f"⏰ <@{world.alice.id}> about this message\n-# about {link}"


async def test_where_the_bot_is_no_member_it_comes_as_a_direct_message(world: World) -> None:
    elsewhere = world.discord.add_guild("Elsewhere", has_bot=False)
    hall = world.discord.add_channel(elsewhere, "hall")
    world.discord.add_member(elsewhere, world.alice)
    said = await remind(world, channel=hall)
    assert said.content.endswith("because I am not a member of this server.")
    (job,) = await kept(world)
    await world.bot.services.scheduler.change(
        job.id, owner_id=job.owner_id, next_run=ago(seconds=1)
    )
    await delivered(world, world.discord.dm(world.alice))


async def test_it_works_in_direct_messages(world: World) -> None:
    mine = world.discord.dm(world.alice)
    await remind(world, channel=mine)
    (job,) = await kept(world)
    await world.bot.services.scheduler.change(
        job.id, owner_id=job.owner_id, next_run=ago(seconds=1)
    )
    assert (await delivered(world, mine)).pings


async def test_a_thread_gets_its_own_reminders(world: World) -> None:
    channel = world.bot.get_channel(world.channel.id)
    assert isinstance(channel, TextChannel)
    made = await channel.create_thread(name="talk", type=ChannelType.public_thread)
    thread = world.guild.channels[made.id]
    await remind(world, channel=thread)
    (job,) = await kept(world)
    await world.bot.services.scheduler.change(
        job.id, owner_id=job.owner_id, next_run=ago(seconds=1)
    )
    await delivered(world, thread)


@pytest.mark.usefixtures("alone")
async def test_where_files_are_deleted_a_reminder_is_refused_and_an_answer_is_not(
    world: World,
) -> None:
    await world.stop_bot()
    world.settings = Settings(data_dir=world.settings.data_dir, is_lasting=False)
    await world.start_bot()
    refused = await remind(world)
    assert refused.content == NOT_LASTING
    asked = await world.ask("hello")
    await world.discord.until(lambda: any(map(is_end, asked.messages)), why="an answer")


@pytest.mark.usefixtures("alone")
async def test_a_database_that_is_away_is_said(world: World) -> None:
    await world.lose_database()
    said = await remind(world)
    assert said.content == (
        "I cannot reach my database, so nothing was changed. Try again in a minute."
    )


@pytest.mark.usefixtures("alone")
async def test_after_days_off_what_was_missed_comes_as_one_list(world: World) -> None:
    await in_berlin(world)
    await remind(world, text="tea")
    await remind(world, text="a long story " * 10)
    once = await kept(world)
    last = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(hours=2)
    await remind(world, f"every day at {last:%H:%M}", "stand-up")
    await came_due_while_off(world, days=7)
    mine = world.discord.dm(world.alice)
    listed = await delivered(world, mine)
    assert listed.content.startswith(
        f"⏰ <@{world.alice.id}> I was offline when 3 reminders came due:\n- <t:"
    )
    assert b"a long story " * 9 in listed.attachments[0].data
    await until_one(world)
    ended = [await world.bot.services.scheduler.get(job.id) for job in once]
    assert {job.reason for job in ended if job} == {None, "delivered in a list"}
    assert (await kept(world))[0].next_run > datetime.now(UTC)
    assert posts(world, world.channel) == []
    assert posts(world, mine) == [listed]


@pytest.mark.usefixtures("alone")
async def test_after_days_off_those_without_direct_messages_get_each_in_its_channel(
    world: World,
) -> None:
    world.alice.blocks_dms = True
    await remind(world, text="tea")
    await remind(world, text="coffee")
    await came_due_while_off(world, days=7)
    await world.discord.until(lambda: posts(world, world.channel), why="the first of them")
    assert world.discord.messages(world.discord.dm(world.alice)) == []


async def test_what_is_typed_is_read_back_before_the_zone_is_known(world: World) -> None:
    async def complete(typed: str) -> str:
        found = await world.discord.autocomplete(
            world.alice, world.channel, "remind", {"when": typed}, focused="when"
        )
        return str(found[0]["name"])

    assert (await complete("tomorrow 9:00")).endswith(", 09:00 on your own clock")
    assert (await complete("in 2 hours")).endswith(" UTC")
    assert await complete("") == "in 20 minutes"
