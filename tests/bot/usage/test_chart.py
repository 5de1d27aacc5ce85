import io
from collections.abc import Sequence

import pytest
from PIL import Image, ImageChops, ImageColor

from bot.usage.chart import COLOURS, NO_SERIES, WIDTH, Bar, Chart, ceiling, png_of


def drawn(columns: Sequence[Bar], *lists: tuple[str, Sequence[Bar]]) -> Image.Image:
    names = [f"Series {number}" for number in range(8)]
    data = png_of(Chart("Cost", names, columns, lists), lambda number: f"{number:.3g}")
    return Image.open(io.BytesIO(data)).convert("RGB")


def pixels(image: Image.Image, colour: str) -> int:
    """Return how many pixels nearly have a colour: pictures are saved with few colours."""
    wanted = ImageColor.getrgb(colour)
    difference = ImageChops.difference(image, Image.new("RGB", image.size, wanted))
    return sum(difference.convert("L").histogram()[:12])


def test_a_part_twice_as_large_takes_twice_the_space() -> None:
    image = drawn([Bar("1", {0: 100, 1: 200}), Bar("2", {})])
    assert image.width == WIDTH
    first, second = pixels(image, COLOURS[0]), pixels(image, COLOURS[1])
    assert 1.8 < second / first < 2.2


def test_one_day_has_no_columns_but_lists() -> None:
    image = drawn([Bar("1", {0: 100})], ("By model", [Bar("a", {2: 5}), Bar("b", {NO_SERIES: 3})]))
    assert pixels(image, COLOURS[0]) < 20
    assert pixels(image, COLOURS[2]) > 1000


@pytest.mark.parametrize("number", [0, 10**15])
def test_nothing_and_huge_numbers_are_drawn(number: int) -> None:
    bars = [Bar(f"{i} \N{GRINNING FACE} {'long ' * 30}", {i % 8: number}) for i in range(31)]
    assert drawn(bars, ("By model", bars[:5]), ("By person", [])).height < 2000


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (1.1, 1.2), (7, 8), (9, 10), (95, 100)])
def test_an_axis_ends_at_a_round_number(most: float, top: float) -> None:
    assert ceiling(most) == pytest.approx(top)
