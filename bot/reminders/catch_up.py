"""After a long time off: one direct message that lists what a person missed, instead of a flood."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.fallbacks import send_with_fallbacks
from bot.reminders.delivery import deliver, found_message, is_closed
from bot.reminders.job import KIND, buttons, next_run
from bot.text.formatting import excerpt
from connectors import ConnectorError
from connectors.discord import DiscordRest, File, MessageBody, timestamp
from connectors.local_scheduler import Job, Outcome, Retry, Settled, State

if TYPE_CHECKING:
    from connectors.local_scheduler import LocalScheduler, Running

LONG = timedelta(hours=24)
LINE_LIMIT, LIST_LIMIT = 60, 1700
WAIT_S = 5.0
# Long enough for the others that were missed, short enough for a person who mends it and resumes them.
REFUSED_FOR = timedelta(minutes=1)
IN_LIST = "it comes in a list with the others that were missed"
TOLD = "told in a list"
PART = 2  # 0 is the channel's message, 1 the direct one in its place


def _now() -> datetime:
    return datetime.now(UTC)


class CatchUp:
    """Does reminders: one by one while they are few or only a little late."""

    def __init__(
        self,
        scheduler: "LocalScheduler",
        rest: DiscordRest,
        *,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._scheduler = scheduler
        self._rest = rest
        self._clock = clock
        self._refused_at: dict[int, datetime] = {}

    async def deliver(self, running: "Running") -> Outcome:
        """Post a due deliver, alone or, by the first of those its owner missed, with the others."""
        now = self._clock()
        if now - running.next_run <= LONG:
            return await deliver(running, self._rest, now=now)
        missed = await self._missed(running.owner_id, now)
        if len(missed) < 2:
            return await deliver(running, self._rest, now=now)
        if self._is_refused_by(running.owner_id, now):
            return await deliver(running, self._rest, now=now, takes_dms=False)
        if missed[0].id != running.id:
            return Retry(WAIT_S, IN_LIST)
        try:
            message_id = await self._post(running, missed, now)
        except ConnectorError as error:
            if not is_closed(error):
                raise
            self._refused_at[running.owner_id] = now
            return await deliver(running, self._rest, now=now, takes_dms=False)
        for job in missed[1:]:
            await self._end(job, now)
        return Settled(message_id)

    def _is_refused_by(self, owner_id: int, now: datetime) -> bool:
        """Return whether this person has just taken no list, so that each deliver goes on alone."""
        return now - self._refused_at.get(owner_id, datetime.min.replace(tzinfo=UTC)) < REFUSED_FOR

    async def _missed(self, owner_id: int, now: datetime) -> list[Job]:
        kept = await self._scheduler.owned_by(owner_id, kind=KIND)
        waiting = (State.ACTIVE, State.RUNNING)
        return [job for job in kept if job.state in waiting and now - job.next_run > LONG]

    async def _post(self, running: "Running", missed: Sequence[Job], now: datetime) -> str | None:
        channel_id = await self._rest.create_dm(running.owner_id)
        if running.must_look_back(now):
            found = await found_message(running, self._rest, channel_id)
            if found is not None:
                return found
        count = f"{len(missed)} reminders came due meanwhile"
        said = f"⏰ <@{running.owner_id}> I was away, and {count}."
        body = MessageBody(
            _listed(missed),
            components=buttons(running, ("done",)),
            files=_whole(missed),
            nonce=running.nonce(PART),
            allow_user=running.owner_id,
        )
        await running.ensure_claim()
        send = partial(self._rest.create_message, channel_id, before=running.check_claim)
        return (await send_with_fallbacks(send, body, said)).id

    async def _end(self, job: Job, now: datetime) -> None:
        """End what the list has told of, or move it on to its next time."""
        later = next_run(job, now)
        if later is None:
            await self._scheduler.end(job.id, owner_id=job.owner_id, reason=TOLD)
        else:
            await self._scheduler.change(job.id, owner_id=job.owner_id, next_run=later)


def _listed(missed: Sequence[Job]) -> str:
    lines = [
        f"⏰ <@{missed[0].owner_id}> I was away, and {len(missed)} reminders came due meanwhile:"
    ]
    for job in missed:
        about = f" ({job.payload['link']})" if job.payload.get("link") else ""
        text = excerpt(job.payload.get("text", ""), LINE_LIMIT)
        line = f"- {timestamp(job.next_run, 'f')} {text}{about}"
        if sum(map(len, lines)) + len(line) > LIST_LIMIT:
            lines.append("- … and more, all in the file")
            break
        lines.append(line)
    return "\n".join(lines)


def _whole(missed: Sequence[Job]) -> tuple[File, ...]:
    """Return a file with what the list could only begin to say."""
    texts = [str(job.payload.get("text", "")) for job in missed]
    if "… and more" not in _listed(missed) and all(excerpt(t, LINE_LIMIT) == t for t in texts):
        return ()
    parts = [
        "\n".join(
            filter(None, [f"{job.next_run:%Y-%m-%d %H:%M} UTC", text, job.payload.get("link")])
        )
        for job, text in zip(missed, texts, strict=True)
    ]
    data = "\n\n".join(parts).encode(errors="replace")
    return (File("reminders.txt", data, "text/plain; charset=utf-8"),)
