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
from typing import TYPE_CHECKING, Any

from iup.site import strict_yaml
from iup.text import script
from iup.text.encodings import folded_markup, forms
from iup.text.identifiers import personnummer_forms, plain_sign
from iup.text.invisible import visible
from iup.text.names import cases, full_name, inside_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SENTENCE, _QUOTE = (4, 20, 12), (3, 12, 8)  # words, characters, and characters without spaces between words
# A full stop also in Arabic and Urdu, Ethiopic, Armenian and Devanagari; in Chinese and Japanese with no space after.
_END = re.compile(r"(?<=[.!?؟۔።፧։।॥])\s+|(?<=[。！？])|\n\s*\n|\n(?=\s*-\s)")
_WINDOW = 60


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
    """A person to look for. A guardian's name alone does not count: it may stand with another pupil."""

    id: str
    given: str
    family: str
    number: str = ""
    pupil: bool = True


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
        """Return ids, numbers, contact data and family names as bytes; around these a full name is looked for."""
        found: dict[bytes, TermKind] = {}
        for contact in self.contacts:
            found |= dict.fromkeys((form for text in cases(contact) for form in _forms(text)), TermKind.CONTACT)
        for person in self.people:
            found |= dict.fromkeys((form for name in cases(person.family) for form in _forms(name)), TermKind.FAMILY)
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
        if kind is TermKind.FAMILY:
            near = _around(data, start, end)
            if any(p.pupil and full_name(p.given, p.family).search(near) for p in self.people):
                return TermKind.NAME
        return kind

    def plain(self) -> bytes:
        """Return the search terms as bytes to be sealed."""
        return json.dumps(asdict(self)).encode()


def from_plain(data: bytes) -> SearchTerms:
    """Read what `SearchTerms.plain` wrote."""
    values = json.loads(data)
    people = tuple(SoughtPerson(**person) for person in values.pop("people"))
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


def _around(data: bytes, start: int, end: int) -> str:
    """Return the text around a place."""
    return folded_markup(data[max(start - _WINDOW, 0) : end + _WINDOW].decode("utf-8", "ignore"))
