"""Byte patterns that must be absent after a purge, collected before anything is removed.

In: names, numbers, ids, contact data, texts and whole files. Out: byte patterns, each with its kind. A text is cut into
sentences. Those of fewer than four words or twenty characters identify nobody and are left out. What a masking quotes
is looked for whole, from three words and twelve characters, since a person has said that it is secret. Where words have
no spaces between them, twelve characters and eight are enough: a sign of Chinese says as much as a word. Each text is
looked for composed and decomposed, escaped as HTML and as JSON, in UTF-8, Latin-1 and UTF-16, and with or without
the characters that are not seen.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iup.site import strict_yaml
from iup.text import script
from iup.text.encodings import folded_markup, forms
from iup.text.identifiers import personnummer_forms, plain_sign
from iup.text.invisible import visible
from iup.text.names import WORD, cases, full_name, inside_word
from iup.text.one_name import OneName, is_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SENTENCE, _QUOTE = (4, 20, 12), (3, 12, 8)  # words, characters, and characters without spaces between words
# A full stop also in Arabic and Urdu, Ethiopic, Armenian and Devanagari; in Chinese and Japanese with no space after.
_END = re.compile(r"(?<=[.!?؟۔።፧։।॥])\s+|(?<=[。！？])|\n\s*\n|\n(?=\s*-\s)")
_WINDOW = 60
_WIDE_WINDOW = 200  # in bytes, and some of it may be tags


class TermKind(StrEnum):
    """What kind of thing a search term is."""

    ID = "id"
    NUMBER = "personnummer"
    NAME = "namn"
    SENTENCE = "mening"
    FAMILY = "efternamn"
    CONTACT = "kontaktuppgift"
    FILE = "fil"


@dataclass(frozen=True)
class SoughtPerson:
    """A person to look for. A guardian's name alone does not count: it may stand with another pupil.

    Nor does the only name of a pupil, but beside one of the `classes`.
    """

    id: str
    given: str
    family: str
    number: str = ""
    pupil: bool = True
    classes: tuple[str, ...] = ()

    @property
    def one_name(self) -> OneName | None:
        """The name of a pupil who has one only, and beside what it counts; None for anybody else."""
        is_so = self.pupil and self.given and is_one(self.family)
        return OneName(self.given, self.id, self.number, self.classes) if is_so else None


@dataclass(frozen=True)
class SearchTerms:
    """What to look for: people, sentences of pupils and of case files, contact data, and files by their sha256."""

    people: tuple[SoughtPerson, ...] = ()
    sentences: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def patterns(self) -> dict[bytes, str]:
        """Return the byte forms of each sentence, with one space between words, and the sentence."""
        return {form: sentence for sentence in self.sentences for form in _forms(sentence)}

    def words(self) -> dict[bytes, TermKind]:
        """Return ids, numbers, contact data and names as bytes: the family name, or the first word of an only one.

        Around these a full name is looked for, or a class.
        """
        found: dict[bytes, TermKind] = {}
        for contact in self.contacts:
            found |= dict.fromkeys((form for text in cases(contact) for form in _forms(text)), TermKind.CONTACT)
        for person in self.people:
            one = WORD.search(person.given) if person.one_name else None
            name = one[0] if one else person.family
            found |= dict.fromkeys((form for case in cases(name) for form in _forms(case)), TermKind.FAMILY)
            found |= dict.fromkeys(
                (number[:6].encode() for number in personnummer_forms(person.number)), TermKind.NUMBER
            )
            found[person.id.encode()] = TermKind.ID
        return found

    def stands(self, data: bytes, start: int, end: int, kind: TermKind) -> TermKind | None:
        """Say what a pattern is in the place where it was found; None for a part of another word."""
        if kind is TermKind.NUMBER:
            near = plain_sign(data[start : end + 7].decode("utf-8", "ignore"))
            return kind if any(near.startswith(n) for p in self.people for n in personnummer_forms(p.number)) else None
        genitive = kind is TermKind.FAMILY and data[end : end + 1] in b"sS"
        if inside_word(data, start, end + 1 if genitive else end):
            return None
        return TermKind.NAME if kind is TermKind.FAMILY and self._is_named(data, start, end) else kind

    def _is_named(self, data: bytes, start: int, end: int) -> bool:
        """Say whether a part of a pupil's name, found in a place, is all of it there, or is a pupil's only one."""
        near = folded_markup(_around(data, start, end, _WINDOW))
        if any(p.pupil and full_name(p.given, p.family).search(near) for p in self.people):
            return True
        wide = _around(data, start, end, _WIDE_WINDOW) if self._one_names else ""
        return any(one.stands_in_file(wide) for one in self._one_names)

    @cached_property
    def _one_names(self) -> tuple[OneName, ...]:
        return tuple(one for person in self.people if (one := person.one_name) is not None)

    def plain(self) -> bytes:
        """Return the search terms as bytes to be sealed."""
        return json.dumps(asdict(self)).encode()


def from_plain(data: bytes) -> SearchTerms:
    """Read what `SearchTerms.plain` wrote."""
    values = json.loads(data)
    people = tuple(SoughtPerson(**{**p, "classes": tuple(p.get("classes", ()))}) for p in values.pop("people"))
    return SearchTerms(people, **{name: tuple(rows) for name, rows in values.items()})


def sentences(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the sentences of some texts that are long enough to identify somebody."""
    pieces = {" ".join(sentence.split()) for text in texts for sentence in _END.split(text)}
    return tuple(sorted(piece for piece in pieces if _tells(piece, *_SENTENCE)))


def quoted(texts: Iterable[str]) -> tuple[str, ...]:
    """Return quotes, each whole, that are long enough to be looked for."""
    pieces = {" ".join(text.split()) for text in texts}
    return tuple(sorted(piece for piece in pieces if _tells(piece, *_QUOTE)))


def _tells(text: str, words: int, characters: int, unspaced: int) -> bool:
    """Say whether a text is long enough to identify somebody."""
    if script.is_unspaced(text):
        return len(text) >= unspaced
    return len(text) >= characters and len(text.split()) >= words


def texts_in(data: bytes) -> Iterator[str]:
    """Yield every text in a YAML file; nothing where it cannot be read."""
    try:
        yield from _strings(strict_yaml.parse(data))
    except strict_yaml.StrictYamlError:
        yield from data.decode("utf-8", "replace").splitlines()


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401  YAML is any shape
    if isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _forms(text: str) -> frozenset[bytes]:
    """Return a text as bytes, also without what is not seen in it: so it stands in what is searched without that."""
    return forms(text) | forms(visible(text))


def _around(data: bytes, start: int, end: int, window: int) -> str:
    """Return the text around a place."""
    return data[max(start - window, 0) : end + window].decode("utf-8", "ignore")
