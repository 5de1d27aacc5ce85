"""Answers as models write them, of every kind of markup, in which no two words are the same."""

import random
from itertools import count

MARKS = ("", "", "", "**", "*", "__", "~~", "||", "`", "``", "link", "address", "mention")


class Writer:
    """Writes one document; the same seed writes the same one."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._numbers = count()

    def document(self) -> str:
        blocks = [self._block() for _ in range(self._random.randint(1, 14))]
        if self._random.random() < 0.3:
            blocks.append(f">>> {self._inline(200)}\n- {self._words(50)}")
        return "\n\n".join(blocks)

    def _words(self, number: int) -> str:
        return " ".join(f"w{next(self._numbers)}" for _ in range(number))

    def _inline(self, number: int, within: tuple[str, ...] = ()) -> str:
        parts = []
        while number > 0:
            size = min(number, self._random.choice([1, 3, 8, 20, 60]))
            number -= size
            parts.append(self._marked(self._random.choice(MARKS), size, within))
        return " ".join(parts)

    def _marked(self, mark: str, size: int, within: tuple[str, ...]) -> str:
        match mark:
            case "link":
                return f"[{self._words(min(size, 20))}](https://example.org/a?x=1)"
            case "address":
                return "https://example.org/" + "x" * self._random.randint(1, 80)
            case "mention":
                return "<@123456789012345678>"
            case "`" | "``":
                return mark + self._words(size) + mark
        is_free = mark and mark[0] not in {outer[0] for outer in within} and len(within) < 2
        if not is_free:
            return self._words(size)
        return mark + self._inline(size, (*within, mark)) + mark

    def _lines(self, number: int, most: int, sign: str) -> str:
        return "\n".join(sign + self._words(self._random.randint(1, most)) for _ in range(number))

    def _block(self) -> str:
        size = self._random.choice([3, 20, 80, 300])
        few = max(2, size // 10)
        match self._random.randrange(10):
            case 0 | 1:
                return self._inline(size)
            case 2:
                items = [f"{'  ' * (i % 3 > 0)}- {self._inline(10)}" for i in range(few)]
                return f"{self._words(2)}:\n" + "\n".join(items)
            case 3:
                return "\n".join(f"{i}. {self._inline(10)}" for i in range(1, few))
            case 4:
                rows = "".join(f"| {self._words(1)} | {self._words(3)} |\n" for _ in range(few))
                return f"| head | head |\n|---|---|\n{rows}".rstrip()
            case 5:
                language = self._random.choice(["", "py", "c++"])
                return f"```{language}\n{self._lines(few, 12, '')}\n```"
            case 6:
                return f"> ```py\n{self._lines(few, 12, '> ')}\n> ```"
            case 7:
                return "\n".join(f"> {self._inline(40)}" for _ in range(max(1, size // 40)))
            case 8:
                return f"## {self._words(5)}\n{self._inline(size)}"
            case _:
                return f"||{self._words(size)}\n\n```py\n{self._lines(few, 9, '')}\n```||"
