"""Whether a text means somebody who has one name only: where the name counts, and where it may be anybody's.

In: the name, and what says whose it is: the id, the personnummer, the classes. Out: where in a text the name counts.
A name that is one and no more is many people's, and often a word. To find it everywhere would be to find every Ali, and
not to look for it would be to find none. So it counts where one of the three stands beside it: in the same paragraph,
in either order, no more than `NEAR` characters away. It does not count as a part of a longer name (`Ali H`,
`Ali Hassan`), nor in small letters where it is a word as well (sol). A class that is called by one letter or a number
counts with what says that it is a class: `klass 3`, `åk 3`, or as the line `barn:` has it, `Ali, 3`.

One rule for what is masked, extracted, purged and pushed. Who knows by more than the text whom it is about (the file is
the pupil's own, the commit changes it) says so and need not ask.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from iup.text import invisible, script
from iup.text.encodings import composed, folded
from iup.text.identifiers import personnummer_forms, plain_sign
from iup.text.names import ALSO_WORDS, WORD, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

NEAR = 60
_LONGEST = 60  # of what may stand beside a name
_PARAGRAPH = re.compile(r"\n\s*\n")
_INLINE = re.compile(r"</?(?:a|b|bdi|em|i|mark|small|span|strong|u)\b[^>]*>")
# What stands between two values: a tag, the end of a text in JSON, a key or the next of a list in YAML.
_VALUES = re.compile(r"<[^>]*>|\"\s*[:,\]}]|^\s*(?:-\s+)*(?:[^\W\d][\w-]*:(?=\s|$)|-\s)", re.MULTILINE)
_WORD = re.compile(script.WORD_OR_NUMBER)
_GLUE = r"[\s’'-]*"
_SAME_LINE = re.compile(r"[ \t\u00a0]+|-")
_LETTER_FROM = re.compile(r"[^\W\d_]")
_DIGIT_MEETS_LETTER = re.compile(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)")
_CLASS = r"(?:klass(?:en)?|årskurs|åk\.?)\s*"


def is_one(family: str) -> bool:
    """Say whether somebody has one name only: nothing stands for the other, or nothing with a letter in it."""
    return not parts(family)


@dataclass(frozen=True)
class OneName:
    """Somebody's one name, and what stands beside it where they are meant. What is empty is not known."""

    name: str
    id: str = ""
    number: str = ""
    classes: tuple[str, ...] = ()

    def spans(self, text: str, *, any_case: bool = False) -> Iterator[tuple[int, int]]:
        """Yield where the name counts: start and end in the text as it stands; also as a word where `any_case`."""
        yield from invisible.seen_spans(
            lambda seen: self._spans(plain_sign(seen).replace("_", " "), any_case=any_case), text
        )

    def stands_in(self, text: str, *, any_case: bool = False) -> bool:
        """Say whether the name counts anywhere in a text."""
        return next(self.spans(text, any_case=any_case), None) is not None

    def stands_in_file(self, text: str) -> bool:
        """Say whether the name counts in a piece of a file, which may be HTML, JSON or YAML.

        One value and the next are no paragraph: above a text may stand that its writer is mentor of the class.
        """
        apart = _VALUES.sub("\n\n", _INLINE.sub("", text).replace("\\n", "\n"))
        return self.stands_in(html.unescape(apart))

    def _spans(self, text: str, *, any_case: bool) -> Iterator[tuple[int, int]]:
        for found in self._name.finditer(text) if parts(self.name) else ():
            start, end = found.span()
            is_word = found[0][0].islower() and folded(self.name) in ALSO_WORDS
            is_name = any_case or not (is_word or self._is_longer(text, start, end))
            if is_name and self._has_beside(text, start, end):
                yield start, end

    def _has_beside(self, text: str, start: int, end: int) -> bool:
        if self._listed is not None and self._listed.match(text, end):
            return True
        if self._beside is None:
            return False
        before = self._beside.finditer(text, max(start - NEAR - _LONGEST, 0), start)
        after = self._beside.finditer(text, end, end + NEAR + _LONGEST)
        gaps = [*(text[one.end() : start] for one in before), *(text[end : one.start()] for one in after)]
        return any(len(gap) <= NEAR and not _PARAGRAPH.search(gap) for gap in gaps)

    def _is_longer(self, text: str, start: int, end: int) -> bool:
        """Say whether another name clings to this one. In a text of capitals alone that cannot be told."""
        if start > 1 and text[start - 1] == "-" and _LETTER_FROM.match(text[start - 2]):
            return True
        gap = _SAME_LINE.match(text, end)
        word = WORD.match(text, gap.end()) if gap else None
        if word is None or (self._beside is not None and self._beside.match(text, word.start())):
            return False
        whole = text[start:end]
        shouted = len(whole) > 1 and whole.isupper()
        return word[0][0].isupper() and not shouted and (len(word[0]) == 1 or not word[0].isupper())

    @cached_property
    def _name(self) -> re.Pattern[str]:
        words = _WORD.findall(composed(self.name))
        found, whole = _GLUE.join(map(_any_form, words)), "".join(words)
        return re.compile(rf"{script.start(whole)}{found}(?:[’']?s)?{script.end(whole)}", re.IGNORECASE)

    @cached_property
    def _beside(self) -> re.Pattern[str] | None:
        """What finds an id, a personnummer or a class."""
        ways = [rf"(?<!\w){re.escape(self.id)}(?!\w)"] if self.id else []
        ways += [rf"(?<!\d)(?:19|20)?{re.escape(number)}(?!\d)" for number in personnummer_forms(self.number)]
        ways += [rf"(?<!\w){'' if is_telling(name) else _CLASS}{_of_class(name)}s?(?!\w)" for name in self.classes]
        return re.compile("|".join(ways), re.IGNORECASE) if ways else None

    @cached_property
    def _listed(self) -> re.Pattern[str] | None:
        """What stands behind the name in the line `barn:` where the class is a number or a letter."""
        short = [_of_class(name) for name in self.classes if not is_telling(name)]
        return re.compile(rf",\s*(?:{'|'.join(short)})(?!\w)", re.IGNORECASE) if short else None


def is_telling(group: str) -> bool:
    """Say whether the name of a class is more than a number or a letter, which stand everywhere."""
    words = "".join(parts(group))
    return len(words) > 1 and not words.isdigit()


def _of_class(group: str) -> str:
    """Return a pattern of a class's name: also `2 B` for `2B`."""
    pieces = (piece for word in parts(group) for piece in _DIGIT_MEETS_LETTER.split(word))
    return r"[\s-]*".join(map(_any_form, pieces))


def _any_form(word: str) -> str:
    """Return a pattern of a word, however its case is made, its letters and their marks one character or several."""
    some = (word, word.upper(), word.casefold())
    found = dict.fromkeys(form for one in some for form in (one, unicodedata.normalize("NFD", one)))
    return f"(?:{'|'.join(map(re.escape, found))})"
