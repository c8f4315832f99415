"""How somebody may be named in running text: the words of a name, its genitive, short forms, and how it is looked for.

In: a name, a text or bytes. Out: words, their base forms, and patterns that find a name. What counts as naming somebody
(a capital letter or none, whose names, how near) is the caller's to say; a list of Swedish names is not kept here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from iup.text import broken, script
from iup.text.encodings import composed, folded, folded_markup
from iup.text.invisible import UNSEEN, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# A word of letters, also where something that is not seen divides it; and one that digits belong to.
WORD = re.compile(script.WORD)
_WORD_OR_NUMBER = re.compile(script.WORD_OR_NUMBER)
# What may stand between the words of one name.
_GLUE = re.compile(rf"[\s{UNSEEN}’'-]*")
SHORTEST = 4  # a short form has as many letters
# Names that are words too: in small letters they are the word.
ALSO_WORDS = frozenset(
    {"alm", "are", "berg", "björk", "björn", "blom", "bo", "dag", "ek", "eke", "falk", "gran", "hall", "hjort", "holm"}
    | {"juni", "kvist", "lilja", "lind", "liv", "lo", "lund", "mark", "max", "my", "nord", "ros", "saga", "sjö", "skog"}
    | {"sol", "sten", "stig", "storm", "ström", "ung", "vide", "vik", "ängen", "öst"}
)
# Words that begin sentences in every plan and happen to be the beginning of names.
NO_SHORT_FORMS = frozenset({"alla", "elev", "hans", "henne", "hemma", "just", "mina", "mari", "sara", "varje", "vill"})

# A letter or a digit; of what is no ASCII, Latin letters and combining marks in UTF-8. A quotation mark is none.
_LETTER = re.compile(rb"[0-9A-Za-z]|[\xc3-\xcd][\x80-\xbf]")
_LETTER_BEFORE = re.compile(rb"(?:[0-9A-Za-z]|[\xc3-\xcd][\x80-\xbf])$(?!\n)")
_GAP = r"(?:<[^>]*>|[\W_])*"
_LABEL = r"(?:förnamn|efternamn|given|family)"
# Where one text of a list ends and the next begins, as JSON and YAML have it; what stands between words of one text.
_NEXT = r"[\"']\s*,\s*[\"']"
_WITHIN = rf"(?:<[^>]*>|(?!{_NEXT}|\n\s*-\s)[\W_])*"


def base_forms(word: str) -> tuple[str, ...]:
    """Return a word as it stands and, where it may be a genitive or begin with an "and", without that."""
    if word.endswith(("s", "S")):
        return word, word[:-1]
    return (word, word[1:]) if script.has_more_before(word) else (word,)


def words_in(text: str, least: int = 1) -> frozenset[str]:
    """Return the words of a text with so many letters, and their base forms with as many."""
    found = (match[0] for match in WORD.finditer(text) if len(match[0]) >= least)
    return frozenset(form for word in found for form in base_forms(word) if len(form) >= least)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, folded, as they stand in it."""
    return tuple(folded(match[0]) for match in WORD.finditer(name))


def standalone_words(name: str) -> tuple[str, ...]:
    """Return the words of a name, folded, that may stand alone; what is written small in it, like von, may not."""
    return tuple(folded(m[0]) for m in WORD.finditer(name) if m[0][0] == m[0][0].title() and len(m[0]) > 1)


def words_and_names(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where each word of a text begins and ends, and the word with its broken letters mended.

    Where words have no spaces between them, yield the folded `names` that stand there.
    """
    whole = broken.mended(text)
    if whole == text:
        yield from _words_and_names(text, names)
        return
    places = broken.places(text)
    for start, end, word in _words_and_names(whole, names):
        yield places[start], places[end], word


def _words_and_names(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    unspaced = [name for name in names if script.is_unspaced(name)] if script.is_unspaced(text) else []
    for match in WORD.finditer(text):
        if not script.is_unspaced(match[0]):
            yield *match.span(), match[0]
            continue
        for name in unspaced:
            for found in re.finditer(re.escape(name), match[0]):
                yield match.start() + found.start(), match.start() + found.end(), name


def short_forms(word: str) -> tuple[str, ...]:
    """Return the beginnings of a word that somebody may be called by."""
    return tuple(word[:length] for length in range(SHORTEST, len(word)))


def parts(name: str, least: int = 1) -> tuple[str, ...]:
    """Return the parts of a name, digits too, folded, that have so many letters."""
    return tuple(word for part in _WORD_OR_NUMBER.findall(composed(name)) if len(word := part.casefold()) >= least)


def cases(name: str) -> frozenset[str]:
    """Return a name as it stands, in capitals and in small letters."""
    return frozenset({name, name.upper(), name.lower(), name.casefold()} if name else ())


def phrase(text: str, *, starred: bool = False) -> re.Pattern[str]:
    """Return what finds some words, whatever their case and the white space between, also in the genitive.

    Where it is `starred`, a * in it stands for the rest of a word.
    """
    words = r"\s+".join(re.escape(word) for word in visible(text).split())
    words = words.replace(r"\*", r"\w*") if starred else words
    return re.compile(rf"{script.start(text.strip())}{words}(?:s)?{script.end(text.strip())}", re.IGNORECASE)


def whole_name(name: str) -> re.Pattern[str]:
    """Return what finds a name in a composed text, whatever its case and what stands between its parts."""
    words = _WORD_OR_NUMBER.findall(composed(name))
    found = _GLUE.pattern.join(map(re.escape, words))
    return re.compile(rf"{script.start(''.join(words))}{found}(?:[’']?s)?{script.end(''.join(words))}", re.IGNORECASE)


@cache
def full_name(given: str, family: str) -> re.Pattern[str]:
    """Return what finds a full name in a folded text, in either order.

    Between its two parts may stand what is no word, tags, and the words that files have there, and one name more on the
    same line. Not anything: in a list of a class two people who share a name each with the pupil stand side by side. So
    where a list goes on between them, each part must be all of its item, as in the columns of a table.
    """
    words = (_WORD_OR_NUMBER.findall(folded_markup(name)) for name in (given, family))
    first, last = (r"[\W_]+".join(map(re.escape, some)) for some in words)
    if not first or not last:
        return re.compile(r"(?!)")
    between = rf"(?:{_GAP}{_LABEL})+{_GAP}|{_WITHIN}"
    columns = (rf"(?<=[\"']){one}{_NEXT}{other}(?=[\"'])" for one, other in ((first, last), (last, first)))
    orders = (rf"{first}(?:{between}|[^\S\n]+\w+[^\S\n]+){last}s?", rf"{last}(?:{between}){first}s?", *columns)
    names = folded_markup(given + family)
    return re.compile("|".join(rf"{script.start(names)}{order}{script.end(names)}" for order in orders))


def inside_word(data: bytes, start: int, end: int) -> bool:
    """Say whether a stretch of bytes is a part of a longer word."""
    return bool(_LETTER_BEFORE.search(data, max(start - 2, 0), start) or _LETTER.match(data, end))


@dataclass(frozen=True)
class Phrases:
    """Names as parts, ready to look for in composed texts; of those that begin with the same word the first counts."""

    by_first: dict[str, tuple[tuple[str, ...], ...]]

    @classmethod
    def of(cls, phrases: Iterable[tuple[str, ...]]) -> Phrases:
        """Sort names, each as its parts, by the first of them."""
        by_first: dict[str, list[tuple[str, ...]]] = {}
        for one in phrases:
            by_first.setdefault(one[0], []).append(one)
        return cls({first: tuple(some) for first, some in by_first.items()})

    def spans(self, text: str, counts: Callable[[tuple[str, ...], str], bool]) -> Iterator[tuple[int, int]]:
        """Yield where a name stands. `counts` is asked of a name's parts and the first word as it is written."""
        words = list(_WORD_OR_NUMBER.finditer(text))
        number = 0
        while number < len(words):
            length = self._length(text, words, number, counts)
            if length:
                yield words[number].start(), words[number + length - 1].end()
            number += length or 1

    def _length(
        self, text: str, words: list[re.Match[str]], number: int, counts: Callable[[tuple[str, ...], str], bool]
    ) -> int:
        """Return of how many words from here one name is; 0 for no name."""
        first = words[number][0]
        for key in base_forms(first.casefold()):
            for one in self.by_first.get(key, ()):
                some = words[number : number + len(one)]
                if len(some) == len(one) and _is_name(text, some, one) and counts(one, first):
                    return len(one)
        return 0


def _is_name(text: str, some: list[re.Match[str]], one: tuple[str, ...]) -> bool:
    glued = all(_GLUE.fullmatch(text[a.end() : b.start()]) for a, b in pairwise(some))
    before = all(word[0].casefold() == part for word, part in zip(some[:-1], one[:-1], strict=True))
    return glued and before and one[-1] in base_forms(some[-1][0].casefold())
