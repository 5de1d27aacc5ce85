"""Deletion of everything that is stored about a person, or for a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, text

from bot.storage import erasure_of_jobs
from bot.storage.erasure_of_jobs import Words
from bot.storage.holdings import Extent
from bot.storage.turn import Extras
from bot.storage.turns import NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection, TextClause

_AT_ONCE: Final = 500  # ids in one statement
SLICE: Final = 2_000  # turns of a server in one transaction


def _many(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", expanding=True))


_NOTE: Final = text("""
INSERT INTO erasures (subject_id, until, erased_at) VALUES (:subject_id, :until, :now)
ON CONFLICT (subject_id) DO UPDATE SET until = excluded.until, erased_at = excluded.erased_at
WHERE erasures.until < excluded.until
""")
_OF_AUTHOR: Final = text("SELECT id FROM turns WHERE author_id = :subject_id AND id <= :until")
_OF_GUILD: Final = text("""
SELECT id FROM turns WHERE guild_id = :subject_id AND id <= :until LIMIT :slice
""")
_QUOTING: Final = text("""
SELECT id, extras FROM turns WHERE extras LIKE :quoted AND author_id <> :subject_id
""")
_FOLLOWING: Final = _many("SELECT id FROM turns WHERE parent_id IN :ids")
_CHANNELS: Final = _many("SELECT DISTINCT channel_id FROM turns WHERE id IN :ids")
_UNQUOTE: Final = text("UPDATE turns SET extras = :extras WHERE id = :id")
_UNANSWER: Final = _many("UPDATE turns SET answer = '' WHERE id IN :ids")
_UNSUMMARISE: Final = _many("DELETE FROM summaries WHERE turn_id IN :ids")
_DISOWN: Final = _many("DELETE FROM turn_messages WHERE turn_id IN :ids")
_REMOVE: Final = _many("DELETE FROM turns WHERE id IN :ids")
# What others have said after it still needs its place.
_REMOVE_LAST: Final = text("""
DELETE FROM turns WHERE id = :id AND NOT EXISTS (SELECT 1 FROM turns t WHERE t.parent_id = :id)
""")
_EMPTY: Final = _many("""
UPDATE turns SET author = '', prompt = '', extras = '', answer = '', provider = NULL, model = NULL,
    deleted_at = COALESCE(deleted_at, created_at)
WHERE id IN :ids
""")
_UNSIGN: Final = _many("UPDATE turns SET author_id = 0 WHERE id IN :ids")
_CHOICES_OF_PERSON: Final = (
    text("DELETE FROM choices WHERE user_id = :subject_id"),
    text("DELETE FROM zones WHERE user_id = :subject_id"),
)
_CHOICES_OF_SERVER: Final = (
    text("DELETE FROM choices WHERE scope = 'server' AND place_id = :subject_id"),
    text("DELETE FROM personas WHERE guild_id = :subject_id"),
)
_CHOICES_OF_PLACES: Final = (
    _many("DELETE FROM choices WHERE scope = 'channel' AND place_id IN :ids"),
    _many("DELETE FROM personas WHERE scope = 'conversation' AND place_id IN :ids"),
)


def erase(connection: Connection, extent: Extent, now_us: int) -> bool:
    """Delete all that can be deleted by now. Return whether that is everything.

    What an answer that is still being written needs is deleted once it has ended.
    """
    values = msgspec.structs.asdict(extent)
    connection.execute(_NOTE, {**values, "now": now_us})
    erase_said = _erase_servers if extent.is_server else _erase_persons
    is_whole = erase_said(connection, extent, now_us)
    for statement in _CHOICES_OF_SERVER if extent.is_server else _CHOICES_OF_PERSON:
        connection.execute(statement, values)
    for statement in _CHOICES_OF_PLACES:
        _in_parts(connection, statement, extent.places)
    return is_whole


def erase_conversations(connection: Connection, user_id: int, now_us: int) -> None:
    """Delete what a person and the bot have said to each other, except answers being written."""
    everything = 2**63 - 1
    extent = Extent(user_id, is_server=False, until=everything, until_us=everything)
    _erase_persons(connection, extent, now_us, only_said=True)


def erase_some_turns(connection: Connection, extent: Extent) -> bool:
    """Delete turns of a server, as many as one transaction may take; return whether any are left.

    A large server has hundreds of thousands.
    """
    values = msgspec.structs.asdict(extent) | {"slice": SLICE}
    turns = _ids(connection, _OF_GUILD, values)
    for statement in (_UNSUMMARISE, _DISOWN, _REMOVE):
        _in_parts(connection, statement, turns)
    return len(turns) == SLICE


def _erase_servers(connection: Connection, extent: Extent, now_us: int) -> bool:
    if erase_some_turns(connection, extent):
        return False
    return erasure_of_jobs.of_server(connection, extent.subject_id, extent.until_us, now_us)


def _erase_persons(
    connection: Connection, extent: Extent, now_us: int, *, only_said: bool = False
) -> bool:
    """Delete turns of a person, and what was written from their words in those of others.

    Until that is everything, the turns are only emptied: what follows them is found by them.
    """
    own = _ids(connection, _OF_AUTHOR, msgspec.structs.asdict(extent))
    quoting = _unquote(connection, extent.subject_id)
    touched = (_following(connection, own | quoting) | quoting) - own
    channels = _of(connection, _CHANNELS, touched | own)
    for statement in (_UNSUMMARISE, _DISOWN, _EMPTY):
        _in_parts(connection, statement, own)
    words = Words(extent.subject_id, extent.until_us, own, touched, channels)
    found = erasure_of_jobs.of_person(connection, words, now_us, only_said=only_said)
    for statement in (_UNSUMMARISE, _UNANSWER):
        _in_parts(connection, statement, (touched | found.turns) - own)
    if found.is_whole or only_said:
        _remove(connection, own)
    return found.is_whole


def _remove(connection: Connection, turns: Collection[int]) -> None:
    """Delete turns; of one that somebody else has followed only its place is left."""
    if turns:  # the last first, so that of a conversation of one's own nothing is left
        connection.execute(_REMOVE_LAST, [{"id": turn} for turn in sorted(turns, reverse=True)])
    _in_parts(connection, _UNSIGN, turns)


def _unquote(connection: Connection, user_id: int) -> set[int]:
    """Take a person's messages out of questions that others asked about them; return these."""
    values = {"quoted": f'%"author_id":{user_id},%', "subject_id": user_id}
    found = set()
    for turn_id, stored in connection.execute(_QUOTING, values).all():
        kept = _without_quote(stored, user_id)
        if kept is not None:
            connection.execute(_UNQUOTE, {"id": turn_id, "extras": kept})
            found.add(turn_id)
    return found


def _without_quote(stored: str, user_id: int) -> str | None:
    """Return the extras of a turn without a person's message; None if it quotes nobody's."""
    try:
        extras = msgspec.json.decode(stored, type=Extras)
    except msgspec.MsgspecError:  # nobody can read it
        return NOTHING
    if extras.quote is None or extras.quote.author_id != user_id:
        return None
    return msgspec.json.encode(Extras(None, extras.attachments)).decode()


def _following(connection: Connection, turns: Iterable[int]) -> set[int]:
    """Return all turns that follow others, however far behind."""
    found, last = set[int](), set(turns)
    while last:
        last = _of(connection, _FOLLOWING, last) - found
        found |= last
    return found


def _ids(connection: Connection, statement: TextClause, values: dict[str, Any]) -> set[int]:
    return set(connection.execute(statement, values).scalars())


def _of(connection: Connection, statement: TextClause, ids: Collection[int]) -> set[int]:
    parts = (connection.execute(statement, {"ids": part}).scalars() for part in _parts(ids))
    return {found for part in parts for found in part}


def _in_parts(connection: Connection, statement: TextClause, ids: Collection[int]) -> None:
    for part in _parts(ids):
        connection.execute(statement, {"ids": part})


def _parts(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    return (ordered[i : i + _AT_ONCE] for i in range(0, len(ordered), _AT_ONCE))
