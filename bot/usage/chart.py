"""Draws bars as a PNG. Imported where one is drawn, since Pillow takes 13 MiB."""

from __future__ import annotations

import io
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from PIL import Image, ImageDraw, ImageFont

# Twice as large as Discord shows it, so that it is sharp on all screens.
WIDTH: Final = 1100
_TALLEST: Final = 2000
_EDGE: Final = 40
_RIGHT: Final = WIDTH - _EDGE
_TITLE, _TEXT, _SMALL = 32, 26, 22
_PLOT: Final = 320
_ROW: Final = 44
# A card of its own, since the chat below it may be dark or light.
_CARD, _INK, _QUIET, _RULE = "#2b2d31", "#f2f3f5", "#b5bac1", "#4a4d55"
# Told apart also by people who confuse colours. Source: Okabe and Ito, "Color Universal Design".
COLOURS: Final = (
    "#56b4e9",
    "#e69f00",
    "#2fb98f",
    "#f0e442",
    "#cc79a7",
    "#e8743b",
    "#8f9bff",
    "#ffffff",
)
SERIES: Final = len(COLOURS)
NO_SERIES: Final = -1
_ROUND: Final = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8)
_NOT_DRAWN: Final = re.compile(r"[^ -~·…]")  # Pillow's font has little else


class Bar(msgspec.Struct, frozen=True):
    """A label, and the parts of its bar by the number of their series, or ``NO_SERIES``."""

    label: str
    parts: Mapping[int, int]

    @property
    def length(self) -> int:
        return sum(self.parts.values())


class Chart(msgspec.Struct, frozen=True):
    """Columns over time, the names of at most eight series, and lists of lying bars."""

    title: str
    series: Sequence[str]
    columns: Sequence[Bar]
    lists: Sequence[tuple[str, Sequence[Bar]]]


def png_of(chart: Chart, shown: Callable[[float], str]) -> bytes:
    """Return a chart as PNG; ``shown`` says a number in words."""
    canvas = _Canvas()
    canvas.write(_EDGE, _EDGE + _TITLE / 2, chart.title, size=_TITLE)
    y: float = _EDGE + 1.5 * _TITLE
    if len(chart.columns) > 1:
        y = _columns(canvas, y, chart.columns, shown)
        y = _legend(canvas, y, chart.series)
    for title, bars in chart.lists:
        y = _list(canvas, y + 0.8 * _ROW, title, bars, shown)
    return canvas.png(y + _EDGE / 2)


class _Canvas:
    def __init__(self) -> None:
        self._image = Image.new("RGB", (WIDTH, _TALLEST), _CARD)
        self._draw = ImageDraw.Draw(self._image)
        self._fonts = {size: ImageFont.load_default(size) for size in (_TITLE, _TEXT, _SMALL)}

    def write(
        self, x: float, y: float, text: str, *, size: int = _TEXT, ink: str = _INK, at: str = "lm"
    ) -> None:
        """Write a line; ``at`` is Pillow's anchor: which of its points lies at x and y."""
        shown = _NOT_DRAWN.sub("?", text)
        self._draw.text((x, y), shown, fill=ink, font=self._fonts[size], anchor=at)

    def fill(self, x: float, y: float, width: float, height: float, ink: str) -> None:
        """Fill a rectangle, at least two pixels wide and high: little is not nothing."""
        corner = x + max(width, 2) - 1, y + max(height, 2) - 1
        self._draw.rectangle((round(x), round(y), *map(round, corner)), fill=ink)

    def width(self, text: str, size: int = _TEXT) -> float:
        return self._fonts[size].getlength(_NOT_DRAWN.sub("?", text))

    def fitted(self, text: str, width: float) -> str:
        """Return a text that is cut to a width."""
        if self.width(text) <= width:
            return text
        cuts = range(len(text))
        kept = bisect_right(cuts, width, key=lambda cut: self.width(text[:cut] + "…"))
        return text[: max(kept - 1, 0)] + "…"

    def png(self, height: float) -> bytes:
        """Return the upper part of the canvas."""
        file = io.BytesIO()
        image = self._image.crop((0, 0, WIDTH, min(round(height), _TALLEST)))
        image.quantize(64, Image.Quantize.FASTOCTREE).save(file, "PNG")
        return file.getvalue()


def _ink(series: int) -> str:
    return _QUIET if series == NO_SERIES else COLOURS[series]


def ceiling(most: float) -> float:
    """Return the top of an axis, a round number that is no less than ``most``."""
    if most <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(most))
    return next((power * step for step in _ROUND if power * step >= most), power * 10)


def _columns(
    canvas: _Canvas, top: float, columns: Sequence[Bar], shown: Callable[[float], str]
) -> float:
    """Draw columns on an axis, and return where they end."""
    most = ceiling(max(bar.length for bar in columns))
    ticks = [(most * part / 2, shown(most * part / 2)) for part in (0, 1, 2)]
    left = _EDGE + 16 + max(canvas.width(text, _SMALL) for _, text in ticks)
    top, bottom = top + _SMALL, top + _SMALL + _PLOT
    for value, text in ticks:
        y = bottom - _PLOT * value / most
        canvas.fill(left, y, _RIGHT - left, 2, _RULE)
        canvas.write(left - 16, y, text, size=_SMALL, ink=_QUIET, at="rm")
    step = (_RIGHT - left) / len(columns)
    every = math.ceil(max(canvas.width(bar.label, _SMALL) for bar in columns) * 1.3 / step)
    for index, bar in enumerate(columns):
        x = left + step * index
        _column(canvas, x + step * 0.15, bottom, step * 0.7, bar, _PLOT / most)
        if (len(columns) - 1 - index) % every == 0:
            canvas.write(x + step / 2, bottom + _SMALL, bar.label, size=_SMALL, ink=_QUIET, at="mm")
    return bottom + 2 * _SMALL


def _column(canvas: _Canvas, x: float, bottom: float, width: float, bar: Bar, scale: float) -> None:
    for series, part in sorted(bar.parts.items()):
        if part:
            height = max(part * scale, 2)
            bottom -= height
            canvas.fill(x, bottom, width, height, _ink(series))


def _legend(canvas: _Canvas, y: float, series: Sequence[str]) -> float:
    """Draw the names of the series in rows, and return where they end."""
    x: float = _EDGE
    y += _ROW / 2
    for number, name in enumerate(series):
        text = canvas.fitted(name, 300)
        width = 34 + canvas.width(text) + 30
        if x + width > _RIGHT + 30:
            x, y = _EDGE, y + _ROW
        canvas.fill(x, y - 11, 22, 22, _ink(number))
        canvas.write(x + 34, y, text)
        x += width
    return y + _ROW / 2


def _list(
    canvas: _Canvas, y: float, title: str, bars: Sequence[Bar], shown: Callable[[float], str]
) -> float:
    """Draw lying bars below a title, and return where they end."""
    canvas.write(_EDGE, y, title, ink=_QUIET)
    values = [shown(bar.length) for bar in bars]
    labels = [canvas.fitted(bar.label, 440) for bar in bars]
    left = _EDGE + 20 + max(map(canvas.width, labels), default=0)
    right = _RIGHT - 16 - max(map(canvas.width, values), default=0)
    most = max((bar.length for bar in bars), default=0) or 1
    for bar, label, value in zip(bars, labels, values, strict=True):
        y += _ROW
        canvas.write(_EDGE, y, label)
        x = left
        for series, part in sorted(bar.parts.items()):
            width = part * (right - left) / most
            canvas.fill(x, y - 12, width, 24, _ink(series))
            x += width
        canvas.write(x + 16, y, value)
    return y + _ROW / 2
