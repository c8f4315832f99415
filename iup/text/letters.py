"""Which characters the shipped fonts draw, and which family draws which.

In: a text. Out: the families that it needs beside the usual one, the characters that no family has, and the text with
those written out. A list beside this module says what each family adds to those before it; `templates/fonts/` makes it
with the fonts. Characters that nobody sees (joiners, marks of direction, kinds of space) need no font.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from iup.text.invisible import code

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIST = Path(__file__).with_name("letters.txt")
# Controls and formats, kinds of space and line ends: shown by nothing of their own. Marks that choose a variant.
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_CHOOSING = frozenset(map(chr, (0x34F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


@cache
def families() -> tuple[tuple[str, frozenset[str]], ...]:
    """Return each family and the characters that it adds to those before it; the first is the usual one."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    rows = (line.partition(": ") for line in lines if not line.startswith("#"))
    return tuple((name, frozenset(_characters(ranges))) for name, _, ranges in rows)


@cache
def _beyond() -> re.Pattern[str]:
    """Return what finds a character that the usual family lacks; line ends and tabs need none."""
    return re.compile(f"[^{re.escape(''.join(sorted(families()[0][1])))}\n\t]")


def families_for(text: str) -> tuple[str, ...]:
    """Return the families that a text needs beside the usual one, in their order."""
    if not _beyond().search(text):
        return ()
    (_, usual), *more = families()
    rest = {character for character in set(text) - usual if unicodedata.category(character) not in _UNSEEN}
    return tuple(name for name, characters in more if not characters.isdisjoint(rest))


def undrawable(text: str) -> tuple[str, ...]:
    """Return the characters of a text that no family has, each once and in their order there."""
    if not _beyond().search(text):
        return ()
    lacking = set(text) - families()[0][1]
    for _, characters in families()[1:]:
        lacking -= characters
    lacking = {character for character in lacking if not _is_unseen(character)}
    return tuple(character for character in dict.fromkeys(text) if character in lacking) if lacking else ()


def drawable(text: str) -> str:
    """Return a text with each row of characters that no family has as their codes, in brackets: `[U+4E2D U+6587]`."""
    lacking = undrawable(text)
    if not lacking:
        return text
    row = re.compile(f"[{re.escape(''.join(lacking))}]+")
    return row.sub(lambda found: f"[{' '.join(map(code, found[0]))}]", text)


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or character in _CHOOSING


def _characters(ranges: str) -> Iterable[str]:
    for one in ranges.split():
        first, _, last = one.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))
