"""Error messages of providers without what they quote of the question; pure."""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from connectors.shared import without_keys

LENGTH = 300
CUT = "[…]"
# This many ordinary words in a row are a quotation; fewer occur in any error message.
RUN = 4
# The same for characters of a script without spaces, in which a word has about two.
SIGNS = 2
# A word of at least this length is also found across word boundaries.
GLUED = 6
# How many characters at the beginning and at the end of each text are compared.
READ = 25_000

# Scripts without spaces are compared character by character, and so are emoji.
_TOKEN = re.compile(
    r"[\u2600-\u27bf\U0001f000-\U0001faff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    r"\u3040-\u30ff\u3400-\u9fff]|[^\W_]+"
)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BYTES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_ACCOUNT = re.compile(r"\b(?:org|proj|user|acct)[-_][\w-]{6,}")

# Words of which error messages are made. They are kept even if the question has them, too.
_ORDINARY = """
a access account active add after all allowed already an and any api are argument array as at
available balance be because been before bad billing blocked body budget but by call can cannot
chat check choose code completion completions configure contact content context could credit
credits current currently data day deprecated detail details disabled do docs does doesn don
enable enabled end endpoint endpoints enough error exceed exceeded exceeds exist exists expected
expired failed field file filter filtered finish flagged for format forbidden found free from
function gateway go got has have help higher hour how if image images in input instead
insufficient internal invalid is isn it its json key least length less level limit limited limits
list load loaded loading long longer max maximum may message messages minute missing model models
monthly more must name need needed needs new no not null number object of on one only or
organization other out output over overloaded parameter parameters per permission plan please
plans policy privacy project prompt provide provided provider quota rate reached read reason
reduce refused region rejected remove request requested requests require required requires
response retry role s safety second see seconds server service set setting settings should size
slow spend start stop stream string such support supported system t team temperature than that the
there they this time timeout to token tokens too tool tools try tier type unauthorized unavailable
unexpected unknown unsupported upgrade url usage use used user using valid value verified verify
visit was we were what when which will with within would you your
"""
ORDINARY = frozenset(_ORDINARY.split())


def without_quotations(said: str, written: Iterable[str]) -> str:
    """Return one line of a provider's message, without keys and quotations of the texts written.

    A word of these texts is removed unless it is ordinary in error messages; so is each longer run
    of words. At most LENGTH characters.
    """
    if not said.strip():
        return ""
    # Letters such as Ŀ stand for several characters: words are to end in the same places.
    said = unicodedata.normalize("NFKC", _decoded(said))
    said = _ACCOUNT.sub("***", without_keys(said))
    theirs = " ".join(("", *_TOKEN.findall(_folded(" \n ".join(map(_ends, written)))), ""))
    pieces, kept = [], 0
    for start, end in _quoted(said, theirs):
        pieces += [said[kept:start], CUT]
        kept = end
    line = " ".join("".join([*pieces, said[kept:]]).split())
    return line if len(line) <= LENGTH else line[: LENGTH - 1] + "…"


def _quoted(said: str, theirs: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each quotation, in order."""
    glued = theirs.replace(" ", "")
    tokens = list(_TOKEN.finditer(said))
    words = [_folded(token[0]) for token in tokens]
    at = 0
    while at < len(tokens):
        count = _run(words, at, theirs)
        if count >= RUN or _is_telling(words[at : at + count], theirs):
            yield tokens[at].start(), tokens[at + count - 1].end()
        elif not count and len(words[at]) >= GLUED and words[at] in glued:
            yield tokens[at].start(), tokens[at].end()
        at += max(count, 1)


def _run(words: list[str], at: int, theirs: str) -> int:
    """Return how many words from at on are in the texts in the same order."""
    # The last word may be cut off or joined to another.
    count, text = 0, ""
    while at + count < len(words):
        text = f"{text} {words[at + count]}" if text else words[at + count]
        if text not in theirs:
            break
        count += 1
    return count


def _is_telling(words: list[str], theirs: str) -> bool:
    is_all = bool(words) and f" {' '.join(words)} " == theirs
    signs = sum(len(word) == 1 and not word.isascii() for word in words)
    return is_all or signs >= SIGNS or any(len(word) > 1 and word not in ORDINARY for word in words)


def _ends(text: str) -> str:
    return text if len(text) <= 2 * READ else f"{text[:READ]} \n {text[-READ:]}"


def _folded(text: str) -> str:
    """Return text without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def _decoded(text: str) -> str:
    """Return text with the escapes of JSON, HTML and URLs decoded."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _BYTES.sub(lambda found: _read_bytes(found[0]), text)
    text = re.sub(r"\\+[nrt]", " ", text)
    return html.unescape(unquote(text))


def _read_bytes(escapes: str) -> str:
    return bytes.fromhex(escapes.replace("\\x", "")).decode("utf-8", "replace")
