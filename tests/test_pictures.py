import re
from pathlib import Path

from PIL import Image
from PIL.WebPImagePlugin import WebPImageFile

from bot import settings
from bot.app import Bot
from bot.sandbox import page_server
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.kitchen import Kitchen
from bot.sandbox.script import speech
from connectors import Connectors
from connectors.discord import load_from_env
from tests.pictures import ASK, CHIPS, COMMANDS, CUT_AFTER, MOVING, PLUG, STILL

README = Path(__file__).parents[1] / "README.md"
BAR = Path(page_server.__file__).with_name("page") / "bar.js"


async def test_the_commands_of_the_pictures_are_registered() -> None:
    bot = Bot(settings.load({}), Connectors({}), load_from_env({"DISCORD_BOT_TOKEN": "a.b.c"}))
    await bot.load_cogs()
    assert set(COMMANDS) <= {command["name"] for command in bot.own_commands()}


def test_the_chips_of_the_pictures_are_offered_and_do_what_is_shown() -> None:
    chips = Kitchen(DiscordServer(), lambda _: None).chips()
    assert tuple(chip["label"] for chip in chips) == CHIPS
    (ask,) = (chip for chip in chips if chip["label"] == ASK)
    assert ask["command"] in COMMANDS
    assert CUT_AFTER in "".join(speech(ask["options"]["prompt"], model="").chunks)
    assert f'"{PLUG}"' in BAR.read_text(encoding="utf-8")


def test_the_readme_moves_and_is_light() -> None:
    shown = re.findall(r"\((docs/sandbox\.\w+)\)", README.read_text(encoding="utf-8"))
    assert [README.parent / path for path in shown] == [MOVING, STILL]
    assert MOVING.stat().st_size < 1_000_000
    with Image.open(MOVING) as moving, Image.open(STILL) as still:
        assert isinstance(moving, WebPImageFile)
        assert moving.n_frames > 5
        assert moving.info["loop"] == 0  # for ever
        assert moving.size == still.size
