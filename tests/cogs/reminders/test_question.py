from hypothesis import given
from hypothesis import strategies as st

from bot.reminders.job import NewReminder
from cogs.reminders.question import as_lines, read_lines


@given(
    when=st.text(max_size=60),
    text=st.text(max_size=80),
    link=st.sampled_from([None, "https://a.b/1"]),
)
def test_a_reminder_is_read_back_from_the_question_about_it(
    when: str, text: str, link: str | None
) -> None:
    reminder = NewReminder(" ".join(when.split()), text, 7, 8, link)
    assert read_lines("What does your clock show?" + as_lines(reminder), 7, 8) == reminder


def test_another_message_is_no_question() -> None:
    assert read_lines("Got it: I will remind you <t:1:F>.", None, None) is None
