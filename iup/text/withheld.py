"""Search texts and bytes for what was withheld, whole or in part.

In: the texts that were withheld, and those that may stand in the file. Out: which of the withheld were found. Both
sides are compared in one plain form: compatible characters made equal, case folded, accents written apart, soft hyphens
and invisible characters removed. A text that may stand in the file cannot be told apart from a leak of the same words.
So the more of a withheld text is allowed, the stricter the match: the beginning of a word, then the whole word, then
not at all. Knows nothing of files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from iup.text.direction import as_read, has_right
from iup.text.encodings import bare, decodings
from iup.text.script import MARKS, UNSPACED, apart, is_unspaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A word; where words have no spaces between them, each letter; and each picture.
_WORD = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])[^\W_][{MARKS}]*)+|[\u2600-\u27bf\U0001f000-\U0001faff]")
_BROKEN = re.compile("[-\u2010\u2011\u00ad][ \t]*\r?\n[ \t]*")
_BROKEN_WORD = re.compile(rf"(\w+){_BROKEN.pattern}(\w+)")
# A part of a text tells something by itself from here on: a word of so many letters, or so many words in a row.
_TELLING = 4
_ROW = 3
# So do so many letters in a row where words have no spaces between them.
_UNSPACED_ROW = 6
# So many letters do not come about where the end of one text meets the beginning of the next, or among random bytes.
_LONG = 10
_IN_BYTES = 8


@dataclass(frozen=True)
class _Needle:
    """A withheld text or a telling part of it, in the forms it is searched for."""

    number: int
    words: str
    squeezed: str


class SearchText:
    """Texts to search in, in the same plain forms as what is searched for."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)

    @cached_property
    def words(self) -> str:
        """Every word with a space on each side; a character that no word has separates the texts."""
        return "".join(_words(text) + "\0" for form in self.texts for text in _readings(form))

    @cached_property
    def squeezed(self) -> str:
        """The words of each text, joined without anything between them."""
        readings = (text for form in self.texts for text in _readings(form, joined=False))
        return "\0".join("".join(_WORD.findall(bare(text))) for text in readings)


@dataclass(frozen=True)
class WithheldTexts:
    """What was withheld, prepared for searching, and the texts that may stand in what is searched."""

    cut: tuple[_Needle, ...]
    allowed: SearchText

    @classmethod
    def of(cls, withheld: Sequence[str], allowed: Iterable[str], *, words: bool = True) -> WithheldTexts:
        """Prepare what was withheld; without `words`, a single word of a longer text is not searched for."""
        return cls(tuple(_cut(withheld, words=words)), SearchText(allowed))

    def allowing(self, texts: Iterable[str]) -> WithheldTexts:
        """Return the same where more texts may stand in what is searched."""
        return WithheldTexts(self.cut, SearchText((*self.allowed.texts, *texts)))

    def in_texts(self, texts: Iterable[str], least: int = 1) -> frozenset[int]:
        """Return the numbers of the withheld texts that are found; parts of fewer than `least` letters do not count."""
        hay = SearchText(dict.fromkeys(map(self._joined, texts)))
        return frozenset(
            needle.number for needle in self.cut if len(needle.squeezed) >= least and self._met(needle, hay)
        )

    def _joined(self, text: str) -> str:
        """Join the words that are divided at the end of a line and may stand there: half of one is no other word."""

        def join(found: re.Match[str]) -> str:
            whole = found[1] + found[2]
            return whole + "\n" if _words(whole) in self.allowed.words else found[0]

        return _BROKEN_WORD.sub(join, text)

    def in_bytes(self, data: bytes) -> frozenset[int]:
        """Return the numbers of the long texts that are found in bytes of any kind, in any usual encoding."""
        if not self.cut:
            return frozenset()
        hay = SearchText(decodings(data))
        return frozenset(
            needle.number for needle in self.cut if len(needle.squeezed) >= _IN_BYTES and self._squeezed_in(needle, hay)
        )

    def _met(self, needle: _Needle, hay: SearchText) -> bool:
        if len(needle.squeezed) >= _LONG and self._squeezed_in(needle, hay):
            return True
        whole = needle.words + " "
        if needle.words not in self.allowed.words:
            return needle.words in hay.words
        return whole not in self.allowed.words and whole in hay.words

    def _squeezed_in(self, needle: _Needle, hay: SearchText) -> bool:
        return needle.squeezed in hay.squeezed and needle.squeezed not in self.allowed.squeezed


def stands_in(text: str, withheld: str) -> bool:
    """Say whether a withheld text stands word by word in another text, however both are wrapped."""
    words = _words(withheld)
    return bool(words.strip()) and words in _words(text)


def _cut(withheld: Sequence[str], *, words: bool) -> Iterator[_Needle]:
    """Yield each text whole, its telling words, and every few words in a row."""
    seen: set[str] = set()
    for number, text in enumerate(withheld):
        found = _WORD.findall(bare(text))
        rows = (found[at : at + _ROW] for at in range(len(found) - _ROW + 1))
        telling = ([word] for word in found if words and len(word) >= _TELLING)
        letters = (found[at : at + _UNSPACED_ROW] for at in range(len(found) - _UNSPACED_ROW + 1))
        unspaced = (row for row in letters if all(map(is_unspaced, row)))
        for part in (found, *(row for row in rows if len("".join(row)) >= _LONG), *telling, *unspaced):
            spaced = " " + " ".join(part)
            if part and spaced not in seen:
                seen.add(spaced)
                yield _Needle(number, spaced, "".join(part))


def _words(text: str) -> str:
    return " " + " ".join(_WORD.findall(bare(text))) + " "


def _readings(text: str, *, joined: bool = True) -> Iterator[str]:
    """Yield a text as it stands, with words joined that are divided at the end of a line, and read from the right."""
    yield text
    if joined and _BROKEN.search(text):
        yield _BROKEN.sub("", text)
    if has_right(text):
        lines = [tuple(as_read(line)) if has_right(line) else (line, line) for line in text.split("\n")]
        for read in (text, "\n".join(line[0] for line in lines), "\n".join(line[1] for line in lines)):
            yield read
            if joined:
                yield apart(read)
