"""The least code that streams a model's answers: discord.py and httpx, no retries.

``bench.answers`` runs it beside Abi, against the same servers, so that a machine's speed falls out
of the figures.
"""

from __future__ import annotations

import json
import logging
import os
import time

import discord
import httpx
from discord import app_commands

EDIT_EVERY_S = 1.0
URL = f"{os.environ['OPENAI_BASE_URL']}/chat/completions"
HEADERS = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}


class BareBot(discord.AutoShardedClient):
    """A client with one command."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)
        self.http_client = httpx.AsyncClient(headers=HEADERS, timeout=60)

    async def setup_hook(self) -> None:
        self.tree.add_command(ask)
        await self.tree.sync()


@app_commands.command(description="Ask a language model")
async def ask(interaction: discord.Interaction[BareBot], prompt: str) -> None:
    await interaction.response.defer(thinking=True)
    messages = [{"role": "user", "content": prompt}]
    body = {"model": os.environ["OPENAI_MODEL"], "messages": messages, "stream": True}
    text, next_edit = "", 0.0
    async with interaction.client.http_client.stream("POST", URL, json=body) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data: {"):
                continue
            choices = json.loads(line.removeprefix("data: "))["choices"]
            text += choices[0]["delta"].get("content") or "" if choices else ""
            if text and time.monotonic() >= next_edit:
                next_edit = time.monotonic() + EDIT_EVERY_S
                await interaction.edit_original_response(content=text[:2000])
    await interaction.edit_original_response(content=text[:2000])


if __name__ == "__main__":
    discord.http.Route.BASE = os.environ["DISCORD_API_URL"]
    BareBot().run(os.environ["DISCORD_BOT_TOKEN"], log_level=logging.ERROR)
