"""``python -m bot doctor``: checks everything, and says what to do."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.doctor import texts
from bot.doctor.examination import NO_TOKEN, WITHIN_S, examine
from bot.doctor.finding import Finding, exit_code
from bot.doctor.report import in_terminal
from bot.process import console
from bot.settings import Settings
from connectors import PROVIDERS, ConnectorError, Connectors, discord
from connectors.misnamed import misnamed

if TYPE_CHECKING:
    from bot.app import Bot


async def run(
    bot_class: type[Bot],
    settings: Settings,
    environ: Mapping[str, str],
    *,
    within_s: float = WITHIN_S,
) -> int:
    """Print a line for each thing that was checked, and return the exit code."""
    absent, config = NO_TOKEN, None
    try:
        config = discord.try_load(environ)
    except ConnectorError as error:
        absent = Finding(texts.TOKEN, error.summary, texts.CORRECT, is_fatal=True)
    if config is None:
        async with Connectors(environ) as connectors:
            findings = await examine(
                settings.ledger, connectors, None, (), absent=absent, within_s=within_s
            )
    else:
        findings = await _examined(bot_class(settings, Connectors(environ), config), within_s)
    findings += variables(environ)
    is_coloured = console.is_coloured(sys.stdout, environ)
    console.write(sys.stdout, in_terminal(findings, is_coloured=is_coloured))
    return exit_code(findings)


def variables(environ: Mapping[str, str]) -> list[Finding]:
    """Return a finding for each variable whose name the bot does not read."""
    found = misnamed(environ, PROVIDERS)
    said = [texts.MISNAMED.format(found=wrong.found, meant=wrong.meant) for wrong in found]
    return [Finding(texts.VARIABLES, sentence, texts.RENAME) for sentence in said]


async def _examined(bot: Bot, within_s: float) -> list[Finding]:
    """Examine with a bot that does not connect, for the commands that it would register."""
    services = bot.services
    async with bot:
        await bot.load_cogs()
        return await examine(
            services.settings.ledger,
            services.connectors,
            services.rest,
            bot.own_commands(),
            within_s=within_s,
        )
