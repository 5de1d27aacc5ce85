"""The banner, or lines in the log, for the person who runs the bot once it is ready."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from bot.doctor.discord import installs, intents
from bot.doctor.examination import version
from bot.doctor.finding import Finding
from bot.doctor.permissions import invite_url
from bot.doctor.providers import providers
from bot.doctor.storage import database_finding, disk
from bot.process import console, texts
from bot.text.formatting import counted

if TYPE_CHECKING:
    from bot.app import Bot

log = logging.getLogger(__name__)

PROVIDERS_WITHIN_S = 5.0


async def tell(bot: Bot, *, terminal: TextIO | None = None) -> None:
    """Show the state of a bot that has just become ready, in the terminal if there is one."""
    services = bot.services
    stored, of_providers = await asyncio.gather(
        asyncio.to_thread(database_finding, services.settings.ledger),
        providers(services.connectors, PROVIDERS_WITHIN_S),
    )
    if bot.is_closing:
        return
    known = [finding for finding in of_providers if finding.is_known]
    kept = disk(services.settings.ledger)
    of_discord = [installs(bot.installs, bot.application_id or 0), intents(bot.reads_content)]
    findings = [*of_discord, *known, stored, *([kept] if kept.to_do else [])]
    invite = invite_url(bot.application_id or 0)
    if terminal is None:
        _log([version(), *findings], invite)
    else:
        servers = counted(len(bot.guilds), "server")
        title = texts.READY.format(version=version().said, name=bot.user, servers=servers)
        facts = [(finding.name, _line(finding)) for finding in findings]
        coloured = console.is_coloured(terminal)
        shown = console.banner(title, facts, texts.INVITE, invite, coloured=coloured)
        console.write(terminal, shown)


def own_terminal() -> TextIO | None:
    """Return the standard output if a person reads it."""
    return sys.stdout if sys.stdout is not None and sys.stdout.isatty() else None


def _log(findings: Sequence[Finding], invite: str) -> None:
    for finding in findings:
        level = logging.WARNING if finding.to_do else logging.INFO
        log.log(level, "%s: %s", finding.name, _line(finding))
    log.info("Invite link: %s", invite)


def _line(finding: Finding) -> str:
    return finding.line.replace("`", "")
