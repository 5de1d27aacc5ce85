from typing import Any, cast

import discord
import pytest

from bot.replies import discord_files, send_ephemeral
from connectors import ApiRequestFailed
from connectors.discord import DiscordRest, File, MessageBody

REFUSED = ApiRequestFailed(
    "discord", status=400, reason="bad_request", provider_code="200000", summary="blocked"
)


class Discord:
    """An interaction and the REST client in one: notes what each way to reply was given."""

    application_id, token = 1, "token"

    def __init__(self, *, is_done: bool, refuses: str = "") -> None:
        self.sent: list[tuple[str, MessageBody]] = []
        self.refuses = refuses
        self.is_responded = is_done
        self.response = self

    def is_done(self) -> bool:
        return self.is_responded

    async def send_message(self, content: str | None, *, ephemeral: bool, **_: Any) -> None:
        self._note("response", MessageBody(content or "", ephemeral=ephemeral))

    async def edit_original(self, application_id: int, token: str, body: MessageBody) -> None:
        assert (application_id, token) == (1, "token")
        self._note("original", body)

    async def create_followup(self, application_id: int, token: str, body: MessageBody) -> None:
        assert (application_id, token) == (1, "token")
        self._note("followup", body)

    def _note(self, way: str, body: MessageBody) -> None:
        if self.refuses and self.refuses in body.content:
            raise REFUSED
        self.sent.append((way, body))


async def send(place: Discord, body: MessageBody, intro: str = "", **how: bool) -> None:
    interaction = cast("discord.Interaction[Any]", place)
    await send_ephemeral(interaction, cast("DiscordRest", place), body, intro, **how)


@pytest.mark.parametrize(
    ("is_done", "is_thinking", "way"),
    [(False, False, "response"), (True, True, "original"), (True, False, "followup")],
)
async def test_a_reply_takes_the_way_that_is_left(
    is_done: bool, is_thinking: bool, way: str
) -> None:
    place = Discord(is_done=is_done)
    await send(place, MessageBody("hello"), is_thinking=is_thinking)
    [(taken, body)] = place.sent
    assert (taken, body.content) == (way, "hello")


@pytest.mark.parametrize("is_done", [False, True])
async def test_nobody_else_sees_a_reply_of_its_own(is_done: bool) -> None:
    place = Discord(is_done=is_done)
    await send(place, MessageBody("hello"))
    assert place.sent[0][1].ephemeral


async def test_no_file_of_the_first_response_stays_beside_what_takes_its_place() -> None:
    place = Discord(is_done=True)
    await send(place, MessageBody("hello"), is_thinking=True)
    assert place.sent[0][1].removes_files


async def test_a_refused_reply_ends_with_its_intro() -> None:
    place = Discord(is_done=True, refuses="secret")
    await send(place, MessageBody("a secret"), "I could not do that.")
    assert place.sent[0][1].content.startswith("I could not do that.\n")


def test_files_keep_their_names_and_bytes() -> None:
    [file] = discord_files(MessageBody(files=(File("answer.md", b"word"),)))
    assert (file.filename, file.fp.read()) == ("answer.md", b"word")
