from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord import ui

from bot.app import Bot
from bot.errors import NO_DATABASE, AnsweredElsewhere
from cogs.ui import (
    BotButton,
    BotModal,
    BotView,
    Reply,
    show,
    show_reply,
    text_field,
    view_of,
    zone_select,
)
from connectors import ApiRequestFailed
from connectors.discord import Message, MessageBody

REFUSED = ApiRequestFailed("discord", status=400, reason="bad_request", provider_code="200000")


class Press:
    """Somebody presses a button: what the bot and Discord are told is kept."""

    application_id, token = 1, "token"

    def __init__(
        self,
        *,
        is_open: bool = True,
        is_done: bool = False,
        is_ephemeral: bool = False,
        refuses: str = "",
        elsewhere: str | None = None,
    ) -> None:
        self._is_open = is_open
        self._is_done = is_done
        self._refuses = refuses
        self._elsewhere = elsewhere  # what another process shows
        self.shown: list[tuple[str, str]] = []
        self.errors: list[Exception] = []
        self.client = self.response = self
        self.services = SimpleNamespace(rest=self)
        self.message = SimpleNamespace(flags=SimpleNamespace(ephemeral=is_ephemeral))

    @property
    def interaction(self) -> discord.Interaction[Bot]:
        return cast("discord.Interaction[Bot]", self)

    async def is_open(self, _: object) -> bool:
        return self._is_open

    async def reply_to_error(self, _: object, error: Exception) -> None:
        self.errors.append(error)

    def is_done(self) -> bool:
        return self._is_done

    async def send_message(self, content: str | None, **_: Any) -> None:
        if self._elsewhere is not None:
            raise AnsweredElsewhere
        self._show("new", content or "")

    async def original(self, _id: int, _token: str) -> Message:
        return Message(id="3", channel_id="4", content=self._elsewhere or "")

    async def edit_message(self, *, content: str, **_: Any) -> None:
        self._show("instead", content)

    async def edit_original(self, _id: int, _token: str, body: MessageBody) -> None:
        self._show("original", body.content)

    def _show(self, where: str, content: str) -> None:
        if self._refuses and self._refuses in content:
            raise REFUSED
        self.shown.append((where, content))


class Bell(BotButton, template=r"bell:(?P<times>\d+)"):
    rung = 0

    async def pressed(self, interaction: discord.Interaction[Bot], match: re.Match[str]) -> None:
        del interaction
        self.rung += int(match["times"])
        if self.rung > 2:
            raise ValueError("too loud")


async def bell(times: int) -> Bell:
    match = re.fullmatch(r"bell:(?P<times>\d+)", f"bell:{times}")
    assert match is not None
    item: ui.Button[Any] = ui.Button(custom_id=match[0])
    return await Bell.from_custom_id(Press().interaction, item, match)


async def test_a_button_does_what_its_id_says() -> None:
    press, button = Press(), await bell(2)
    await button.callback(press.interaction)
    assert (button.rung, press.errors) == (2, [])


async def test_a_button_does_nothing_while_the_bot_stops() -> None:
    press, button = Press(is_open=False), await bell(2)
    await button.callback(press.interaction)
    assert button.rung == 0


async def test_an_error_of_a_button_is_told_to_the_person() -> None:
    press, button = Press(), await bell(3)
    await button.callback(press.interaction)
    assert [str(error) for error in press.errors] == ["too loud"]


async def test_buttons_of_a_view_are_closed_while_the_bot_stops_and_never_time_out() -> None:
    view = BotView()
    assert view.timeout is None
    assert await view.interaction_check(Press().interaction)
    assert not await view.interaction_check(Press(is_open=False).interaction)


async def test_an_error_of_a_view_or_a_form_is_told_to_the_person() -> None:
    press, error = Press(), ValueError()
    await BotView().on_error(press.interaction, error, ui.Button())
    await BotModal(title="Form").on_error(press.interaction, error)
    assert press.errors == [error, error]


def test_a_field_begins_with_what_was_in_it_as_far_as_it_takes_that() -> None:
    field = text_field("When", "when", "tomorrow", limit=3).component
    assert isinstance(field, ui.TextInput)
    assert (field.default, field.max_length) == ("tom", 3)


def test_an_empty_field_has_no_default() -> None:
    field = text_field("When", "when", limit=3).component
    assert isinstance(field, ui.TextInput)
    assert field.default is None


def test_what_is_typed_is_read_without_space_around_it() -> None:
    field = text_field("When", "when", " noon ", limit=9)
    assert BotModal.typed(field) == "noon"


async def test_a_view_has_its_items_in_their_order() -> None:
    first, second = ui.Button[Any](label="a"), ui.Button[Any](label="b")
    assert view_of(first, second).children == [first, second]


def test_a_list_of_time_zones_is_no_longer_than_discord_takes() -> None:
    zones = [(f"Zone/{n}", "x" * 101) for n in range(30)]
    options = zone_select("zone", zones).options
    assert len(options) == 25
    assert {len(option.label) for option in options} == {100}
    assert options[0].value == "Zone/0"


@pytest.mark.parametrize(
    ("is_done", "is_ephemeral", "where"),
    [(True, True, "original"), (False, True, "instead"), (False, False, "new")],
)
async def test_what_only_one_person_sees_is_replaced(
    is_done: bool, is_ephemeral: bool, where: str
) -> None:
    press = Press(is_done=is_done, is_ephemeral=is_ephemeral)
    await show(press.interaction, "hello")
    assert press.shown == [(where, "hello")]


async def test_what_is_stored_is_confirmed_where_another_process_has_failed() -> None:
    press = Press(elsewhere=NO_DATABASE)
    await show_reply(press.interaction, Reply("Got it.", is_stored=True))
    assert press.shown == [("original", "Got it.")]


@pytest.mark.parametrize(("said", "is_stored"), [("Got it!", True), (NO_DATABASE, False)])
async def test_any_other_reply_of_another_process_stays(said: str, *, is_stored: bool) -> None:
    press = Press(elsewhere=said)
    with pytest.raises(AnsweredElsewhere):
        await show_reply(press.interaction, Reply("Got it.", is_stored=is_stored))
    assert press.shown == []


async def test_what_stands_above_a_refused_quote_is_still_shown() -> None:
    press = Press(refuses="secret")
    await show(press.interaction, "Got it.\n> a secret")
    [(_, content)] = press.shown
    assert content.startswith("Got it.\n-# Discord refuses")


async def test_a_refused_text_has_a_stand_in_of_its_own() -> None:
    press = Press(refuses="secret")
    await show(press.interaction, "a secret", instead=[MessageBody("secret"), MessageBody("no")])
    assert press.shown == [("new", "no")]
