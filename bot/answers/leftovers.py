"""Messages of answers that went on elsewhere: their buttons go as soon as Discord allows it."""

from __future__ import annotations

import logging
import time
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from bot.answers.buttons import Button, button_row, without_ways_on
from bot.answers.closed import once_open, wake
from bot.answers.handover import HandedOver
from bot.answers.look_back import messages_of
from bot.answers.origin import TOKEN_MARGIN_S
from bot.answers.posts import edit_reopened
from bot.answers.resume import TOO_OLD
from bot.answers.texts import ALL_IN_FILE, ENDED_ALONE, GOES_ON_IN_DM, MOVED, STILL_WRITING, UNSENT
from bot.answers.waiting import without_note
from bot.fallbacks import send_first_accepted
from bot.text.chunking import MESSAGE_LIMIT, split
from bot.text.marks import disarm
from connectors import ConnectorError
from connectors.discord import Component, File, MessageBody, is_closed, snowflake_time
from connectors.local_scheduler import (
    KeptElsewhere,
    NewJob,
    Outcome,
    Retry,
    Running,
    Settled,
    id_from,
    id_of,
    payload_as,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.answers.layout import Ending
    from bot.answers.origin import Origin
    from bot.answers.record import Record
    from connectors.discord import DiscordRest, Message
    from connectors.local_scheduler import LocalScheduler

log = logging.getLogger(__name__)

KIND = "answer left behind"
THE_RESPONSE = "@original"  # Discord's name for the first message of an interaction
SOON_S, SOON_AT_MOST_S = 5.0, 60.0  # while nothing at all of an answer can be seen


class Leftover(msgspec.Struct, frozen=True):
    """A message that shows no end, in a channel or with a ``channel_id`` of 0 in direct messages.

    ``is_doubtful``: an unconfirmed one may stand after it, or after the message or interaction that
    was ``asked``; it is none of those that were ``counted``, since what was asked for in direct
    messages goes on there, too. Only if the end stands nowhere else, ``said`` is to stand below it,
    with the ``components``; ``text`` is the whole answer then, unless all of it is shown.
    """

    channel_id: int
    message_id: str
    asked: int
    is_doubtful: bool = False
    counted: tuple[str, ...] = ()
    said: str = ""
    text: str = ""
    components: tuple[Component, ...] = ()


class Leftovers:
    """Takes the buttons off what an answer has left behind, or ends it there."""

    def __init__(self, scheduler: LocalScheduler, rest: DiscordRest) -> None:
        self._scheduler = scheduler
        self._rest = rest
        scheduler.handler(KIND, self.run)

    async def tidy(self, record: Record, ending: Ending | None) -> None:
        """Tidy the messages that an answer left; one shows its ending if nothing else does.

        What Discord does not allow now is done when it does. If it shows nothing at all of a recent
        answer, raise HandedOver: then that is tried again as a whole.
        """
        if record.origin.is_hidden and await show_by_token(self._rest, record, ending):
            ending = None
        found = list(leftovers_of(record, ending))
        if ending is not None:
            _note_undelivered(record.origin, is_seen=any(leftover.message_id for leftover in found))
        for leftover in found:
            job = _job(leftover, record.origin)
            try:
                await self._scheduler.run_now(job)
            except KeptElsewhere:
                continue
            except ConnectorError:
                await self._tidy_unkept(leftover, job.owner_id)

    async def look_again(self, guild_id: int) -> None:
        """Try at once what was not allowed in a server. Raise DatabaseUnavailable."""
        await wake(self._scheduler, guild_id, KIND)

    async def show_end(self, webhook: tuple[int, str], record: Record, shown: str) -> None:
        """Show the end of an answer in a private message that its own token no longer reaches.

        ``webhook`` is that of who has just pressed a button below it. Raise ConnectorError.
        """

        async def edit(body: MessageBody) -> None:
            await self._rest.edit_original(*webhook, replace(body, removes_files=True))

        again = button_row(record.id, Button.AGAIN)
        text = record.progress.text
        left = Leftover(0, "", 0, said=ENDED_ALONE, text=text, components=again)
        await send_first_accepted(edit, forms(left, shown))

    async def run(self, running: Running) -> Outcome:
        """Tidy a message. Raises ConnectorError for what may pass by itself."""
        leftover = payload_as(running, Leftover)
        rest = self._rest.fenced(running.check_claim, ensure=running.ensure_claim)
        try:
            await show(rest, leftover, running.owner_id)
        except ConnectorError as error:
            return once_open(running, error)
        return Settled(None, {})

    async def _tidy_unkept(self, leftover: Leftover, user_id: int) -> None:
        try:
            await show(self._rest, leftover, user_id)
        except ConnectorError as error:
            log.warning("discord: %s; buttons of an answer that has ended stay", error)


def leftovers_of(record: Record, ending: Ending | None) -> Iterator[Leftover]:
    """Yield what an answer has left behind, the last first, which shows an ending that is given.

    Without its token a bot cannot change what only one person sees, or what it said where it is no
    member.
    """
    for place, behind in reversed(list(enumerate(record.screen.behind))):
        is_out_of_reach = place == 0 and record.origin.is_hidden
        if (behind.message_id or behind.is_doubtful) and not is_out_of_reach:
            yield leftover_at(record, place, ending)
            ending = None


def leftover_at(
    record: Record, place: int, ending: Ending | None, *, otherwise: str = ""
) -> Leftover:
    """Return what an answer has left in a place, to show an ending there, or a line ``otherwise``.

    The first place is the one where it was asked for; the others are direct messages.
    """
    origin, text, behind = record.origin, record.progress.text, record.screen.behind[place]
    channel_id = origin.channel_id if place == 0 else 0
    left = Leftover(channel_id, behind.message_id, origin.interaction_id, behind.is_doubtful)
    if behind.is_doubtful:
        left = replace(left, counted=record.screen.messages)
    if ending is None:
        return replace(left, said=otherwise)
    is_whole = record.screen.read >= len(text.rstrip())
    said = ending.footer if is_whole else f"{UNSENT}\n{ending.footer}"
    hidden = "" if is_whole else text
    rows = ending.components if channel_id else without_ways_on(ending.components)
    return replace(left, said=said, text=hidden, components=rows)


def _note_undelivered(origin: Origin, *, is_seen: bool) -> None:
    """Log that an end could not be shown, or raise HandedOver if nothing is and it may be yet."""
    age = datetime.now(UTC) - snowflake_time(origin.interaction_id)
    if not (is_seen or origin.is_hidden) and age < TOO_OLD:
        wait_s = min(max(age.total_seconds() / 2, SOON_S), SOON_AT_MOST_S)
        raise HandedOver(Retry(wait_s, "Discord lets nobody see the answer"))
    log.error("discord: an answer in channel %s could not be delivered", origin.channel_id)


async def show_by_token(rest: DiscordRest, record: Record, ending: Ending | None) -> bool:
    """Bring what only its token reaches to an ending, or say that the answer goes on elsewhere.

    Return whether that is shown; it is not if the token has expired by now.
    """
    origin, behind = record.origin, record.screen.behind
    if not behind or time.time() >= origin.expires_at + TOKEN_MARGIN_S:
        return False
    message_id = behind[0].message_id or THE_RESPONSE
    is_out_of_time = time.time() > origin.expires_at - SOON_S
    left = leftover_at(record, 0, ending, otherwise=GOES_ON_IN_DM if is_out_of_time else MOVED)

    async def edit(body: MessageBody) -> None:
        await rest.edit_followup(*origin.webhook, message_id, body, attempts=1)

    try:
        shown = (await rest.followup(*origin.webhook, message_id)).content
        if not shown.endswith(left.said):
            await send_first_accepted(edit, forms(left, shown))
    except ConnectorError as error:
        log.info("discord: %s; what only a token reaches stays as it is", error)
        return False
    return True


async def show(rest: DiscordRest, leftover: Leftover, user_id: int) -> None:
    """Bring a message to the end that is meant for it. Raise ConnectorError."""
    channel_id = leftover.channel_id or await rest.create_dm(user_id)
    message_id, shown = await _standing(rest, channel_id, leftover)
    if not message_id:
        return
    if shown is None and not leftover.said:
        await rest.remove_components(channel_id, message_id)
        return

    async def edit(body: MessageBody) -> None:
        await edit_reopened(rest, channel_id, message_id, body)

    await send_first_accepted(edit, forms(leftover, shown or ""))


async def _standing(
    rest: DiscordRest, channel_id: int, leftover: Leftover
) -> tuple[str, str | None]:
    """Return a message, or "", and the text it shows that counts; None if it cannot be read."""
    found = await _found(rest, channel_id, leftover)
    if found is not None:
        return found.id, ""
    if not leftover.message_id:
        return "", ""
    try:
        return leftover.message_id, (await rest.message(channel_id, leftover.message_id)).content
    except ConnectorError as error:  # perhaps only its history is closed
        if not is_closed(error):
            raise
    return leftover.message_id, None


async def _found(rest: DiscordRest, channel_id: int, leftover: Leftover) -> Message | None:
    """Return the unconfirmed message, of which nothing was counted as shown."""
    if not leftover.is_doubtful:
        return None
    asked, after = leftover.asked, leftover.message_id or str(leftover.asked)
    messages = messages_of(rest, channel_id, asked, id_from(asked), after)
    async with aclosing(messages):
        async for message in messages:
            if message.id not in leftover.counted:
                return message
    return None


def forms(leftover: Leftover, shown: str) -> Iterator[MessageBody]:
    """Yield what a message that shows some text may become, the fullest form first."""
    is_note = shown.startswith(STILL_WRITING.partition("{")[0])
    text = "" if is_note else without_note(shown)
    if not leftover.said:
        yield MessageBody(text or MOVED)
        return
    components = leftover.components
    if leftover.text:
        file = File.from_text("answer.md", leftover.text)
        said = f"{ALL_IN_FILE}\n{leftover.said}"
        yield MessageBody(_below(text, said), components, files=(file,))
    yield MessageBody(_below(text, leftover.said), components)


def _below(text: str, said: str) -> str:
    """Return a text, shortened as far as it must be, with lines below it."""
    above = disarm(next(iter(split(text, limit=MESSAGE_LIMIT - len(said) - 1)), ""), said)
    return f"{above}\n{said}".lstrip()


def _job(leftover: Leftover, origin: Origin) -> NewJob:
    return NewJob(
        kind=KIND,
        id=id_of(KIND, leftover.asked, origin.revision, leftover.channel_id, leftover.message_id),
        owner_id=origin.user_id,
        guild_id=origin.guild_id,
        channel_id=leftover.channel_id or None,
        payload=msgspec.to_builtins(leftover),
    )
