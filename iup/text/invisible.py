"""Characters that nobody sees: those with a meaning are kept, those without one dropped, those that deceive refused.

In: a text as it came, from a file, a reply or a keyboard. Out: the text as it is kept, with what was dropped from it;
or `InvisibleError`, which names the character and the word before it. One rule for all that is written:

- kept: joiners beside a letter of a script that joins, and between emoji; one mark of direction, as keyboards for
  Arabic and Hebrew write it; a variation selector behind what has variants; the flags of England, Scotland and Wales;
  a soft hyphen inside a word that has no other;
- read as a line end: U+000B, U+000C, U+0085, U+2028 and U+2029;
- refused: what turns the direction of other text round, control characters, what spells text that is not shown, and
  what is no character;
- dropped: every other character that is not seen.

Whoever searches looks through all of them (`visible`). Does not know where a text stands.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# What is there and not seen, as the inside of a character class; what is searched never has to hold any of it.
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"
# C0 and C1, embeddings and overrides, deprecated formats, annotations, halves of characters, tags; and the last two
# characters of each plane with those between the Arabic forms, which are none.
_DECEIVING = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff\ufdd0-\ufdef"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0, 0x110000, 0x10000))
)
# Letters and signs of which none is told below. Most texts have no others, and to see that is far quicker than to look
# for one that may be any of thousands.
_USUAL = re.compile("[\\n\\t -~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e]*")
_RUN = re.compile(f"[{UNSEEN}{_DECEIVING}]+|[{_LINE_ENDS}]")
_IS_LINE_END = re.compile(f"[{_LINE_ENDS}]")
_IS_DECEIVING = re.compile(f"[{_DECEIVING}]")
_IS_UNSEEN = re.compile(f"[{UNSEEN}]+")
_NON_JOINER, _JOINER, _SOFT_HYPHEN = "\u200c", "\u200d", "\u00ad"
_MARKS = "\u200e\u200f\u061c"
# Letters that joiners shape: from Arabic to Myanmar, Khmer and Mongolian, and their later additions.
_JOINING = re.compile(
    "[\u0620-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f]"
)
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u20e3\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff\U000e007f]"
)
_FLAG = re.compile(
    "\U0001f3f4(?:"
    + "|".join("".join(chr(0xE0000 + ord(letter)) for letter in name) for name in ("gbeng", "gbsct", "gbwls"))
    + ")\U000e007f"
)
_WORD = re.compile(r"\w[\w’'-]*")
_NEAR = 80


class InvisibleError(Exception):
    """A character that is not taken in: what it is, where it stands, and the last word before it, or nothing."""

    def __init__(self, text: str, at: int) -> None:
        super().__init__(code(text[at]))
        self.at, self.character = at, text[at]
        before = _WORD.findall(visible(text[max(at - _NEAR, 0) : at]))
        self.word: str = before[-1] if before else ""

    @property
    def told(self) -> str:
        """What the character is, in Swedish: its code and its kind."""
        return f"{code(self.character)}, {_kind(self.character)}"


@dataclass(frozen=True)
class Kept:
    """A text as it is kept, and what is not in it: where it stood in the text as it came, and which character."""

    text: str
    dropped: tuple[tuple[int, str], ...] = ()

    @property
    def codes(self) -> str:
        """The characters that were dropped, by their codes, each once."""
        return ", ".join(code(character) for character in sorted({one for _, one in self.dropped}))


def cleaned(text: str, line_end: str | None = "\n") -> Kept:
    """Return a text as it is kept; raise `InvisibleError` at the first character that is not taken in.

    `line_end` stands for each line end of another kind; with None those stay as they are, told among what was dropped.
    """
    if _is_usual(text) or not _RUN.search(text):
        return Kept(text)
    spelt = {at for flag in _FLAG.finditer(text) for at in range(*flag.span())} if "\U0001f3f4" in text else set()
    hyphens = _lone_hyphens(text) if _SOFT_HYPHEN in text else frozenset[int]()
    pieces: list[str] = []
    dropped: list[tuple[int, str]] = []
    end, last = 0, ""
    for run in _RUN.finditer(text):
        pieces.append(text[end : run.start()])
        last = text[run.start() - 1] if run.start() > end else last
        end = run.end()
        after = text[end : end + 1]
        for at in range(run.start(), end):
            character = kept = text[at]
            if _IS_LINE_END.match(character):
                dropped.append((at, character))
                kept = character if line_end is None else line_end
            elif at not in spelt and at not in hyphens:
                if _IS_DECEIVING.match(character):
                    raise InvisibleError(text, at)
                if not _has_meaning(character, last, after):
                    dropped.append((at, character))
                    continue
            pieces.append(kept)
            last = kept
    return Kept("".join([*pieces, text[end:]]), tuple(dropped))


def visible(text: str) -> str:
    """Return a text without any character that is not seen: what a search looks at."""
    return text if _is_usual(text) else _IS_UNSEEN.sub("", text)


def spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield where a pattern is found in what is seen of a text: start and end in the text as it stands."""
    return seen_spans(lambda seen: (match.span() for match in pattern.finditer(seen)), text)


def seen_spans(find: Callable[[str], Iterable[tuple[int, int]]], text: str) -> Iterator[tuple[int, int]]:
    """Yield what a search finds in what is seen of a text: start and end in the text as it stands."""
    if _is_usual(text) or not _IS_UNSEEN.search(text):
        yield from find(text)
        return
    origin = [at for at, character in enumerate(text) if not _IS_UNSEEN.match(character)]
    for start, end in find(visible(text)):
        if end > start:
            yield origin[start], origin[end - 1] + 1


def code(character: str) -> str:
    """Return the code of a character as it is told: U+200B."""
    return f"U+{ord(character):04X}"


def _is_usual(text: str) -> bool:
    """Say whether a text has nothing but letters and signs that are seen."""
    return _USUAL.fullmatch(text) is not None


def _lone_hyphens(text: str) -> frozenset[int]:
    """Return where a soft hyphen divides two letters of a word that has no other."""
    found = set()
    for word in re.finditer(r"\S+", text):
        if word[0].count(_SOFT_HYPHEN) == 1:
            at = word[0].index(_SOFT_HYPHEN)
            if _is_letter(word[0][at - 1 : at]) and _is_letter(word[0][at + 1 : at + 2]):
                found.add(word.start() + at)
    return frozenset(found)


def _is_letter(character: str) -> bool:
    is_mark = character != "" and unicodedata.category(character)[0] == "M"
    return (character.isalpha() or is_mark) and not _IS_UNSEEN.match(character)


def _has_meaning(character: str, last: str, after: str) -> bool:
    """Say whether a character that is not seen says something between what was kept before it and what follows."""
    if character in (_JOINER, _NON_JOINER):
        if last in (_JOINER, _NON_JOINER):
            return False
        shapes = bool(_JOINING.match(last) or _JOINING.match(after))
        return shapes or (character == _JOINER and bool(_EMOJI.match(last) and _EMOJI.match(after)))
    if character in _MARKS:
        return last != character
    kind = unicodedata.category(last) if last else ""
    if character in "\ufe0e\ufe0f":
        return kind[:1] == "S" or last in tuple("0123456789#*‼⁉ℹ〰")
    if "\ufe00" <= character <= "\ufe0d":
        return kind in ("Lo", "Sm", "So")
    if "\U000e0100" <= character <= "\U000e01ef":
        return kind == "Lo" and last >= "\u3400"
    return "\u180b" <= character <= "\u180f" and "\u1800" <= last <= "\u18af"


def _kind(character: str) -> str:
    if "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069":
        return "ett osynligt tecken som vänder läsriktningen"
    match unicodedata.category(character):
        case "Cc":
            return "ett styrtecken"
        case "Cs" | "Cn":
            return "som inte är något tecken"
        case _:
            return "ett osynligt tecken som kan gömma text"
