from typing import Any

import pytest

from bot.answers.fence import fenced
from connectors.discord import MessageBody
from connectors.local_scheduler import ClaimLost
from tests.bot.answers.conftest import Stage


class Lost:
    def check_claim(self) -> None:
        """Raise nothing: the claim was lost a moment later."""

    async def ensure_claim(self, **_: float) -> None:
        raise ClaimLost


async def test_whose_claim_is_lost_sends_nothing_and_is_told(stage: Stage) -> None:
    told: list[str] = []
    lost: Any = Lost()
    rest = fenced(stage.rest, lost, lambda: told.append("lost"))
    with pytest.raises(ClaimLost):
        await rest.create_message(stage.channel.id, MessageBody("one"))
    assert (told, stage.contents()) == (["lost"], [])


def test_what_nobody_else_can_write_needs_no_claim(stage: Stage) -> None:
    assert fenced(stage.rest, None, lambda: None) is stage.rest
