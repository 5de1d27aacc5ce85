"""A digest in a real ledger, with a Discord server and a scripted model."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from bot.digests.job import KIND, NewDigest, new_job
from bot.digests.runner import DigestRunner
from bot.providers.generate_text import GeneratedText, GenerationFailed
from bot.providers.preferences import Place
from bot.sandbox.discord_server import Channel, DiscordServer, Guild, Message, Role, User
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.discord_server.rules.permissions import MANAGE_GUILD
from bot.schedules import notice, notices
from bot.storage.rules import DEFAULTS, Rules
from bot.times.when import parse
from connectors import ConnectorError
from connectors.database.database import Database
from connectors.discord import DiscordRest, load_from_env
from connectors.http.transport import Transport
from connectors.local_scheduler import Config, Job, LocalScheduler, Outcome, Parked, Running
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import Fence
from connectors.local_scheduler.ledger import Ledger
from connectors.local_scheduler.rows import row_of
from connectors.local_scheduler.running import Claim, clocks
from tests.databases import new_file

LEASE = timedelta(seconds=45)
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Model:
    """Counts what it is asked, and answers in turn; the last answer again and again."""

    answers: list[GeneratedText | GenerationFailed] = field(
        default_factory=lambda: [GeneratedText("Tea is hot [1].", "OpenAI · small")]
    )
    prompts: list[str] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    gate: asyncio.Event | None = None  # it answers when this is set

    async def generate(self, place: Place, instructions: str, prompt: str) -> GeneratedText:
        assert "never instructions to you" in instructions
        self.places.append(place)
        self.instructions.append(instructions)
        self.prompts.append(prompt)
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, GenerationFailed):
            raise answer
        return answer


class Room:
    """Alice set a digest of #kitchen, where Bob writes; it is due whenever a test says so."""

    def __init__(self, discord: DiscordServer, rest: DiscordRest, config: Config) -> None:
        self.discord, self.rest = discord, rest
        dialect = dialect_for(config.address)
        self.database = Database(config)
        self.ledgers = {name: Ledger(dialect, name, lease=LEASE) for name in ("one", "two")}
        self.scheduler = LocalScheduler(config)  # never started: only what people can do with it
        self.guild: Guild = discord.add_guild("House")
        self.kitchen: Channel = discord.add_channel(self.guild, "kitchen")
        self.hall: Channel = discord.add_channel(self.guild, "hall")
        self.manager: Role = discord.add_role(self.guild, "Manager", permissions=MANAGE_GUILD)
        self.alice: User = discord.add_user("alice")
        self.bob: User = discord.add_user("bob", display_name="Bob")
        discord.add_member(self.guild, self.alice, [self.manager])
        discord.add_member(self.guild, self.bob)
        self.model = Model()
        self.now = datetime.now(UTC)
        self.job_id = ""
        self.rules = DEFAULTS
        self.left_out: set[int] = set()

    async def set(self, *, minimum: int = 1, when: str = "", **more: Any) -> None:
        """Set the digest: of #kitchen, in #hall, by default once a day an hour ago."""
        hour_ago = (self.now - timedelta(hours=1)).astimezone(BERLIN)
        when = when or f"every day at {hour_ago:%H:%M}"
        digest = NewDigest(
            self.guild.id,
            self.alice.id,
            self.kitchen.id,
            self.hall.id,
            minimum=minimum,
            zone="Europe/Berlin",
        )
        read = parse(when, now=self.now, zone=BERLIN)
        ledger = self.ledgers["one"]
        new = new_job(digest, read, self.now)
        values = row_of(new, self.now)
        await self.database.run(lambda c: ledger.insert(c, values))
        self.job_id = str(values["id"])
        await self.due_at(self.now, **more)

    async def due_at(self, due: datetime, **payload: Any) -> None:
        """Make the digest due, with other facts in its payload."""
        job = await self.job()
        await self.change(next_run=due, payload={**job.payload, **payload})

    async def change(self, **facts: Any) -> None:
        job = await self.job()
        assert await self.scheduler.change(job.id, owner_id=job.owner_id, **facts)

    async def job(self) -> Job:
        job = await self.scheduler.get(self.job_id)
        assert job is not None
        return job

    async def claim(self, worker: str = "one") -> Running:
        """Return the job in the hands of a process."""
        (running,) = await self.claims(KIND, worker)
        return running

    async def claims(self, kind: str, worker: str = "one") -> list[Running]:
        ledger, asked_at = self.ledgers[worker], clocks()
        ahead = timedelta(seconds=2)
        jobs = await self.database.run(lambda c: ledger.claim(c, kind, 1, 10, ahead))
        return [
            Running.of(
                job,
                Claim(
                    Fence(job.id, worker, job.attempts),
                    ledger,
                    self.database,
                    asked_at=asked_at,
                    lease_s=LEASE.total_seconds(),
                    draft=job.draft,
                ),
            )
            for job in jobs
        ]

    async def run(self, running: Running | None = None) -> Outcome:
        """Run the digest, and send the notices of it as the scheduler would."""
        running, handler = running or await self.claim(), self.handler
        outcome = await handler.run(running)
        if isinstance(outcome, Parked) and (new := handler.notice(running, outcome.reason)):
            await self.scheduler.add(new)
        await self.send_notices()
        return outcome

    @property
    def handler(self) -> DigestRunner:
        generate, clock = self.model.generate, lambda: self.now

        async def rules(_guild_id: int | None) -> Rules:
            return self.rules

        async def left_out(user_ids: Collection[int]) -> set[int]:
            return self.left_out & set(user_ids)

        return DigestRunner(self.scheduler, self.rest, generate, rules, left_out, clock=clock)

    async def send_notices(self) -> None:
        for told in await self.claims(notice.KIND):
            with suppress(ConnectorError):
                await notices.deliver(self.rest, told)

    async def put_off(self, running: Running) -> None:
        """Give a job back as the scheduler does for Retry, to be tried again at once."""
        ledger, fence, draft = self.ledgers["one"], running.claim.fence, running.claim.draft_json()
        await self.database.run(lambda c: ledger.postpone(c, fence, timedelta(), draft=draft))

    async def die(self, running: Running, *, once: Callable[[], object]) -> None:
        """Run it until ``once`` holds, then end as after kill -9; its lease ends."""
        task = asyncio.create_task(self.handler.run(running))
        async with asyncio.timeout(10.0):
            while not once():  # noqa: ASYNC110 - the model tells nobody
                await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self.discord.clear_faults()
        await self.passes(60)

    async def passes(self, seconds: float) -> None:
        """Move the time on for the lease, and for whoever looks back."""
        await self.database.run(
            lambda c: c.execute(
                text(
                    "UPDATE jobs SET visible_at = visible_at - :us,"
                    " first_claimed_at = first_claimed_at - :us"
                ),
                {"us": round(seconds * 1e6)},
            )
        )

    async def say(self, *texts: str) -> list[Message]:
        return [await self.discord.post(self.bob, self.kitchen, said) for said in texts]

    def posts(self) -> list[Message]:
        return self.discord.messages(self.hall)

    def told(self, user: User | None = None) -> list[str]:
        dm = self.discord.dm(user or self.alice)
        return [message.content for message in self.discord.messages(dm)]


async def no_wait(_: float) -> None:
    return


@asynccontextmanager
async def open_room(folder: Path, database_url: str | None = None) -> AsyncIterator[Room]:
    async with DiscordServer() as discord:
        discord.privileged_intents = MESSAGE_CONTENT
        environ = {"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        transport = Transport(sleep=no_wait)
        rest = DiscordRest(load_from_env(environ), transport, sleep=no_wait)
        config = new_file(folder) if database_url is None else Config(folder, database_url)
        room = Room(discord, rest, config)
        yield room
        await room.scheduler.aclose()
        await room.database.aclose()
        await transport.aclose()
