from datetime import UTC, datetime, timedelta

from bot.sandbox.discord_server import Channel, Interaction, Message, User
from connectors.local_scheduler import Config, Job, LocalScheduler
from tests.e2e.world import World


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
    return await world.bot.reminders.of((user or world.alice).id)


def ago(**passed: float) -> datetime:
    return datetime.now(UTC) - timedelta(**passed)


async def let_come(world: World, due: datetime | None = None) -> Message:
    """Let the only reminder be due, and return the message of it."""
    (job,) = await kept(world)
    due = due or ago(seconds=1)
    await world.bot.scheduler.change(job.id, owner_id=job.owner_id, next_run=due)
    return await delivered(world, world.channel)


async def delivered(world: World, channel: Channel) -> Message:
    await world.discord.until(lambda: posts(world, channel), why="the reminder")
    return posts(world, channel)[-1]


def posts(world: World, channel: Channel) -> list[Message]:
    return [m for m in world.discord.messages(channel) if m.content.startswith("⏰")]


async def came_due_while_off(world: World, **late: float) -> None:
    """Stop the bot, let every reminder of Alice be late, and start it again."""
    await world.stop_bot()
    ledger = LocalScheduler(Config(world.settings.data_dir))
    for job in await ledger.owned_by(world.alice.id):
        await ledger.change(job.id, owner_id=job.owner_id, next_run=ago(**late))
    await ledger.aclose()
    await world.start_bot()


async def test_a_reminder_is_set_and_comes(world: World) -> None:
    said = await remind(world)
    (job,) = await kept(world)
    at = int(job.next_run.timestamp())
    assert said.content == f"I will remind you <t:{at}:F> (<t:{at}:R>)."
    message = await let_come(world)
    assert message.content == f"⏰ <@{world.alice.id}> tea"
    assert message.pings == {world.alice.id}
    assert [b["label"] for b in message.buttons()] == [
        *("Snooze 20 min", "1 h", "Tomorrow", "…", "Done")
    ]
