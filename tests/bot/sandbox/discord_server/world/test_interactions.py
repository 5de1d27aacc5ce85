from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
import httpx
import pytest
from discord import app_commands, ui

from bot.sandbox.discord_server import Interaction, InteractionFailed, Message
from tests.bot.sandbox.discord_server.conftest import Cook, Kitchen
from tests.discord_openapi.judge import Judge

Connect = Callable[[Cook], Awaitable[None]]


class Recipe(ui.Modal, title="A recipe"):
    name: ui.TextInput[Recipe] = ui.TextInput(label="Name", custom_id="name", max_length=20)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"cooking {self.name.value}")


class Counter(ui.View):
    @ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, _: ui.Button[Counter]) -> None:
        await interaction.response.edit_message(content="again")

    @ui.button(label="Write", custom_id="write")
    async def write(self, interaction: discord.Interaction, _: ui.Button[Counter]) -> None:
        await interaction.response.send_modal(Recipe())

    @ui.select(
        custom_id="dish",
        options=[discord.SelectOption(label="Soup"), discord.SelectOption(label="Cake")],
    )
    async def dish(self, interaction: discord.Interaction, chosen: ui.Select[Counter]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"one {chosen.values[0]}")


class Waiter(Cook):
    """A bot with one command of each sort."""

    async def setup_hook(self) -> None:
        everything: list[Any] = [ask, menu, digest, about, greet, silent]
        for command in everything:
            self.tree.add_command(command)
        await self.tree.sync()


@app_commands.command(description="Ask")
@app_commands.choices(size=[app_commands.Choice(name="Big", value="big")])
async def ask(
    interaction: discord.Interaction,
    prompt: app_commands.Range[str, 1, 50],
    private: bool = False,
    size: str = "small",
    model: str = "",
) -> None:
    await interaction.response.defer(ephemeral=private)
    await interaction.followup.send(f"first {prompt}")
    await interaction.edit_original_response(content=f"whole {prompt} {size} {model}".strip())
    await interaction.followup.send("more", ephemeral=private)


@ask.autocomplete("model")
async def models(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=typed.upper(), value=typed)]


@app_commands.command(description="The menu")
async def menu(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("menu", view=Counter())


@app_commands.command(description="Says nothing")
async def silent(interaction: discord.Interaction, word: str) -> None:
    pass


@silent.autocomplete("word")
async def no_words(interaction: discord.Interaction, _: str) -> list[app_commands.Choice[str]]:
    await interaction.client.wait_for("never")
    return []


@app_commands.context_menu(name="About this")
async def about(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"about {message.content}", ephemeral=True)


@app_commands.context_menu(name="Greet")
async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"hello {member.display_name}")


digest = app_commands.Group(name="digest", description="Digests")
weekly = app_commands.Group(name="weekly", description="Weekly ones", parent=digest)


@weekly.command(description="Add one")
async def add(interaction: discord.Interaction, where: discord.TextChannel) -> None:
    await interaction.response.send_message(f"added {where.name}")


@pytest.fixture
async def waiter(kitchen: Kitchen, connect: Connect, judged: Judge) -> Waiter:
    waiter = Waiter()
    await connect(waiter)
    return waiter


def contents(interaction: Interaction) -> list[str]:
    return [message.content for message in interaction.messages]


async def test_a_deferred_answer_is_filled_edited_and_followed_up(
    kitchen: Kitchen, waiter: Waiter
) -> None:
    server = kitchen.server
    it = await server.slash(kitchen.alice, kitchen.channel, "ask", {"prompt": "hi", "size": "big"})
    await server.until(lambda: contents(it) == ["whole hi big", "more"])
    original = it.messages[0]
    assert it.state == "answered"
    assert [text for _, text in original.revisions] == ["first hi", "whole hi big"]
    assert original.edits == 1
    assert not original.loading
    assert server.messages(kitchen.channel) == it.messages


async def test_a_private_answer_is_seen_by_its_user_only(kitchen: Kitchen, waiter: Waiter) -> None:
    server = kitchen.server
    options = {"prompt": "hi", "private": True}
    it = await server.slash(kitchen.alice, kitchen.channel, "ask", options)
    await server.until(lambda: len(it.messages) == 2)
    assert it.ephemeral
    assert all(message.ephemeral for message in it.messages)
    assert server.messages(kitchen.channel) == []
    assert server.messages(kitchen.channel, viewer=kitchen.alice) == it.messages


async def test_autocomplete_returns_choices(kitchen: Kitchen, waiter: Waiter) -> None:
    choices = await kitchen.server.autocomplete(
        kitchen.alice, kitchen.channel, "ask", {"model": "gp"}, focused="model"
    )
    assert [(choice["name"], choice["value"]) for choice in choices] == [("GP", "gp")]


async def test_a_button_updates_its_message(kitchen: Kitchen, waiter: Waiter) -> None:
    message = await shown_menu(kitchen)
    assert [button["label"] for button in message.buttons()] == ["Again", "Write"]
    it = await kitchen.server.click(kitchen.alice, message, "Again")
    await kitchen.server.until(lambda: it.is_answered)
    assert message.content == "again"
    assert it.messages == [message]


async def shown_menu(kitchen: Kitchen) -> Message:
    it = await kitchen.server.slash(kitchen.alice, kitchen.channel, "menu")
    await kitchen.server.until(lambda: it.messages)
    return it.messages[0]


async def test_a_select_defers_and_edits(kitchen: Kitchen, waiter: Waiter) -> None:
    message = await shown_menu(kitchen)
    it = await kitchen.server.select(kitchen.alice, message, "dish", ["Soup"])
    await kitchen.server.until(lambda: message.content == "one Soup")
    assert it.state == "answered"
    with pytest.raises(ValueError, match="not among"):
        await kitchen.server.select(kitchen.alice, message, "dish", ["Stone"])


async def test_a_modal_is_opened_filled_in_and_answered(kitchen: Kitchen, waiter: Waiter) -> None:
    server, alice = kitchen.server, kitchen.alice
    it = await server.click(alice, await shown_menu(kitchen), "write")
    await server.until(lambda: it.modal is not None)
    with pytest.raises(ValueError, match="required"):
        await server.submit(alice, it, {"name": ""})
    with pytest.raises(ValueError, match="21 characters"):
        await server.submit(alice, it, {"name": "x" * 21})
    with pytest.raises(LookupError):
        await server.submit(alice, it, {"other": "x"})
    submitted = await server.submit(alice, it, {"name": "soup"})
    await server.until(lambda: contents(submitted) == ["cooking soup"])


async def test_a_sub_command_in_a_group_gets_what_was_chosen(
    kitchen: Kitchen, waiter: Waiter
) -> None:
    it = await kitchen.server.slash(
        kitchen.alice, kitchen.channel, "digest weekly add", {"where": kitchen.channel}
    )
    await kitchen.server.until(lambda: contents(it) == ["added general"])


async def test_context_commands_get_the_message_or_the_member(
    kitchen: Kitchen, waiter: Waiter
) -> None:
    server, alice, channel = kitchen.server, kitchen.alice, kitchen.channel
    message = await server.post(alice, channel, "a secret")
    asked = await server.context(alice, channel, "About this", message=message)
    greeted = await server.context(alice, channel, "Greet", user=alice)
    await server.until(lambda: asked.messages and greeted.messages)
    assert contents(asked) == ["about a secret"]
    assert contents(greeted) == ["hello Alice"]


async def test_commands_work_in_threads_and_in_dms(kitchen: Kitchen, waiter: Waiter) -> None:
    server, alice = kitchen.server, kitchen.alice
    channel = waiter.get_channel(kitchen.channel.id)
    assert isinstance(channel, discord.TextChannel)
    thread = await channel.create_thread(name="talk", type=discord.ChannelType.public_thread)
    for place in (kitchen.guild.channels[thread.id], server.dm(alice)):
        it = await server.slash(alice, place, "ask", {"prompt": "hi"})
        await server.until(lambda it=it: contents(it) == ["whole hi small", "more"])  # type: ignore[misc]
        assert server.messages(place)[-2:] == it.messages


async def test_a_file_reaches_the_command(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    server = kitchen.server
    option = {"type": 11, "name": "file", "description": "A file", "required": True}
    command = {"name": "read", "description": "Read", "options": [option]}
    await http.post(f"/applications/{server.application_id}/commands", json=command)
    file = ("soup.txt", b"hot")
    it = await server.slash(kitchen.alice, kitchen.channel, "read", {"file": file})
    (sent,) = it.data["resolved"]["attachments"].values()
    assert (sent["filename"], sent["size"], sent["content_type"]) == ("soup.txt", 3, "text/plain")
    assert (await http.get(sent["url"])).content == b"hot"


@pytest.mark.parametrize(
    ("command", "options", "error", "match"),
    [
        ("nothing", {}, LookupError, "no command"),
        ("ask", {}, ValueError, "missing required option: prompt"),
        ("ask", {"prompt": "x" * 51}, ValueError, "51 characters"),
        ("ask", {"prompt": "x", "size": "huge"}, ValueError, "not one of"),
        ("ask", {"prompt": "x", "private": "yes"}, ValueError, "wrong type"),
        ("ask", {"prompt": "x", "color": "red"}, LookupError, "unknown option"),
        ("digest", {}, LookupError, "needs a sub-command"),
        ("digest daily", {}, LookupError, "no sub-command"),
        ("digest weekly add", {"where": "general"}, ValueError, "not what this option takes"),
    ],
)
async def test_the_client_refuses_what_discords_client_would_refuse(
    kitchen: Kitchen,
    waiter: Waiter,
    command: str,
    options: dict[str, Any],
    error: type[Exception],
    match: str,
) -> None:
    with pytest.raises(error, match=match):
        await kitchen.server.slash(kitchen.alice, kitchen.channel, command, options)


async def test_a_bot_that_says_nothing_for_three_seconds_has_failed(
    kitchen: Kitchen, waiter: Waiter
) -> None:
    kitchen.server.response_deadline_s = 0.05
    it = await kitchen.server.slash(kitchen.alice, kitchen.channel, "silent", {"word": "x"})
    await kitchen.server.until(lambda: it.state == "failed")
    with pytest.raises(InteractionFailed):
        await kitchen.server.autocomplete(kitchen.alice, kitchen.channel, "silent", focused="word")


async def test_an_answer_ends_with_its_channel_or_its_locked_thread(
    kitchen: Kitchen, http: httpx.AsyncClient, waiter: Waiter
) -> None:
    server = kitchen.server
    thread = await server.create_thread(kitchen.alice, kitchen.channel, "soup")
    it = await server.slash(kitchen.alice, thread, "silent", {"word": "x"})
    await http.post(f"/interactions/{it.id}/{it.token}/callback", json={"type": 5})
    original = f"/webhooks/{server.application_id}/{it.token}/messages/@original"
    await server.edit_thread(thread, archived=True, locked=True)
    assert (await http.patch(original, json={"content": "x"})).json()["code"] == 50083
    server.remove_channel(thread)
    assert (await http.patch(original, json={"content": "x"})).json()["code"] == 10003


async def test_the_answer_to_a_message_command_refers_to_its_message_and_pings_nobody(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    command = {"name": "About this", "type": 3}
    await http.post(f"/applications/{server.application_id}/commands", json=command)
    said = await server.post(kitchen.alice, kitchen.channel, "soup?")
    bob = server.add_user("bob")
    server.add_member(kitchen.guild, bob)
    it = await server.context(bob, kitchen.channel, "About this", message=said)
    data = {"type": 4, "data": {"content": "soup"}}
    callback = f"/interactions/{it.id}/{it.token}/callback?with_response=true"
    shown = (await http.post(callback, json=data)).json()["resource"]["message"]
    assert (shown["type"], shown["referenced_message"]["content"]) == (23, "soup?")
    assert shown["interaction_metadata"]["target_message_id"] == str(said.id)
    assert it.messages[0].pings == set()
