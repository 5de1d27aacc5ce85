"""Deletion of what rows of the ledger say about a person, or for a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import bindparam, text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, TextClause

# The answers, and what else belongs to a conversation.
BEING_WRITTEN: Final = ("answer", "answer end")
DIGEST: Final = "digest"
# A refused question that may be asked of somebody else.
OFFER: Final = "offer"
SAID: Final = (
    *BEING_WRITTEN,
    *("answer left behind", "thread title", "withdrawal", OFFER, "remark"),
)
# Requests that concern what is stored; each ends by itself.
REQUESTS: Final = ("deletion", "export")
# Only its id is left, so that what was asked is not done a second time.
_EMPTIED: Final = """
owner_id = 0, guild_id = NULL, channel_id = NULL, zone = NULL, rule = NULL, wall_time = NULL,
lease_by = NULL, state = 'settled', reason = NULL, payload = '{}', draft = '{}',
visible_at = CASE WHEN state = 'settled' THEN visible_at ELSE :now END
"""
_HAS_ENDED: Final = "state IN ('settled', 'parked')"


class Words(msgspec.Struct, frozen=True):
    """A person's words: their turns, those of others that were ``touched``, and in which channels.

    Jobs that were stored after ``until_us`` are not meant.
    """

    user_id: int
    until_us: int
    own: Collection[int]
    touched: Collection[int]
    channels: Collection[int]


class Found(msgspec.Struct, frozen=True):
    """The turns of other answers that hold a person's words; whether no row holds any by now."""

    turns: frozenset[int]
    is_whole: bool


class _Quoted(msgspec.Struct):
    author_id: int = 0


class _Asked(msgspec.Struct):
    author_id: int = 0
    turn: int = 0
    quote: _Quoted | None = None


class _Held(msgspec.Struct):
    question: _Asked = msgspec.field(default_factory=_Asked)


def _statement(template: str, *lists: str) -> TextClause:
    """Return a statement; ``lists`` are its values that are collections."""
    statement = template.format(emptied=_EMPTIED, has_ended=_HAS_ENDED)
    return text(statement).bindparams(*(bindparam(name, expanding=True) for name in lists))


_EMPTY_OWN: Final = _statement(
    """
UPDATE jobs SET {emptied} WHERE owner_id = :user_id AND created_at <= :until_us
    AND kind NOT IN :requests AND (kind NOT IN :written OR {has_ended})
""",
    *("requests", "written"),
)
_EMPTY_OWN_SAID: Final = _statement(
    "UPDATE jobs SET {emptied} WHERE owner_id = :user_id AND kind IN :said AND {has_ended}", "said"
)
_OWN_WRITTEN: Final = _statement(
    """
SELECT 1 FROM jobs WHERE owner_id = :user_id AND created_at <= :until_us AND kind IN :written
    AND NOT ({has_ended}) LIMIT 1
""",
    "written",
)
_ABOUT: Final = _statement(
    """
SELECT id, kind, payload, draft, {has_ended} AS has_ended, state = 'running' AS is_running
FROM jobs WHERE kind IN :kinds AND owner_id <> :user_id
    AND (payload LIKE :author OR channel_id IN :channels OR draft LIKE :authors)
""",
    *("kinds", "channels"),
)
_EMPTY: Final = _statement(
    "UPDATE jobs SET {emptied} WHERE id = :id AND (kind = :offer OR {has_ended})"
)
# A name that a thread was given is the beginning of the question.
_EMPTY_TITLES: Final = _statement(
    "UPDATE jobs SET {emptied} WHERE kind = 'thread title' AND payload LIKE :answer"
)
_REDUCE: Final = _statement(
    "UPDATE jobs SET payload = :payload, draft = :draft WHERE id = :id AND {has_ended}"
)
_CUT_DIGEST: Final = _statement(
    "UPDATE jobs SET draft = :draft WHERE id = :id AND state <> 'running'"
)
_EMPTY_SERVERS: Final = _statement(
    """
UPDATE jobs SET {emptied} WHERE guild_id = :guild_id AND created_at <= :until_us
    AND kind IN :kinds AND (kind NOT IN :written OR {has_ended})
""",
    *("kinds", "written"),
)
_SERVERS_WRITTEN: Final = _statement(
    """
SELECT 1 FROM jobs WHERE guild_id = :guild_id AND created_at <= :until_us AND kind IN :written
    AND NOT ({has_ended}) LIMIT 1
""",
    "written",
)


def of_server(connection: Connection, guild_id: int, until_us: int, now_us: int) -> bool:
    """Empty the rows of answers and digests of a server; return whether none is left."""
    values = {"guild_id": guild_id, "until_us": until_us, "now": now_us}
    lists = {"kinds": (*SAID, DIGEST), "written": BEING_WRITTEN}
    connection.execute(_EMPTY_SERVERS, values | lists)
    written = connection.execute(_SERVERS_WRITTEN, values | {"written": BEING_WRITTEN})
    return written.first() is None


def of_person(connection: Connection, words: Words, now_us: int, *, only_said: bool) -> Found:
    """Empty the rows of a person, and take their words out of others' answers that have ended."""
    values = {"user_id": words.user_id, "until_us": words.until_us, "now": now_us}
    if only_said:
        connection.execute(_EMPTY_OWN_SAID, values | {"said": SAID})
    else:
        lists = {"requests": REQUESTS, "written": BEING_WRITTEN}
        connection.execute(_EMPTY_OWN, values | lists)
    own_written = connection.execute(_OWN_WRITTEN, values | {"written": BEING_WRITTEN}).first()
    about = _about(connection, words)
    is_posted = only_said or _forget_digests(connection, about, words.user_id)
    others = _others(about, words)
    for row, asked, is_own in others:
        if is_own or row.kind != "answer":
            connection.execute(_EMPTY, {"id": row.id, "now": now_us, "offer": OFFER})
            answer = f'%"answer_id":"{row.id}"%'
            connection.execute(_EMPTY_TITLES, {"answer": answer, "now": now_us})
        else:
            is_quoted = _is_quoted(asked, words)
            reduced = _reduced(row.payload, row.draft, is_quoted=is_quoted)
            connection.execute(_REDUCE, {"id": row.id, **reduced})
    turns = frozenset(asked.turn for _, asked, _ in others)
    are_whole = all(row.has_ended or row.kind == OFFER for row, _, _ in others)
    is_whole = own_written is None and are_whole and is_posted
    return Found(turns, is_whole)


def _about(connection: Connection, words: Words) -> Sequence[Row[Any]]:
    """Return others' rows that may hold a person's words."""
    values = {"user_id": words.user_id, "author": f'%"author_id":{words.user_id}%'}
    values |= {"authors": f'%"authors":[%{words.user_id}%'}
    lists = {"kinds": (*BEING_WRITTEN, OFFER, DIGEST), "channels": list(words.channels)}
    return connection.execute(_ABOUT, values | lists).all()


def _forget_digests(connection: Connection, about: Sequence[Row[Any]], user_id: int) -> bool:
    """Delete text about a person that is not posted yet; return False if any is being posted."""
    is_posted = True
    for row in about:
        draft: dict[str, Any] = json.loads(row.draft) if row.kind == DIGEST else {}
        if user_id in draft.get("authors", ()):
            is_posted = is_posted and not row.is_running
            # What is posted is not posted again; a digest of which nothing is, is written anew.
            posted = draft.get("posted", ())
            cut = {**draft, "parts": [""] * len(posted), "authors": []} if posted else {}
            connection.execute(_CUT_DIGEST, {"id": row.id, "draft": _encoded(cut)})
    return is_posted


def _others(about: Sequence[Row[Any]], words: Words) -> list[tuple[Row[Any], _Asked, bool]]:
    """Return others' answers that hold a person's words, and whether these are the question."""
    found = []
    for row in about:
        if row.kind == DIGEST:
            continue
        try:
            asked = msgspec.json.decode(row.payload, type=_Held).question
        except msgspec.MsgspecError:
            continue
        is_own = asked.author_id == words.user_id or asked.turn in words.own
        if is_own or _is_quoted(asked, words) or asked.turn in words.touched:
            found.append((row, asked, is_own))
    return found


def _is_quoted(asked: _Asked, words: Words) -> bool:
    return asked.quote is not None and asked.quote.author_id == words.user_id


def _reduced(payload: str, draft: str, *, is_quoted: bool) -> dict[str, str]:
    """Return the row of an answer without its text, and if that is theirs, without the quote."""
    kept: dict[str, Any] = json.loads(payload)
    if is_quoted:
        kept["question"]["quote"] = None
    kept["question"]["so_far"], kept["stopped"] = "", None
    try:
        written: dict[str, Any] = json.loads(draft)
        written.pop("heard", None)
    except (ValueError, AttributeError):  # not a draft of ours
        written = {}
    return {"payload": _encoded(kept), "draft": _encoded(written)}


def _encoded(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
