import asyncio
import gc
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, cast

import pytest
from msgspec.structs import replace

from bot.answers import texts
from bot.answers.answer import Answer
from bot.answers.buttons import Button, buttons_in
from bot.answers.dependencies import Dependencies, Memory, NoMemory
from bot.answers.handover import HandedOver
from bot.answers.layout import Ending
from bot.answers.origin import Behind, Screen
from bot.answers.record import Record
from bot.answers.surfaces import InteractionSurface
from bot.providers.catalog import Catalog
from bot.providers.preferences import Place
from bot.providers.question import Progress, Question
from bot.sandbox.discord_server import Fault
from connectors import InvalidResponse
from connectors.discord import MessageBody
from connectors.local_scheduler import ClaimLost
from tests.bot.answers.conftest import Stage
from tests.bot.providers.scripted import END, Act, Cast, ToAll, said

BROKEN = InvalidResponse("openai", retryable=True)


class Held:
    """A claim that is held until a test says otherwise, and the drafts that were saved under it."""

    def __init__(self) -> None:
        self.is_confirmed = self.is_held = True
        self.is_taken_after: int | None = None  # so many drafts
        self.drafts: list[Mapping[str, Any]] = []

    async def ensure_claim(self, *, fresh_s: float) -> None:
        assert fresh_s < 2.0, "whoever takes over waits for two seconds"
        if not self.is_confirmed:
            raise ClaimLost

    def holds_claim(self) -> bool:
        return self.is_held and self.is_confirmed

    def check_claim(self) -> None:
        if not self.is_held:
            raise ClaimLost

    def checkpoint(self, draft: Callable[[], Mapping[str, Any]]) -> None:
        """Take a draft that may be written later."""

    async def save_draft(self, draft: Callable[[], Mapping[str, Any]]) -> None:
        self.drafts.append(draft())
        if self.is_taken_after is not None and len(self.drafts) > self.is_taken_after:
            raise ClaimLost


async def begun(
    stage: Stage,
    held: Held | None,
    *acts: Act,
    memory: Memory | None = None,
    shown: Sequence[str] = (),
) -> Answer:
    """Return an answer to a question; of what is ``shown`` of it all but the first is to go."""
    origin = replace(await stage.origin(), expires_at=time.time() + 840.0)
    surface = InteractionSurface(stage.rest, origin)
    messages = [await surface.create(MessageBody(content)) for content in shown]
    screen = Screen(tuple(messages[:1]), surplus=tuple(messages[1:]))
    acting = Cast({"openai": list(acts)})
    routing: Any = ToAll(acting)
    running: Any = held
    given = acting, Catalog(acting), routing, stage.rest
    dependencies = Dependencies(*given, pace_s=0.0, memory=memory or NoMemory())
    record = replace(Record.new(Question("why?"), origin), screen=screen)
    return Answer(record, dependencies, running)


async def test_an_answer_is_shown_with_its_end_and_its_message_saved(stage: Stage) -> None:
    held = Held()
    answer = await begun(stage, held, [said("Because."), END])
    await answer.run()
    (content,) = stage.contents()
    assert content.startswith("Because.\n-# OpenAI · ")
    assert held.drafts[0]["screen"]["messages"] == (answer.record.screen.last_id,)


class Kept(NoMemory):
    """Notes what is remembered."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.disowned: set[str] = set()

    async def disown(self, messages: Sequence[str]) -> None:
        self.disowned |= set(messages)

    async def answered(
        self, _place: Place, _question: Question, progress: Progress, _messages: Sequence[str]
    ) -> None:
        self.texts.append(progress.text)


@pytest.mark.parametrize("lost", ["is_confirmed", "is_held", ""])
async def test_whose_claim_is_lost_shows_and_remembers_nothing(stage: Stage, lost: str) -> None:
    held, memory = Held(), Kept()
    setattr(held, lost, False)
    answer = await begun(stage, held, [said("Because."), END], memory=memory)
    with pytest.raises(ClaimLost) if lost else nullcontext():
        await answer.run()
    assert bool(stage.paths) is not bool(lost)
    assert set(memory.texts) == (set() if lost else {"Because."})


@pytest.mark.parametrize("is_taken_after", [None, 0])
async def test_what_nobody_could_be_shown_is_ended_only_by_who_holds_it_then(
    stage: Stage, is_taken_after: int | None
) -> None:
    held, ended = Held(), list[Ending | None]()
    held.is_taken_after = is_taken_after
    answer = await begun(stage, held, [said("Because."), END])

    async def tidy(_record: Record, ending: Ending | None) -> None:
        ended.append(ending)

    answer._dependencies = replace(answer._dependencies, tidy=tidy)
    closed = {"code": 50001, "message": "Missing Access"}
    for method in ("PATCH", "POST"):
        stage.server.inject(Fault(method, "/.*", status=403, json=closed, times=99))
    with pytest.raises(ClaimLost) if is_taken_after is not None else nullcontext():
        await answer.run()
    assert len(ended) == (is_taken_after is None)
    assert all(ended), "with its ending, as nothing else shows that"


async def test_what_it_deletes_itself_is_no_wish_of_a_person_to_forget_it(stage: Stage) -> None:
    memory, shown = Kept(), ("I think", "that")
    answer = await begun(stage, Held(), [said("Because."), END], memory=memory, shown=shown)
    surplus = set(answer.record.screen.surplus)
    await answer.run()
    assert len(stage.contents()) == 1
    assert memory.disowned == surplus


async def test_no_button_stays_below_the_rest_of_an_answer_that_somebody_has_deleted(
    stage: Stage,
) -> None:
    left: list[tuple[tuple[Behind, ...], Ending | None]] = []

    async def tidy(record: Record, ending: Ending | None) -> None:
        left.append((record.screen.behind, ending))

    answer = await begun(stage, Held(), [said("Because."), END], shown=("one", "two"))
    (first,), (last,) = answer.record.screen.messages, answer.record.screen.surplus
    record = replace(answer.record, screen=Screen((first, last)))
    await stage.rest.delete_message(stage.channel.id, first)
    running: Any = Held()
    await Answer(record, replace(answer._dependencies, tidy=tidy), running).run()
    assert left == [((Behind(last),), None)]


async def test_what_others_look_after_is_left_to_them(stage: Stage) -> None:
    tidied: list[Record] = []

    async def tidy(record: Record, _ending: Ending | None) -> None:
        tidied.append(record)

    answer = await begun(stage, Held(), [said("Because."), END], shown=("one", "two"))
    messages = *answer.record.screen.messages, *answer.record.screen.surplus
    record, running = replace(answer.record, screen=Screen(messages)), cast(Any, Held())
    abandoned = Answer(record, replace(answer._dependencies, tidy=tidy), running)
    abandoned.abandon()
    await abandoned.run()
    assert tidied == []


async def test_an_answer_without_a_claim_is_shown_too(stage: Stage) -> None:
    await (await begun(stage, None, [said("Because."), END])).run()
    assert stage.contents()[0].startswith("Because.\n")


async def test_what_was_stopped_before_it_began_asks_nobody(stage: Stage) -> None:
    answer = await begun(stage, Held())
    answer.stop(texts.STOPPED)
    await answer.run()
    assert stage.contents() == [texts.STOPPED_EARLY]


async def test_what_is_handed_over_before_it_began_shows_nothing(stage: Stage) -> None:
    answer = await begun(stage, Held())
    answer.hand_over()
    with pytest.raises(HandedOver):
        await answer.run()
    assert stage.paths == []


async def test_a_bug_of_ours_is_the_end_of_an_answer(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await begun(stage, Held())  # with no act at all the script breaks
    await answer.run()
    assert stage.contents()[0].startswith("⚠️ I ran into an internal error.")
    assert "generating an answer failed" in caplog.text


class Forgetful(NoMemory):
    """Of a person who wants nothing remembered; the database may take long."""

    def __init__(self, known: asyncio.Event) -> None:
        self._known = known

    async def forgets(self, _user_id: int) -> bool:
        await self._known.wait()
        return True


@pytest.mark.parametrize(
    ("acts", "shown"),
    [
        ([said("Because."), END], "Because.\n-# OpenAI · "),
        ([said("Be"), BROKEN], "Be\n⚠️ "),
        ([BROKEN], "⚠️ "),
    ],
    ids=["whole", "cut off", "failed"],
)
async def test_of_what_is_not_kept_no_button_can_be_pressed_and_none_is_named(
    stage: Stage, acts: Act, shown: str
) -> None:
    known = asyncio.Event()
    known.set()
    answer = await begun(stage, Held(), acts, memory=Forgetful(known))
    await answer.run()
    (message,) = stage.server.messages(stage.channel, viewer=stage.alice)
    assert message.content.startswith(shown)
    assert "Press *" not in message.content
    assert [button["disabled"] for button in message.buttons()] == [True]
    assert buttons_in(answer.record.id, message.components) == {Button.AGAIN}  # known by it


async def test_an_end_does_not_wait_for_a_database_that_hangs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.answers.forgetting.KNOWN_WITHIN_S", 0.0)
    answer = await begun(stage, Held(), [said("So."), END], memory=Forgetful(asyncio.Event()))
    await answer.run()
    (message,) = stage.server.messages(stage.channel, viewer=stage.alice)
    assert not any(button.get("disabled") for button in message.buttons())


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    "acts",
    [
        [[said("Because."), END]],
        [[said("Be"), BROKEN], [said("cause."), END]],
        [[BROKEN], [BROKEN]],
    ],
    ids=["whole", "continued", "failed"],
)
async def test_an_answer_leaves_nothing_to_the_garbage_collector(
    stage: Stage, acts: list[Act]
) -> None:
    answer = await begun(stage, Held(), *acts)
    left = [weakref.ref(part) for part in (answer, answer._painter, answer._generation)]
    stage.server.inject(Fault(method="PATCH", path=r"/webhooks/.*", status=429, retry_after=0.0))
    await answer.run()
    del answer
    await asyncio.sleep(0)  # what was cancelled ends
    assert [part() for part in left] == [None, None, None]
