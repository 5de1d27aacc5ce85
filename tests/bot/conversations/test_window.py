from bot.conversations.window import Frame, fitting, newest
from bot.providers.tokens import tokens_in
from bot.storage.turn import Chain, Turn

TURNS = tuple(
    Turn(at, at - 1, 2, 5, 1, "alice", f"question {at}", answer="yes") for at in (1, 2, 3)
)


def frame(room: int) -> Frame:
    return Frame("openai", "small", room, {1: "alice"}, {})


COST = tokens_in(frame(0).of(TURNS[0]).messages)


def test_the_newest_turns_are_kept_as_far_as_they_fit() -> None:
    assert [newest(TURNS, frame(0), COST * n) for n in (0, 1, 2, 3, 9)] == [
        (),
        TURNS[2:],
        TURNS[1:],
        TURNS,
        TURNS,
    ]


def test_a_chain_fits_whole_or_not_at_all() -> None:
    assert fitting(Chain(TURNS), frame(COST * 3 - 1)) is None
    window = fitting(Chain(TURNS), frame(COST * 3))
    assert window is not None
    assert (window.turns, window.notes) == (TURNS, ())


def test_a_summary_takes_its_room_and_is_told() -> None:
    chain = Chain(TURNS, "It was about rivers.")
    assert fitting(chain, frame(COST * 3)) is None
    window = fitting(chain, frame(COST * 6))
    assert window is not None
    assert len(window.notes) == 1
    assert "rivers" in frame(0).messages_in(window)[0].content
