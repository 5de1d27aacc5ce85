"""Refused questions, kept for the button that asks somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.answers import texts
from bot.answers.offers import KEPT, KIND, Offer, Offers
from bot.errors import Refused
from bot.providers.preferences import Place
from bot.providers.question import Question
from connectors.database import Config
from connectors.local_scheduler import LocalScheduler

HERE = Place(1, 2, 3)
ASKED = Offer(Question("why?", "openai", "m"), private=True)


@pytest.fixture
async def scheduler(tmp_path: Path) -> AsyncIterator[LocalScheduler]:
    scheduler = LocalScheduler(Config(tmp_path))
    yield scheduler
    await scheduler.aclose()


async def test_an_offer_is_taken_once_by_its_owner_and_then_forgotten(
    scheduler: LocalScheduler,
) -> None:
    offers = Offers(scheduler, scheduler._now)
    kept = await offers.keep(ASKED, HERE, 7)
    assert kept == await offers.keep(ASKED, HERE, 7), "Discord sent the event twice"
    job = await scheduler.get(str(kept))
    assert job is not None
    assert (job.kind, job.next_run - scheduler._now() > KEPT - timedelta(minutes=1)) == (KIND, True)
    with pytest.raises(Refused):
        await offers.take(str(kept), owner_id=2)
    assert await offers.take(str(kept), owner_id=1) == ASKED
    with pytest.raises(Refused, match=texts.FORGOTTEN[:20]):
        await offers.take(str(kept), owner_id=1)
    job = await scheduler.get(str(kept))
    assert job is not None
    assert job.payload == {}


async def test_what_is_no_offer_is_not_taken(scheduler: LocalScheduler) -> None:
    with pytest.raises(Refused):
        await Offers(scheduler, scheduler._now).take("0" * 16, owner_id=1)


async def test_without_a_database_there_is_no_offer(tmp_path: Path) -> None:
    (tmp_path / "abi.db").mkdir()
    scheduler = LocalScheduler(Config(tmp_path))
    assert await Offers(scheduler, scheduler._now).keep(ASKED, HERE, 7) is None
    await scheduler.aclose()
