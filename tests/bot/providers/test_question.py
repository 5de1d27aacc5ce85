from bot.providers.question import Question, Quote, alone
from connectors import ChatMessage, Role


async def test_a_question_alone_is_asked_after_our_instructions() -> None:
    prepared = await alone(Question("why?", instructions="Be brief."), "openai", None)
    assert prepared.messages == [
        ChatMessage(Role.SYSTEM, "Be brief."),
        ChatMessage(Role.USER, "why?"),
    ]


def test_a_question_about_a_message_may_say_nothing_itself() -> None:
    assert Question(" ").is_empty
    assert not Question("", quote=Quote(1, "alice", "hello")).is_empty
