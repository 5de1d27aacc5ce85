import pytest

from bot.conversations.material import Material, TextFile
from bot.providers import question
from bot.sandbox.script import next_speech, speech

ASKED = "tell me a long story with some code"
GO_ON = "Go on exactly where you stopped."


def said(*messages: tuple[str, str], model: str = "m") -> str:
    return "".join(next_speech(messages, model=model).chunks)


WHOLE = said(("user", ASKED))


@pytest.mark.parametrize("end", [1, 40, 700, 1500, 9000, len(WHOLE) - 5])
def test_the_script_goes_on_behind_what_it_has_said(end: int) -> None:
    so_far = WHOLE[:end]
    assert so_far + said(("user", ASKED), ("assistant", so_far), ("user", GO_ON)) == WHOLE


def test_it_knows_the_words_by_which_the_bot_asks_it_to_go_on() -> None:
    so_far = WHOLE[:500]
    asked = ("user", ASKED), ("assistant", so_far), ("user", question.GO_ON)
    assert so_far + said(*asked) == WHOLE


def test_it_goes_on_also_without_a_turn_behind_its_own() -> None:
    assert WHOLE[:500] + said(("user", ASKED), ("assistant", WHOLE[:500])) == WHOLE


def test_space_that_was_taken_from_the_end_is_said_again() -> None:
    end = WHOLE.index("\n\n") + 2
    so_far = WHOLE[:end].rstrip()
    rest = said(("user", ASKED), ("assistant", so_far), ("user", GO_ON))
    assert so_far + rest == WHOLE


def test_the_words_that_ask_it_to_go_on_are_never_quoted() -> None:
    for so_far in (WHOLE[:300], "What another model had said."):
        assert GO_ON not in said(("user", ASKED), ("assistant", so_far), ("user", GO_ON))


def test_it_does_not_begin_anew_behind_what_another_model_has_said() -> None:
    rest = said(("user", ASKED), ("assistant", "The sky is blue since"), ("user", GO_ON))
    assert "Hello!" not in rest
    assert rest.strip()


def test_a_digest_goes_on_as_well() -> None:
    prompt = "[1] Mira, Sun 22 Nov 09:05: it is decided\n[2] Jonas, Sun 22 Nov 09:06: who?"
    whole = said(("user", prompt))
    assert whole[:60] + said(("user", prompt), ("assistant", whole[:60]), ("user", GO_ON)) == whole


def test_a_new_question_behind_an_answer_that_was_stopped_is_answered() -> None:
    so_far = said(("user", "first"))[:200]
    assert "> second" in said(("user", "first"), ("assistant", so_far), ("user", "second"))


def test_a_new_question_behind_a_whole_answer_is_answered() -> None:
    whole = said(("user", "first"))
    assert "> second" in said(("user", "first"), ("assistant", whole), ("user", "second"))


def test_what_goes_on_was_thought_about_before() -> None:
    assert speech("hello", model="sandbox-thinking").reasoning
    so_far = WHOLE[:100]
    assert not speech(ASKED, model="sandbox-thinking", so_far=so_far).reasoning


def test_files_above_a_question_are_not_quoted() -> None:
    attached = Material((TextFile("notes.py", "python", 6),)).around("What is it?")
    spoken = said(("user", attached))
    assert "> What is it?" in spoken
    assert "notes.py" not in spoken
    assert "```python" not in spoken


def test_only_the_question_is_quoted_of_what_was_said_around_it() -> None:
    about = '<quoted from="Mira">\nsoup on Friday\n</quoted>\nwhich soup?'
    assert "> which soup?" in said(("user", about))
    speaking = '<speaker name="Mira">\nhi\n</speaker>\n\n<speaker name="Jonas">\nbye\n</speaker>'
    assert "> bye" in said(("user", speaking))
    pictured = said(("user", "what is it?\n\nAttached pictures, in this order: soup.png"))
    assert "> what is it?\n" in pictured


def test_a_question_is_new_also_where_the_one_before_it_is_told_in_other_words() -> None:
    before = ("user", '<speaker name="Mira">\nfirst, with a file\n</speaker>')
    answered = ("assistant", said(("user", "first")))
    assert "> second" in said(before, answered, ("user", "second"))


def test_a_conversation_gets_a_title_of_its_first_words() -> None:
    asked = (
        ("system", "Write a title of at most six words."),
        ("user", "why is the sky so very blue?"),
    )
    assert said(*asked) == "Why is the sky so very"
    assert said(asked[0], ("user", "?!")) == "A conversation"
