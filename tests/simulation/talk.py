"""The acts of people in conversations: they write, edit and delete messages."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.answers.texts import ABOUT_THIS
from bot.sandbox.discord_server import Channel, Interaction, Message, User
from tests.simulation.clocks import true_s
from tests.simulation.records import Asked, Said, custom_ids

if TYPE_CHECKING:
    from tests.simulation.world import World

FORM_S = 4.0  # a person waits so long for a form
TYPED_S = 2.0


class Talk:
    """Each method is an event of a plan; a LookupError means that Discord does not offer it."""

    def __init__(self, world: World, mark: Callable[[str], str]) -> None:
        self._world = world
        self._mark = mark

    async def say(self, who: int, where: int, way: str, long: bool, salt: int) -> None:
        """Ask by a mention, by a reply to the bot, in a direct message or in a thread."""
        world, rng = self._world, random.Random(salt)
        user, place = world.people[who], world.channels[where]
        target = None
        if way == "dm":
            place = world.dm(user)
        elif way == "thread":
            place = await self._thread(user, place, rng)
        elif way == "reply":
            target = rng.choice(self._answers(place))
        mark = self._mark("ask")
        text = f"{mark} tell me{' a long story' * long}"
        is_plain = way in ("dm", "reply") or (way == "thread" and world.reads_content)
        if not is_plain or rng.random() < 0.2:
            text = f"<@{world.discord.bot_user.id}> {text}"
        follows = world.promises.talk.turn_before(place, target)
        message = await world.discord.post(
            user,
            place,
            text,
            reply_to=target,
            ping=not world.reads_content or rng.random() < 0.5,
            is_resolved=rng.random() < 0.8,
        )
        world.promises.talk.add(Said(user, message, [mark], follows=follows))

    async def edit(self, who: int, salt: int) -> None:
        """Ask something else in a message to the bot."""
        said, rng = self._own(who, salt), random.Random(salt)
        mark = self._mark("ask")
        text = said.message.content.replace(said.mark, mark)
        if rng.random() < 0.2:  # a preview is no edit
            await self._world.discord.show_embeds(said.message, {"title": "a preview"})
        await self._world.discord.edit_message(said.user, said.message, text)
        said.marks.append(mark)
        said.edited_s = true_s()
        self._world.promises.talk.add(said)

    async def erase(self, who: int, salt: int) -> None:
        """Delete a message to the bot, alone or among others."""
        said, discord = self._own(who, salt), self._world.discord
        if random.Random(salt).random() < 0.3:
            other = await discord.post(said.user, said.message.channel, "hello")
            await discord.purge([said.message, other])
        else:
            await discord.delete_message(said.user, said.message)
        said.deleted_s = true_s()

    async def form(self, who: int, where: int, kind: str, salt: int) -> None:
        """Ask by the form of a *Reply* button or of *Ask about this*, or go on by a command."""
        world = self._world
        user, place = world.people[who], world.channels[where]
        if kind == "slash":
            await self._go_on(user, place, random.Random(salt))
            return
        message = random.Random(salt).choice(self._answers(place))
        if kind == "about":
            opened = await world.discord.context(user, place, ABOUT_THIS, message=message)
        else:
            opened = await world.discord.click(user, message, "Reply")
        if not await self._is_open(opened):
            return
        await asyncio.sleep(TYPED_S)
        mark = self._mark("ask")
        sent = await world.discord.submit(user, opened, {"text": f"{mark} tell me"})
        world.promises.asked.append(Asked(mark, user, sent, is_private=False, about=message))

    async def archive(self, where: int, salt: int) -> None:
        """Archive a thread of a conversation, which opens again when somebody writes there."""
        threads = self._threads(self._world.channels[where])
        if threads:
            await self._world.discord.edit_thread(
                random.Random(salt).choice(threads), archived=True
            )

    async def _go_on(self, user: User, channel: Channel, rng: random.Random) -> None:
        """Ask by a command in a thread, or in a direct message."""
        world, mark = self._world, self._mark("ask")
        place = await self._thread(user, channel, rng) if rng.random() < 0.5 else world.dm(user)
        sent = await world.discord.slash(user, place, "ask", {"prompt": f"{mark} tell me"})
        world.promises.asked.append(Asked(mark, user, sent, is_private=False))

    async def cut(self, which: int, for_s: float, ends: bool) -> None:
        """Cut a process off from the gateway; its session may end meanwhile."""
        self._world.machines[which].cut(for_s, ends=ends)

    async def _is_open(self, opened: Interaction) -> bool:
        feed = self._world.discord.world.feed
        return await feed.until(lambda: opened.modal is not None, FORM_S)

    async def _thread(self, user: User, channel: Channel, rng: random.Random) -> Channel:
        """Return a thread of a conversation; open one if there is none."""
        world, threads = self._world, self._threads(channel)
        if threads and rng.random() < 0.8:
            return rng.choice(threads)
        bare = [m for m in self._answers(channel) if m.thread is None]
        thread = await world.discord.create_thread(user, rng.choice(bare), "tea")
        await asyncio.sleep(1.0)
        return thread

    def _threads(self, channel: Channel) -> list[Channel]:
        places = self._world.discord.world.channels.values()
        return [place for place in places if place.is_thread and place.parent is channel]

    def _answers(self, channel: Channel) -> list[Message]:
        """Return what the bot has answered in a channel. Raise LookupError if that is nothing."""
        found = [
            m
            for m in channel.messages.values()
            if m.author is self._world.discord.bot_user
            and not m.ephemeral
            and any(custom_id.startswith("abi:again:") for custom_id in custom_ids(m))
        ]
        if not found:
            raise LookupError("no answer in this channel")
        return found

    def _own(self, who: int, salt: int) -> Said:
        user = self._world.people[who]
        said = [s for s in self._world.promises.talk.said.values() if s.user is user]
        said = [s for s in said if s.deleted_s is None]
        if not said:
            raise LookupError("nothing was said")
        return random.Random(salt).choice(said)
