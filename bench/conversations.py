"""The waits of people who talk to the bot: mentions, many at once, and long conversations."""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import msgspec

from bench.bot_process import CHUNKS, WATCHED, Bench
from bot.sandbox.discord_server import Message
from bot.sandbox.model_server import Reply
from bot.storage.turn import Turn
from bot.storage.turns import Turns
from connectors.database import Config
from connectors.database.database import Database

TURNS = 200
STARTS = 12
# Ten seconds of writing: all of 200 are written at the same time.
CALM_S = 0.1
# Room for 200 turns.
MODELS = {"data": [{"id": "sandbox-small", "object": "model", "max_model_len": 200_000}]}
MENTION_TEN = "10 mentions at once in one channel: to the first words"
MENTION_FIFTY = "50 mentions at once in 50 channels: to the first words"
CPU_OF_MANY = "200 answers at once in 200 channels: CPU beside 50"
PAUSE = "200 answers at once: longest pause of the event loop"
LONG = "a conversation of 200 turns: more until the model has it"


async def run_once() -> dict[str, float]:
    """Return every figure of one run."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as data_dir:
        bench = Bench(data_dir, WATCHED)
        bench.model.models_reply = Reply(body=msgspec.json.encode(MODELS))
        try:
            await bench.start()
            await measure_ten(bench, figures)
            await measure_fifty(bench, figures)
            await measure_many(bench, figures)
            await measure_long(bench, figures, Path(data_dir))
        finally:
            await bench.aclose()
    return figures


async def measure_ten(bench: Bench, figures: dict[str, float]) -> None:
    # A channel of its own: the next message there would wait for Discord's limit.
    channel = bench.discord.add_channel(bench.guild, "ten at once")
    ten = await bench.answer(CHUNKS, [channel] * 10, ask=bench.mention)
    figures[MENTION_TEN] = max(one.asked_ms + one.first_ms for one, _ in ten) / 1000


async def measure_fifty(bench: Bench, figures: dict[str, float]) -> None:
    fifty = await bench.answer(CHUNKS, bench.channels[:50], ask=bench.mention)
    figures[MENTION_FIFTY] = max(one.asked_ms + one.first_ms for one, _ in fifty) / 1000


async def measure_many(bench: Bench, figures: dict[str, float]) -> None:
    bench.welcome(200)
    few_s = await cpu_of_answers(bench, 50)
    since = time.monotonic()
    many_s = await cpu_of_answers(bench, 200)
    figures[CPU_OF_MANY] = many_s / few_s
    figures[PAUSE] = bench.longest_pause_ms(since)


async def cpu_of_answers(bench: Bench, count: int) -> float:
    """Return the CPU seconds of one of so many answers that are written at once."""
    before = bench.cpu_s()
    await bench.answer(CHUNKS, bench.channels[:count], delay_s=CALM_S, ask=bench.mention)
    return (bench.cpu_s() - before) / count


async def measure_long(bench: Bench, figures: dict[str, float], data_dir: Path) -> None:
    questions = [
        await bench.discord.post(bench.people[0], bench.channels[0], f"earlier {n}")
        for n in range(TURNS)
    ]
    await remember(questions, bench.guild.id, data_dir)
    empty: list[float] = []
    long: list[float] = []
    for _ in range(STARTS):
        for found, last in ((empty, None), (long, questions[-1])):
            ask = partial(bench.reply, to=last)
            [(one, _asked)] = await bench.answer(["At once."], delay_s=0.0, ask=ask)
            found.append(one.asked_ms)
            turns = len(bench.model.requests[-1]["messages"])
            assert turns > 2 * TURNS if last else turns < 10, turns
    figures[LONG] = statistics.median(long) - statistics.median(empty)


async def remember(questions: list[Message], guild_id: int, data_dir: Path) -> None:
    """Store a conversation of these questions, each the reply to the one before."""
    database = Database(Config(data_dir))
    turns, parent = Turns(database), 0
    try:
        for question in questions:
            turn = Turn(
                id=question.id,
                parent=parent,
                guild_id=guild_id,
                channel_id=question.channel.id,
                author_id=question.author.id,
                author=question.author.username,
                prompt=f"What about {question.content}? I would like to know more.",
                answer="Some explanation of that, in a sentence or two, as a model writes it.",
            )
            await turns.answer(turn, [])
            parent = turn.id
    finally:
        await database.aclose()
