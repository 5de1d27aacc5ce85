"""/doctor and /help, as people who run the bot, manage a server, or only use it read them."""

from datetime import UTC, datetime

from bot.doctor import texts
from bot.rules.texts import NOT_HERE
from bot.sandbox.discord_server import User
from bot.sandbox.discord_server.rules.permissions import ATTACH_FILES
from bot.storage.rules import Change
from tests.e2e.world import World

MANAGE_GUILD = 1 << 5
SHORT = 1500


async def run(world: World, command: str, user: User, *, direct: bool = False) -> str:
    """Run a command and return what only this person reads."""
    channel = world.discord.dm(user) if direct else world.channel
    asked = await world.discord.slash(user, channel, command, {})
    await world.discord.until(
        lambda: asked.messages and not any(m.loading for m in asked.messages), why="a reply"
    )
    assert direct or all(m.ephemeral for m in asked.messages)
    return "\n".join(m.content for m in asked.messages)


async def test_each_person_reads_what_concerns_them(world: World) -> None:
    discord, owner = world.discord, world.discord.world.owner
    role = discord.add_role(world.guild, "manager", permissions=MANAGE_GUILD)
    manager = discord.add_user("manager")
    discord.add_member(world.guild, manager, [role])
    discord.set_overwrite(world.channel, discord.bot_user, deny=ATTACH_FILES)
    ids = {c["name"]: c["id"] for c in discord.commands if c["type"] == 1}

    assert await run(world, "doctor", world.alice) == texts.FOR_MANAGERS
    read = await run(world, "doctor", manager)
    assert "🟠 **Permissions here** · missing: Attach Files (long answers as a file)." in read
    assert "🟢 **Token** · accepted by Discord" in read
    assert f"🟢 **Commands** · {len(discord.commands)} commands registered" in read
    assert "🟢 **OpenAI** · answers (" in read
    assert "⚪ **Mistral** · not set up\n" in read
    assert "🟢 **Database** · works\n" in read
    assert str(world.settings.data_dir) not in read
    read = await run(world, "doctor", owner, direct=True)
    assert f"🟢 **Database** · SQLite, {world.settings.data_dir}/abi.db: schema" in read
    assert "⚪ **Mistral** · not set up (MISTRAL_API_KEY)" in read

    read = await run(world, "help", world.alice)
    assert f"</ask:{ids['ask']}>: Ask a language model" in read
    assert f"</timezone:{ids['timezone']}>" in read
    assert "</digest add" not in read
    assert "</doctor" not in read
    assert "Missing: Attach Files." in read
    assert "Questions asked here go to **OpenAI** · `sandbox-small`" in read
    change = Change(1, manager.id, datetime.now(UTC))
    denied = (world.channel.id,)
    await world.bot.services.rules.change(world.guild.id, "channels_denied", denied, change)
    read = await run(world, "help", world.alice)
    assert NOT_HERE in read
    assert "</ask" not in read
    read = await run(world, "help", manager)
    assert f"</digest add:{ids['digest']}>" in read
    assert f"</doctor:{ids['doctor']}>" in read
    assert len(read) < SHORT
