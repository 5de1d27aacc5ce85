from bot.answers.buttons import Button, button_row
from bot.answers.canvas import Canvas, Step
from bot.answers.layout import Ending
from bot.answers.origin import Screen
from bot.answers.texts import STILL_THINKING

STOP = button_row("0f", Button.STOP)


def shown(canvas: Canvas, text: str, *, lead: str = "") -> list[str]:
    """Do every step that a text needs, and return what each one showed."""
    contents = []
    while step := canvas.next_step(text, lead):
        canvas.done(step, step.message_id or str(len(canvas.screen.messages)))
        contents.append(step.body.content)
    return contents


def test_only_what_has_changed_is_a_step() -> None:
    canvas = Canvas(Screen(), components=STOP)
    assert shown(canvas, "One") == ["One"]
    assert shown(canvas, "One") == []
    step = canvas.next_step("One, two", "")
    assert step is not None
    assert (step.place, step.body.content, step.message_id, step.end) == (0, "One, two", "0", 8)
    assert step.body.components == STOP


def test_without_a_text_there_is_nothing_to_show_but_a_note() -> None:
    canvas = Canvas(Screen())
    assert canvas.next_step(" ", "") is None
    canvas.note = "-# thinking"
    assert shown(canvas, " ") == ["-# thinking"]
    assert canvas.screen.read == 0


def test_messages_of_another_process_are_shown_anew() -> None:
    canvas = Canvas(Screen(("7",), read=3))
    step = canvas.next_step("One", "")
    assert step is not None
    assert step.message_id == "7"


def test_a_retraction_leaves_surplus_messages_and_says_that_the_model_thinks() -> None:
    canvas = Canvas(Screen())
    shown(canvas, "word " * 500)
    canvas.retract(0)
    assert shown(canvas, "") == [STILL_THINKING]
    assert (canvas.screen.messages, canvas.surplus) == (("0",), ["1"])
    assert canvas.screen.surplus == ("1",)


def test_what_is_retracted_while_it_is_sent_does_not_count_as_shown() -> None:
    canvas = Canvas(Screen())
    step = canvas.next_step("One, two", "")
    assert step is not None
    canvas.retract(3)
    assert canvas.is_retracted(step)
    canvas.done(step, "0")
    assert canvas.screen.read == 3


def test_the_next_surface_gets_the_rest() -> None:
    canvas = Canvas(Screen())
    shown(canvas, "```py\nx = 1\n")
    canvas.leave()
    canvas.finish(Ending("-# done"))
    assert shown(canvas, "```py\nx = 1\ny = 2\n```", lead="-# The rest:\n") == [
        "-# The rest:\n```py\ny = 2\n```\n-# done"
    ]
    assert canvas.screen.left == 1


def test_a_refused_message_gets_ever_milder_until_nothing_is_left() -> None:
    canvas = Canvas(Screen())
    canvas.finish(Ending())
    contents = []
    while True:
        step = canvas.next_step("See https://evil.example.", "")
        assert step is not None
        contents.append(step.body.content)
        if not canvas.soften(step, ""):
            break
    assert contents[:2] == ["See https://evil.example.", "See evil·example."]
    assert contents[-1] == "-# Discord refuses to show the answer."


def test_a_refused_note_is_left_out() -> None:
    canvas = Canvas(Screen())
    canvas.note = "-# thinking"
    step = canvas.next_step("", "")
    assert isinstance(step, Step)
    assert canvas.soften(step, "")
    assert canvas.next_step("", "") is None


def test_the_end_of_what_was_refused_half_written_is_shown_whole() -> None:
    canvas = Canvas(Screen())
    step = canvas.next_step("See https://evil.exam", "")
    assert step is not None
    assert canvas.soften(step, "")
    assert shown(canvas, "See https://evil.exam") == ["See evil·exam"]
    canvas.finish(Ending())
    assert shown(canvas, "See https://evil.example.") == ["See https://evil.example."]


def test_each_form_that_is_refused_is_followed_by_a_milder_one_to_the_barest() -> None:
    canvas = Canvas(Screen())
    canvas.finish(Ending("-# done", STOP))
    forms = []
    while True:
        step = canvas.next_step("See https://a.bc", "> lead\n")
        assert step is not None
        forms.append((len(step.body.files), bool(step.body.components)))
        if not canvas.soften(step, "> lead\n"):
            break
    *with_buttons, first_bare, last = forms
    assert all(has_buttons for _, has_buttons in with_buttons)
    assert (first_bare, last) == ((1, False), (0, False))
    assert canvas.screen.is_refused


def test_an_answer_without_its_question_is_not_refused() -> None:
    canvas = Canvas(Screen())
    canvas.finish(Ending("-# done", STOP))
    step = canvas.next_step("See", "> lead\n")
    assert step is not None
    assert canvas.soften(step, "> lead\n")
    assert not canvas.screen.is_refused
