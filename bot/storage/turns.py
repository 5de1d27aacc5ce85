"""The turns of conversations: a tree of questions with their answers."""

from __future__ import annotations

import time
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import text

from bot.storage import retention
from bot.storage.turn import Chain, Deleted, Extras, Turn
from connectors.database.prepared import Prepared
from connectors.database.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from bot.providers.preferences import Place
    from connectors.database.database import Database

NOTHING: Final = "{}"  # the extras of most questions
# Not if its author wants nothing remembered, or had everything deleted since it was asked.
_BEGIN: Final = Prepared("""
INSERT INTO turns (id, parent_id, root_id, guild_id, channel_id, author_id, author, prompt, extras,
    answer, created_at)
SELECT :id, :parent_id, COALESCE((SELECT root_id FROM turns WHERE id = :parent_id), :id),
    :guild_id, :channel_id, :author_id, :author, :prompt, :extras, '', :created_at
WHERE NOT EXISTS (SELECT 1 FROM opt_outs WHERE user_id = :author_id AND name = 'history')
    AND NOT EXISTS (SELECT 1 FROM erasures
        WHERE subject_id IN (:author_id, :guild_id) AND until >= :id)
ON CONFLICT (id) DO UPDATE SET author = excluded.author, prompt = excluded.prompt,
    extras = excluded.extras,
    answer = CASE WHEN turns.prompt = excluded.prompt THEN turns.answer ELSE '' END
WHERE turns.deleted_at IS NULL
""")
_ANSWER: Final = Prepared("""
UPDATE turns SET answer = :answer, provider = :provider, model = :model
WHERE id = :id AND deleted_at IS NULL
""")
_RECOVER: Final = text("""
UPDATE turns SET answer = :answer, provider = :provider, model = :model
WHERE id = :id AND deleted_at IS NULL AND length(answer) < length(:answer)
""")
_IS_KNOWN: Final = text("SELECT 1 FROM turns WHERE id = :id")
_ADOPT: Final = Prepared("""
INSERT INTO turn_messages (message_id, turn_id) SELECT :message_id, id FROM turns
WHERE id = :turn_id ON CONFLICT DO NOTHING
""")
# A summary up to a later turn of the same conversation may hold what was said in this one.
_OUTDATE: Final = Prepared("""
DELETE FROM summaries WHERE turn_id >= :id AND root_id = (SELECT root_id FROM turns WHERE id = :id)
""")
# Two thousand turns at most; what is before the last summary is not read. Nothing is read that the
# request does not need, and the rows are not sorted here: in a long conversation both are felt.
_CHAIN: Final = Prepared("""
WITH RECURSIVE chain (depth, id, parent_id, summary) AS (
    SELECT 0, t.id, t.parent_id, (SELECT s.summary FROM summaries s WHERE s.turn_id = t.id)
    FROM turns t WHERE t.id = :id
    UNION ALL
    SELECT chain.depth + 1, t.id, t.parent_id,
        (SELECT s.summary FROM summaries s WHERE s.turn_id = t.id)
    FROM chain JOIN turns t ON t.id = chain.parent_id
    WHERE chain.depth < 2000 AND chain.summary IS NULL AND t.id < chain.id
)
SELECT t.id, t.parent_id, t.guild_id, t.channel_id, t.author_id, t.author, t.prompt, t.extras,
    t.answer, t.deleted_at, chain.summary,
    t.id IN (:channel_id, (SELECT m.turn_id FROM turn_messages m WHERE m.message_id = :channel_id))
        AS is_start
FROM chain JOIN turns t ON t.id = chain.id
""")
_LAST_BEFORE: Final = Prepared("""
SELECT MAX(id) FROM turns WHERE channel_id = :channel_id AND id < :before AND deleted_at IS NULL
""")
_BY_MESSAGE: Final = Prepared("""
SELECT t.id, t.channel_id FROM turns t WHERE t.deleted_at IS NULL AND (t.id = :message_id
    OR t.id = (SELECT turn_id FROM turn_messages WHERE message_id = :message_id))
""")
_AUTHOR: Final = Prepared("""
SELECT author_id FROM turns WHERE deleted_at IS NULL AND (id = :message_id
    OR id = (SELECT turn_id FROM turn_messages WHERE message_id = :message_id))
""")
_IS_LEFT_OUT: Final = Prepared("""
SELECT 1 FROM opt_outs WHERE user_id = :user_id AND name = 'history'
""")
_DISOWN: Final = text("DELETE FROM turn_messages WHERE message_id = :message_id")
_MESSAGES: Final = text("SELECT message_id FROM turn_messages WHERE turn_id = :id")
_HAS_REPLIES: Final = text("""
SELECT 1 FROM turns WHERE parent_id = :id AND deleted_at IS NULL LIMIT 1
""")
_DELETE: Final = text("""
UPDATE turns SET deleted_at = :now, author = '', prompt = '', extras = '', answer = ''
WHERE id = :id AND deleted_at IS NULL
""")
_CLEAR: Final = text("UPDATE turns SET answer = '' WHERE id = :id")
_SUMMARISE: Final = text("""
INSERT INTO summaries (turn_id, root_id, summary, created_at)
SELECT id, root_id, :summary, :now FROM turns WHERE id = :id
ON CONFLICT (turn_id) DO UPDATE SET summary = excluded.summary
""")


class Turns:
    """Every method raises only DatabaseUnavailable."""

    def __init__(
        self,
        database: Database,
        *,
        keep: timedelta = timedelta(days=30),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._keep_us = keep // timedelta(microseconds=1)
        self._clock = clock

    async def begin(self, turn: Turn) -> None:
        """Add a turn, or replace the question of one that is there and not deleted."""
        row = _row_of(turn) | {"created_at": self._now()}
        await self._database.run(lambda connection: _begin(connection, row))

    async def answer(self, turn: Turn, messages: Sequence[int]) -> bool:
        """Set the answer of a turn, and add it if it was never begun; False if it is deleted."""
        row = _row_of(turn) | {"created_at": self._now()}
        return await self._database.run(lambda connection: _answer(connection, row, messages))

    async def recover(self, turn: Turn, messages: Sequence[int]) -> None:
        """Set the answer of a turn that is not deleted, unless a longer one is stored."""
        row = _row_of(turn) | {"created_at": self._now()}
        await self._database.run(lambda connection: _recover(connection, row, messages))

    async def adopt(self, turn_id: int, *messages: int) -> None:
        """Store that messages, or threads, belong to a turn."""
        await self._database.run(lambda connection: _adopt(connection, turn_id, messages))

    async def disown(self, messages: Sequence[int]) -> None:
        """Store that messages belong to no turn any more."""
        gone = [{"message_id": message} for message in messages]
        await self._database.run(lambda c: c.execute(_DISOWN, gone).close())

    async def chain(self, turn_id: int, place: Place) -> Chain:
        """Return a turn and those before it, as far as they belong to this channel.

        A thread goes on from the turn that it was started from, in the channel of that turn.
        """
        if not turn_id:  # it follows nothing
            return Chain()
        values = {"id": turn_id, "channel_id": place.channel_id}
        rows = await self._database.run(
            lambda connection: _CHAIN.run(connection, values).fetchall(), only_reads=True
        )
        return _chain(rows, place)

    async def last_before(self, channel_id: int, before: int) -> int:
        """Return the last turn in a channel before an id, or 0."""
        values = {"channel_id": channel_id, "before": before}
        found = await self._first(_LAST_BEFORE, values, is_urgent=True)
        return (found and found[0]) or 0

    async def of_message(self, message_id: int) -> tuple[int, int] | None:
        """Return the turn that a message belongs to, as question or answer, and its channel."""
        found = await self._first(_BY_MESSAGE, {"message_id": message_id}, is_urgent=True)
        return None if found is None else (found[0], found[1])

    async def author_of(self, message_id: int) -> int | None:
        """Return who asked the question that a message belongs to."""
        found = await self._first(_AUTHOR, {"message_id": message_id})
        return None if found is None else int(found[0])

    async def forgets(self, user_id: int) -> bool:
        """Return whether a person wants nothing to be remembered."""
        return await self._first(_IS_LEFT_OUT, {"user_id": user_id}) is not None

    async def _first(
        self, query: Prepared, values: Mapping[str, Any], *, is_urgent: bool = False
    ) -> tuple[Any, ...] | None:
        return await self._database.run(
            lambda c: query.run(c, values).fetchone(), is_urgent=is_urgent, only_reads=True
        )

    async def delete(self, message_id: int) -> Deleted | None:
        """Forget a turn by its question's message, or only its answer by one of the answer's.

        Return None unless it is the question's.
        """
        if await self.of_message(message_id) is None:
            return None  # most messages are not ours, and erasing takes longer than looking
        values = {"id": message_id, "now": self._now()}
        return await self._database.run(
            lambda connection: _delete(connection, values), is_durable=True, is_erasing=True
        )

    async def summarise(self, turn_id: int, summary: str) -> None:
        """Keep the summary of a conversation up to a turn."""
        values = {"id": turn_id, "summary": as_text(summary), "now": self._now()}
        await self._database.run(lambda c: c.execute(_SUMMARISE, values).close())

    def purge(self, connection: Connection) -> bool:
        """Delete the turns that are older than is remembered, here or in their server."""
        now = self._now()
        return retention.purge(connection, now, now - self._keep_us)

    def _now(self) -> int:
        return int(self._clock() * 1e6)


def _row_of(turn: Turn) -> dict[str, Any]:
    return {
        "id": turn.id,
        "parent_id": turn.parent,
        "guild_id": turn.guild_id,
        "channel_id": turn.channel_id,
        "author_id": turn.author_id,
        "author": as_text(turn.author),
        "prompt": as_text(turn.prompt),
        "extras": as_text(msgspec.json.encode(turn.extras).decode()),
        "answer": as_text(turn.answer),
        "provider": turn.provider,
        "model": as_text(turn.model or "") or None,
    }


def _turn_of(row: Sequence[Any]) -> Turn:
    """Return the turn of a row; a row is read faster by position than by name."""
    turn_id, parent_id, guild_id, channel_id, author_id, author, prompt = row[:7]
    extras, answer, deleted_at = row[7:10]
    is_bare = deleted_at is not None or extras == NOTHING
    return Turn(
        turn_id,
        parent_id,
        guild_id,
        channel_id,
        author_id,
        author,
        prompt,
        Extras() if is_bare else msgspec.json.decode(extras, type=Extras),
        answer,
        is_deleted=deleted_at is not None,
    )


def _chain(rows: Sequence[Sequence[Any]], place: Place) -> Chain:
    """Return the turns of rows, up to the first before the last that is of another channel."""
    turns: list[Turn] = []
    channel_id = place.channel_id
    for row in sorted(rows, key=itemgetter(0), reverse=True):  # a turn follows one that is older
        turn, (summary, is_start) = _turn_of(row), row[10:]
        if is_start:
            channel_id = turn.channel_id
        if (turn.guild_id, turn.channel_id) != (place.guild_id, channel_id):
            break
        if summary is not None:
            return Chain(tuple(reversed(turns)), summary)
        turns.append(turn)
    return Chain(tuple(reversed(turns)))


def _begin(connection: Connection, row: Mapping[str, Any]) -> None:
    _BEGIN.run(connection, row)
    _OUTDATE.run(connection, row)


def _answer(connection: Connection, row: Mapping[str, Any], messages: Sequence[int]) -> bool:
    is_there = _ANSWER.run(connection, row).rowcount > 0
    if not is_there:
        _begin(connection, row)
        is_there = _ANSWER.run(connection, row).rowcount > 0
    _adopt(connection, row["id"], messages)
    return is_there


def _recover(connection: Connection, row: Mapping[str, Any], messages: Sequence[int]) -> None:
    if connection.execute(_IS_KNOWN, row).first() is None:
        _begin(connection, row)
    connection.execute(_RECOVER, row)
    _adopt(connection, row["id"], messages)


def _adopt(connection: Connection, turn_id: int, messages: Sequence[int]) -> None:
    for message in messages:
        _ADOPT.run(connection, {"message_id": message, "turn_id": turn_id})


def _delete(connection: Connection, values: Mapping[str, Any]) -> Deleted | None:
    found = _BY_MESSAGE.run(connection, {"message_id": values["id"]}).fetchone()
    if found is None:
        return None
    turn_id, channel_id = found
    _OUTDATE.run(connection, {"id": turn_id})
    if turn_id != values["id"]:
        connection.execute(_CLEAR, {"id": turn_id})
        return None
    messages = connection.execute(_MESSAGES, values).scalars().all()
    has_replies = connection.execute(_HAS_REPLIES, values).first() is not None
    connection.execute(_DELETE, values)
    return Deleted(turn_id, channel_id, tuple(messages), has_replies)
