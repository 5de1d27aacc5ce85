import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from bot.answers.buttons import Button, button_row
from bot.answers.canvas import Canvas
from bot.answers.layout import Ending
from bot.answers.origin import Screen as Shown
from bot.answers.painter import PATIENCE_S, Painter
from bot.answers.texts import EMPTIED, STILL_THINKING
from connectors import ApiRequestFailed, ConnectorError, RateLimitExceeded
from connectors.discord import File, MessageBody
from tests.virtual_time import run


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Screen:
    """A surface that remembers what it showed when; ``errors`` are raised by the next requests."""

    takes_s: float = 0.0
    lead: str = ""
    errors: list[ConnectorError] = field(default_factory=list)
    shown: list[MessageBody] = field(default_factory=list)
    log: list[tuple[float, str]] = field(default_factory=list)
    deletes: bool = True
    opens_with: MessageBody | None = None
    refuses: Callable[[MessageBody], object] = lambda _: False
    deleted: set[int] = field(default_factory=set)
    is_away: bool = False
    ended: bool | None = False  # None: that cannot be seen

    async def create(self, body: MessageBody) -> str:
        await self._request(body)
        self.shown.append(body)
        return str(len(self.shown) - 1)

    def opening(self, body: MessageBody) -> MessageBody:
        return self.opens_with or body

    async def edit(self, message_id: str, body: MessageBody) -> None:
        await self._request(body)
        self.shown[int(message_id)] = body

    async def delete(self, message_id: str) -> None:
        await self._answer()
        if not self.deletes:
            raise failed(403)
        self.deleted.add(int(message_id))

    async def reach(self) -> None:
        if self.is_away:
            raise failed(503)

    async def shows_end(self) -> bool:
        if self.ended is None:
            raise failed(503)
        return self.ended

    async def _answer(self) -> None:
        await asyncio.sleep(self.takes_s)
        if self.errors:
            raise self.errors.pop(0)

    async def _request(self, body: MessageBody) -> None:
        await self._answer()
        if self.refuses(body):
            raise REFUSED
        self.log.append((round(now(), 2), body.content))

    @property
    def text(self) -> str:
        return "\n".join(body.content for body in self.standing)

    @property
    def standing(self) -> list[MessageBody]:
        return [body for at, body in enumerate(self.shown) if at not in self.deleted]


class Writing:
    """A text that grows, and the painter that shows it."""

    def __init__(self, *screens: Screen, screen_before: Shown | None = None) -> None:
        self.text = ""
        self.deleted_at: float | None = None
        self.painter = Painter(
            screens,
            Canvas(screen_before or Shown(), components=button_row("0f", Button.STOP)),
            lambda: self.text,
            on_deleted=self._deleted,
            clock=now,
        )

    def _deleted(self) -> None:
        self.deleted_at = now()

    def retract(self, text: str, length: int = 0) -> None:
        self.painter.retract(length)
        self.text = text
        self.painter.changed()

    async def write(self, *pieces: str, every_s: float = 0.1) -> None:
        for piece in pieces:
            self.text += piece
            self.painter.changed()
            await asyncio.sleep(every_s)


def limited(retry_after: float) -> ConnectorError:
    return RateLimitExceeded("discord", status=429, retry_after=retry_after)


def failed(status: int, code: str | None = None) -> ConnectorError:
    reason = "server" if status >= 500 else "not_found"
    return ApiRequestFailed("discord", status=status, reason=reason, provider_code=code)


def test_the_first_words_are_shown_at_once_then_once_a_second() -> None:
    async def main() -> None:
        screen = Screen()
        writing = Writing(screen)
        await writing.write(*[f"{n} " for n in range(25)])
        assert await writing.painter.finish(Ending("-# done"))
        assert [at for at, _ in screen.log] == [0.0, 1.0, 2.0, 2.5]
        assert screen.log[0][1] == "0"
        assert screen.log[-1][1] == writing.text.rstrip() + "\n-# done"

    run(main())


def test_nothing_is_shown_twice() -> None:
    async def main() -> None:
        screen = Screen()
        writing = Writing(screen)
        await writing.write("all of it")
        await asyncio.sleep(30)
        await writing.painter.finish(Ending("", button_row("0f", Button.STOP)))
        assert screen.log == [(0.0, "all of it")]

    run(main())


def test_a_slow_discord_does_not_slow_the_writer_and_gets_the_newest_text() -> None:
    async def main() -> None:
        screen = Screen(takes_s=3.0)
        writing = Writing(screen)
        await writing.write(*[f"{n} " for n in range(40)])
        assert now() < 4.01
        await writing.painter.finish(Ending("-# done"))
        assert [at for at, _ in screen.log] == [3.0, 6.0, 9.0]
        assert "29" in screen.log[1][1]
        assert "39" in screen.log[2][1]

    run(main())


def test_full_messages_follow_one_another_faster_than_previews() -> None:
    async def main() -> None:
        screen = Screen()
        writing = Writing(screen)
        await writing.write("word " * 1500)
        await asyncio.sleep(10)
        assert [at for at, _ in screen.log] == [0.0, 0.45, 0.9, 1.35]

    run(main())


def test_a_429_is_waited_for_and_the_newest_text_sent_then() -> None:
    async def main() -> None:
        screen = Screen(errors=[limited(5.0)])
        writing = Writing(screen)
        await writing.write(*[f"{n} " for n in range(80)])
        assert screen.log[0][0] == 5.0
        assert "49" in screen.log[0][1]

    run(main())


def test_429s_on_the_final_state_are_waited_for() -> None:
    async def main() -> None:
        screen = Screen(errors=[limited(2.0), limited(3.0), limited(4.0)])
        writing = Writing(screen)
        writing.text = "whole"
        writing.painter.changed()
        assert await writing.painter.finish(Ending("-# done"))
        assert screen.log == [(9.0, "whole\n-# done")]

    run(main())


def test_rate_limits_do_not_lengthen_the_wait_after_a_failure() -> None:
    async def main() -> None:
        screen = Screen(errors=[limited(0.1)] * 9 + [failed(503)])
        writing = Writing(screen)
        await writing.write("whole", every_s=3.0)
        assert screen.log[0][0] < 2.0

    run(main())


def test_previews_stop_after_three_failures_and_the_final_state_still_comes() -> None:
    async def main() -> None:
        screen = Screen(errors=[failed(503)] * 3)
        writing = Writing(screen)
        await writing.write(*[f"{n} " for n in range(400)])
        assert screen.log == []
        assert await writing.painter.finish(Ending("-# done"))
        assert [body.content for body in screen.shown] == [writing.text.rstrip() + "\n-# done"]

    run(main())


def test_a_discord_that_is_away_for_minutes_is_waited_for() -> None:
    async def main() -> None:
        screen = Screen(errors=[failed(503)] * 25)
        writing = Writing(screen)
        await writing.write("whole")
        assert await writing.painter.finish(Ending("-# done"))
        assert screen.text == "whole\n-# done"
        assert 120 < now() < 600

    run(main())


def test_a_place_that_stays_away_is_left_after_a_while_but_the_last_one_never() -> None:
    async def main() -> None:
        away, last = Screen(errors=[failed(503)] * 999), Screen(errors=[failed(503)] * 300)
        writing = Writing(away, last)
        await writing.write("whole")
        assert await writing.painter.finish(Ending("-# done"))
        assert len(away.errors) > 900
        assert last.text == "whole\n-# done"
        assert now() > 3600

    run(main())


def test_another_painter_goes_on_in_the_same_messages() -> None:
    async def main() -> None:
        screen = Screen()
        first = Writing(screen)
        await first.write("word " * 500, every_s=2.0)
        await first.painter.aclose()
        kept = first.painter.screen
        assert kept.messages == ("0", "1")
        second = Writing(screen, screen_before=kept)
        second.text = first.text
        await second.write("the end")
        assert await second.painter.finish(Ending("-# done"))
        assert len(screen.shown) == 2
        assert screen.shown[1].content.endswith("word the end\n-# done")

    run(main())


def test_a_painter_that_goes_on_elsewhere_shows_only_the_rest_there() -> None:
    async def main() -> None:
        first, second = Screen(errors=[failed(403)]), Screen(lead="-# The rest:\n")
        kept = Shown(messages=("0",), left=1, base=4, read=6)
        second.shown.append(MessageBody("-# The rest:\nelse"))
        writing = Writing(first, second, screen_before=kept)
        writing.text = "hereelse"
        await writing.write(" and more")
        assert await writing.painter.finish(Ending())
        assert second.text == "-# The rest:\nelse and more"
        assert first.errors, "the place that was left before is not tried again"

    run(main())


def test_a_dead_surface_keeps_what_it_shows_and_the_next_gets_the_rest() -> None:
    async def main() -> None:
        first, second = Screen(), Screen(lead="-# The rest:\n")
        writing = Writing(first, second)
        await writing.write("```py\nseen = 1\n")
        first.errors.append(failed(403))
        await writing.write("unseen = 2\n```")
        assert await writing.painter.finish(Ending("-# done"))
        assert "seen = 1" in first.text
        assert second.text == "-# The rest:\n```py\nunseen = 2\n```\n-# done"

    run(main())


def test_a_note_holds_the_place_until_there_is_a_text_and_counts_as_none_of_it() -> None:
    async def main() -> None:
        first, second = Screen(), Screen(lead="-# The rest:\n")
        writing = Writing(first, second)
        writing.painter.hold("-# still thinking")
        await asyncio.sleep(2)
        assert first.text == "-# still thinking"
        await writing.write("at ")
        assert first.text == "at"
        first.errors.append(failed(403))
        await writing.write("last")
        await writing.painter.finish(Ending("-# done"))
        assert (first.text, second.text) == ("at", "-# The rest:\nlast\n-# done")

    run(main())


def test_a_note_that_is_refused_is_left_out() -> None:
    async def scenario() -> Screen:
        screen = Screen(errors=[failed(400, "240000")])
        writing = Writing(screen)
        writing.painter.hold("-# thinking…")
        await asyncio.sleep(1.0)
        await writing.write("Yes.")
        await writing.painter.finish(Ending("-# done"))
        return screen

    assert [text for _, text in run(scenario()).log] == ["Yes.", "Yes.\n-# done"]


def test_nobody_reached_is_said() -> None:
    async def main() -> None:
        writing = Writing(Screen(errors=[failed(403)]), Screen(errors=[failed(403)]))
        writing.text = "whole"
        assert not await writing.painter.finish(Ending("-# done"))

    run(main())


def test_a_deleted_message_ends_the_painting() -> None:
    async def main() -> None:
        screen = Screen()
        writing = Writing(screen)
        await writing.write("one ")
        screen.errors.append(failed(404, "10008"))
        await writing.write("two ", every_s=2.0)
        assert writing.deleted_at == 1.0
        await writing.painter.finish(Ending("-# done"))
        assert screen.text == "one"

    run(main())


REFUSED = ApiRequestFailed("discord", reason="bad_request", status=400, provider_code="240000")
UNKNOWN_REFUSAL = ApiRequestFailed("discord", reason="bad_request", status=400, retryable=True)


def test_a_refused_message_is_shown_in_a_milder_form_at_once() -> None:
    async def scene() -> None:
        screen = Screen(errors=[REFUSED])
        writing = Writing(screen)
        writing.text = "See https://evil.example for more."
        assert await writing.painter.finish(Ending("-# done"))
        assert screen.log == [(0.0, "See evil·example for more.\n-# done")]

    run(scene())


PARTS: dict[str, Callable[[MessageBody], object]] = {
    "buttons": lambda body: body.components,
    "files": lambda body: body.files or "word" in body.content,
    "buttons and the text": lambda body: body.components or "word" in body.content,
    "all but our words": lambda body: body.components or body.files or "word" in body.content,
}


@pytest.mark.parametrize("part", PARTS)
def test_whatever_is_refused_the_first_surface_shows_an_end(part: str) -> None:
    async def main() -> None:
        screen, other = Screen(refuses=PARTS[part]), Screen()
        writing = Writing(screen, other)
        await writing.write("word ", "word")
        assert await writing.painter.finish(Ending("-# done", button_row("0f", Button.AGAIN)))
        assert "refuses to show" in screen.text
        assert other.shown == []
        assert writing.painter.screen.is_refused
        can_be_file = not PARTS[part](MessageBody(files=(File("a", b""),)))
        assert [f.data for f in screen.shown[0].files] == [b"word word"] * can_be_file

    run(main())


@pytest.mark.parametrize("refusal", [REFUSED, UNKNOWN_REFUSAL])
def test_what_is_refused_in_every_form_goes_elsewhere_after_few_tries(
    refusal: ConnectorError,
) -> None:
    async def scene() -> None:
        refusing, other = Screen(errors=[refusal] * 99), Screen(lead="-# The rest:\n")
        writing = Writing(refusing, other)
        writing.text = "See https://evil.example for more."
        assert await writing.painter.finish(Ending("-# done"))
        assert len(refusing.errors) == 99 - 7
        assert other.text == "-# The rest:\nSee https://evil.example for more.\n-# done"

    run(scene())


def test_what_stands_above_the_text_is_shown_once_there_is_one() -> None:
    async def scene() -> None:
        screen = Screen(lead="> **alice:** hi\n")
        writing = Writing(screen)
        writing.text = " "
        writing.painter.changed()
        await asyncio.sleep(2)
        assert screen.log == []
        writing.text = "Hello."
        assert await writing.painter.finish(Ending())
        assert screen.text == "> **alice:** hi\nHello."
        assert writing.painter.screen.read == len("Hello.")

    run(scene())


THINKING = "So I think. " * 400  # fills three messages


@pytest.mark.parametrize("new", ["", "Yes.", "Yes, and so. " * 200, "Yes, and so on. " * 900])
@pytest.mark.parametrize("shown_s", [0.0, 0.3, 1.5, 9.0])
@pytest.mark.parametrize("takes_s", [0.0, 0.7])
def test_after_a_retraction_exactly_the_new_text_stands_there(
    new: str, shown_s: float, takes_s: float
) -> None:
    async def main() -> None:
        screen, plain = Screen(takes_s=takes_s), Screen()
        writing, expected = Writing(screen), Writing(plain)
        await writing.write(THINKING)
        await asyncio.sleep(shown_s)
        writing.retract(new[:20])
        await asyncio.sleep(shown_s)
        await writing.write(new[20:])
        assert await writing.painter.finish(Ending("-# done"))
        expected.text = new
        assert await expected.painter.finish(Ending("-# done"))
        assert screen.standing == plain.standing
        assert len(writing.painter.screen.messages) == len(plain.standing)
        assert writing.painter.screen.surplus == ()

    run(main())


def test_while_nothing_follows_a_retraction_the_model_is_said_to_think() -> None:
    async def main() -> None:
        screen = Screen()
        writing = Writing(screen)
        await writing.write(THINKING)
        await asyncio.sleep(5)
        assert len(screen.standing) == 3
        writing.retract("")
        await asyncio.sleep(5)
        assert screen.text == STILL_THINKING

    run(main())


def test_a_surplus_message_that_cannot_be_deleted_is_emptied() -> None:
    async def main() -> None:
        screen = Screen(deletes=False)
        writing = Writing(screen)
        await writing.write("So I think. " * 200)
        await asyncio.sleep(5)
        writing.retract("Yes.")
        assert await writing.painter.finish(Ending("-# done"))
        assert screen.text == f"Yes.\n-# done\n{EMPTIED}"

    run(main())


def test_a_discord_that_is_away_keeps_no_surplus_message() -> None:
    async def main() -> None:
        screen = Screen()
        writing = Writing(screen)
        await writing.write(THINKING)
        await asyncio.sleep(5)
        writing.retract("Yes.")
        await asyncio.sleep(1)
        screen.errors += [failed(503)] * 8
        assert await writing.painter.finish(Ending("-# done"))
        assert screen.text == "Yes.\n-# done"

    run(main())


def test_a_later_painter_deletes_what_an_earlier_one_left_over() -> None:
    async def main() -> None:
        screen = Screen(shown=[MessageBody("So I think."), MessageBody("And think.")])
        kept = Shown(messages=("0",), surplus=("1",))
        writing = Writing(screen, screen_before=kept)
        await writing.write("Yes.")
        assert await writing.painter.finish(Ending("-# done"))
        assert screen.text == "Yes.\n-# done"

    run(main())


def test_a_surface_that_dies_after_a_retraction_loses_nothing_of_the_new_text() -> None:
    async def main() -> None:
        first, second = Screen(takes_s=0.5), Screen(lead="-# The rest:\n")
        writing = Writing(first, second)
        await writing.write(THINKING, every_s=0.7)
        writing.retract("Yes, ")
        first.errors.append(failed(403))
        await writing.write("indeed.")
        assert await writing.painter.finish(Ending("-# done"))
        assert second.text == "-# The rest:\nYes, indeed.\n-# done"

    run(main())


def test_after_a_retraction_refused_text_lets_the_new_text_be_shown() -> None:
    async def main() -> None:
        screen = Screen(errors=[failed(400, "240000")])
        writing = Writing(screen)
        await writing.write("vile", every_s=2.0)
        assert "refuses" in screen.text
        writing.retract("Yes.")
        assert await writing.painter.finish(Ending("-# done"))
        assert screen.text == "Yes.\n-# done"

    run(main())


def test_a_message_that_opens_with_a_note_has_its_id_kept_before_its_text() -> None:
    async def main() -> None:
        screen = Screen(opens_with=MessageBody("-# The answer goes on."))
        writing = Writing(screen)
        writing.text = "One"
        assert await writing.painter.finish(Ending("-# done"))
        assert [content for _, content in screen.log] == ["-# The answer goes on.", "One\n-# done"]
        assert writing.painter.screen.read == 3

    run(main())


def away_for(*, was_sent: bool) -> ConnectorError:
    error = failed(503)
    error.was_sent = was_sent
    return error


def test_an_outage_of_all_places_moves_no_answer() -> None:
    async def main() -> None:
        channel, other = Screen(), Screen(is_away=True)
        writing = Writing(channel, other)
        await writing.write("whole")
        channel.errors = [away_for(was_sent=False)] * 300
        assert await writing.painter.finish(Ending("-# done"))
        assert (channel.text, other.shown) == ("whole\n-# done", [])
        assert now() > 3600

    run(main())


@pytest.mark.parametrize("ended", [True, False])
def test_a_place_whose_replies_are_lost_is_left_only_if_it_does_not_show_the_end(
    *, ended: bool
) -> None:
    async def main() -> None:
        deaf, other = Screen(ended=ended), Screen()
        writing = Writing(deaf, other)
        await writing.write("whole")
        deaf.errors = [away_for(was_sent=True)] * 999
        assert await writing.painter.finish(Ending("-# done"))
        assert (other.shown == []) is ended

    run(main())


def test_a_place_that_may_show_the_end_is_kept_until_that_can_be_seen() -> None:
    async def main() -> None:
        deaf, other = Screen(ended=None), Screen()
        writing = Writing(deaf, other)
        await writing.write("whole")
        deaf.errors = [away_for(was_sent=True)] * 300
        assert await writing.painter.finish(Ending("-# done"))
        assert (deaf.text, other.shown) == ("whole\n-# done", [])

    run(main())


def test_what_all_places_refuse_without_a_reason_is_tried_again_as_a_whole() -> None:
    async def main() -> None:
        refusing, other = Screen(errors=[UNKNOWN_REFUSAL] * 98), Screen(is_away=True)
        writing = Writing(refusing, other)
        writing.text = "See https://evil.example for more."
        assert await writing.painter.finish(Ending("-# done"))
        assert refusing.text == "See https://evil.example for more.\n-# done"
        assert other.shown == []

    run(main())


def test_what_the_last_place_refuses_for_long_is_given_up() -> None:
    async def main() -> None:
        writing = Writing(Screen(errors=[UNKNOWN_REFUSAL] * 9999))
        await writing.write("whole")
        assert not await writing.painter.finish(Ending("-# done"))
        assert now() > PATIENCE_S

    run(main())
