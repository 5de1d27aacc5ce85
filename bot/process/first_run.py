"""The first run in a terminal: asks for a token and a provider, and gives the invitation."""

from __future__ import annotations

import asyncio
import getpass
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Protocol

from bot.doctor.permissions import install_url, invite_url
from bot.process import console, texts
from bot.process.signals import SIGNALS, leave_on_signals
from bot.text.formatting import on_one_line
from connectors import ConnectorError, Connectors, Provider, discord, env_file
from connectors.check import check
from connectors.provider import plain_name

CHECK_WITHIN_S = 10.0
ENV_FILE = Path(".env")


class Person(Protocol):
    """Somebody at a terminal."""

    def say(self, text: str) -> None: ...
    def answer(self, question: str) -> str: ...
    def secret(self, question: str) -> str: ...


class Terminal:
    """The person at the standard input. Raise EOFError if nobody is there any more."""

    def say(self, text: str) -> None:
        console.write(sys.stdout, f"{text}\n")

    def answer(self, question: str) -> str:
        return input(question).strip()

    def secret(self, question: str) -> str:
        return getpass.getpass(question).strip()


def is_possible() -> bool:
    """Return whether a person is there to be asked."""
    return all(s is not None and s.isatty() for s in (sys.stdin, sys.stdout))


def guide(environ: Mapping[str, str], person: Person, path: Path = ENV_FILE) -> bool:
    """Ask for what is missing, and keep it in the file; return whether the bot can be started.

    Raise EnvFileError if the file cannot be written.
    """
    # getpass shows again what is typed if it is interrupted, but not if the process just ends.
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        return asyncio.run(FirstRun(environ, person, path).run())
    except (EOFError, KeyboardInterrupt):
        person.say(texts.ENDED)
        return False
    finally:
        leave_on_signals()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Interrupt a question; asyncio would replace Python's own handler, and wait for the answer."""
    raise KeyboardInterrupt


class FirstRun:
    """The questions, in their order."""

    def __init__(self, environ: Mapping[str, str], person: Person, path: Path) -> None:
        self._environ = dict(environ)
        self._person = person
        self._path = path
        self._application_id = ""

    async def run(self) -> bool:
        say = self._person.say
        say(texts.WELCOME.format(path=self._path))
        if not await self._has_token():
            say(texts.ENDED)
            return False
        say(texts.PROVIDER)
        await self._choose_provider()
        if self._application_id:
            invite, install = invite_url(self._application_id), install_url(self._application_id)
            say(texts.INVITATION.format(url=invite))
            say(texts.INSTALLATION.format(url=install))
        say(texts.STARTING)
        return True

    def _keep(self, name: str, value: str) -> None:
        env_file.save({name: value}, self._path)
        self._environ[name] = value

    async def _has_token(self) -> bool:
        """Ask until Discord takes the token, or cannot be asked; return False without one."""
        name = plain_name(discord.TOKEN_ENV)
        while token := self._person.secret(texts.ASK_FOR_IT):
            try:
                config = discord.load_from_env({**self._environ, name: token})
            except ConnectorError as error:
                self._person.say(f"   {error.summary}.")
                continue
            if await self._is_accepted(config):
                self._keep(name, token)
                return True
        return False

    async def _is_accepted(self, config: discord.Config) -> bool:
        try:
            async with asyncio.timeout(CHECK_WITHIN_S), discord.connect(config) as rest:
                found = await rest.current_application()
        except (ConnectorError, TimeoutError) as error:
            if isinstance(error, ConnectorError) and error.reason == "auth":
                self._person.say(texts.IT_IS_REFUSED)
                return False
            why = error.summary if isinstance(error, ConnectorError) else texts.NO_ANSWER
            self._person.say(texts.NOT_CHECKED.format(why=why))
            return True
        self._application_id = found.id
        self._person.say(texts.IT_IS_ACCEPTED.format(name=on_one_line(found.name)))
        return True

    async def _choose_provider(self) -> None:
        """Ask for a provider's key, unless one is set up or runs on this machine."""
        async with Connectors(self._environ) as connectors:
            found = await asyncio.gather(
                *(check(connectors, name) for name in connectors.providers)
            )
        ready = [c.row.label for c in found if c.is_configured or c.latency_s is not None]
        if ready:
            self._person.say(texts.HAS_PROVIDER.format(labels=", ".join(ready)))
            return
        rows = [checked.row for checked in found if checked.row.needs_key]
        for number, row in enumerate(rows, 1):
            self._person.say(texts.PROVIDERS.format(number=number, label=row.label))
        chosen = self._chosen(rows)
        if chosen is not None:
            await self._ask_key(chosen)

    def _chosen(self, rows: list[Provider]) -> Provider | None:
        while typed := self._person.answer(texts.ASK_PROVIDER):
            if typed.isdecimal() and 1 <= int(typed) <= len(rows):
                return rows[int(typed) - 1]
            self._person.say(texts.NO_SUCH_NUMBER.format(last=len(rows)))
        return None

    async def _ask_key(self, row: Provider) -> None:
        name = plain_name(row.key_env)
        while key := self._person.secret(texts.ASK_KEY.format(label=row.label)):
            async with Connectors({**self._environ, name: key}) as connectors:
                checked = await check(connectors, row.name, within_s=CHECK_WITHIN_S)
            reason = checked.error and checked.error.reason
            if reason in ("auth", "malformed_key"):
                self._person.say(texts.KEY_REFUSED.format(label=row.label))
                continue
            why = checked.error and checked.error.summary
            self._keep(name, key)
            self._person.say(texts.NOT_CHECKED.format(why=why) if why else texts.KEY_ACCEPTED)
            return
