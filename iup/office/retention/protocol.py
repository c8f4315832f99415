"""The protocol of a purge: what was destroyed, by whose decision and how it was proved, without naming it again.

    OFFICE/protocols/<n>.yaml    a purge: when, by whom, which opaque ids and numbers, how many of each kind, the rules
                                 and the decision, the result of the scan
    OFFICE/protocols/<n>.marks   keyed hashes of what must not be found, for `retain verify` on clones and backups

The hashes are HMACs under a key of the office's vault, cut to eight bytes. Each is of an id, a personnummer, a full
name (an only one with a class), contact data, a whole file, or the first six words of a sentence. Without the office
nobody can test a guess against them, and with it only a guess.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.errors import UsageError
from iup.office.retention.search_terms import TermKind
from iup.site import strict_yaml
from iup.site.paths import PROTOCOLS
from iup.system import files
from iup.system.git import own_repository
from iup.text import digits
from iup.text.encodings import folded_markup
from iup.text.identifiers import TEN_DIGITS, personnummer_forms
from iup.text.one_name import is_telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from iup.office.retention.search_terms import SearchTerms, SoughtPerson

WORDS = 6
_MARK = 16
_WORD = re.compile(r"\w+")
# What stands between a name and a class in a row of words.
_CLASS_WORDS = (["klass"], ["i", "klass"], ["åk"], ["i", "åk"])


def next_number(office: Path) -> int:
    """Return the number of the next protocol."""
    found = (office / PROTOCOLS).glob("*.yaml")
    return max((digits.number(path.stem) or 0 for path in found), default=0) + 1


def write(office: Path, number: int, values: Mapping[str, object], marks: bytes) -> None:
    """Write a protocol and its marks, and commit them."""
    folder = files.private_directory(office / PROTOCOLS)
    files.write_whole(folder / f"{number}.marks", marks)
    files.write_whole(folder / f"{number}.yaml", strict_yaml.written(values))
    own_repository.commit_folder(office, PROTOCOLS, f"protokoll {number}")


def marks(needles: SearchTerms, key: bytes) -> bytes:
    """Return the keyed hashes of some search terms, a line each: how many words, the hash of the first, that of all."""
    rows = set()
    for person in needles.people:
        rows.add(_row(TermKind.ID, [person.id], key))
        rows |= {_row(TermKind.NUMBER, [number], key) for number in personnummer_forms(person.number)[:1]}
        rows |= {_row(TermKind.NAME, words, key) for words in _named(person)}
    rows |= {_row(TermKind.FILE, [digest], key) for digest in needles.files}
    rows |= {_row(TermKind.CONTACT, words, key) for text in needles.contacts if (words := _words(text))}
    for sentence in needles.sentences:
        words = _words(sentence)
        if len(words) >= WORDS:
            rows.add(_row(TermKind.SENTENCE, words[:WORDS], key))
    return "".join(f"{row}\n" for row in sorted(rows)).encode()


def _named(person: SoughtPerson) -> Iterator[list[str]]:
    """Yield the words in a row by which a pupil is named; an only name with a class before or behind it."""
    name = _words(f"{person.given} {person.family}")
    one = person.one_name
    if one is not None:
        for group in person.classes:
            known = _words(group)
            told = [[], ["i"]] if is_telling(group) else []
            yield from ([*name, *between, *known] for between in [*told, *_CLASS_WORDS])
            yield from ([*before, *known, *name] for before in [*told[:1], ["klass"]])
    elif person.pupil and len(name) > 1:
        yield name
        yield [*name[-1:], *name[:-1]]


def _words(text: str) -> list[str]:
    return _WORD.findall(folded_markup(text))


def _row(kind: TermKind, words: list[str], key: bytes) -> str:
    return f"{kind.name} {len(words)} {_hash(key, 'först', words[:1])} {_hash(key, kind, words)}"


def _hash(key: bytes, purpose: str, words: list[str]) -> str:
    return hmac.digest(key, "\0".join((purpose, *words)).encode(), sha256).hex()[:_MARK]


@dataclass
class Marks:
    """The marks of some protocols: says whether a text holds what one of them was made of."""

    key: bytes = field(repr=False)
    _by_first: dict[str, set[tuple[TermKind, int, str]]] = field(default_factory=dict)
    _first: dict[str, str] = field(default_factory=dict)

    def add(self, data: bytes) -> None:
        """Add the marks of a protocol."""
        for line in data.decode().splitlines():
            kind, count, first, whole = line.split(" ")
            self._by_first.setdefault(first, set()).add((TermKind[kind], int(count), whole))

    def kinds(self, data: bytes) -> frozenset[TermKind]:
        """Return the kinds of search terms that some bytes hold."""
        order = "utf-16" if data.count(b"\0") * 3 > len(data) else "utf-8"
        words = _words(data.decode(order, "replace"))
        found = set()
        for at, word in enumerate(words):
            if word not in self._first:
                self._first[word] = _hash(self.key, "först", [word])
            for kind, count, whole in self._by_first.get(self._first[word], ()):
                if _hash(self.key, kind, words[at : at + count]) == whole:
                    found.add(kind)
        for day, last in TEN_DIGITS.findall(data):
            number = (day + last).decode()
            if self._holds(TermKind.NUMBER, number):
                found.add(TermKind.NUMBER)
        if self._holds(TermKind.FILE, sha256(data).hexdigest()):
            found.add(TermKind.FILE)
        return frozenset(found)

    def _holds(self, kind: TermKind, word: str) -> bool:
        """Say whether one word by itself is a mark of a kind."""
        return any(kind is known for known, _, _ in self._by_first.get(_hash(self.key, "först", [word]), ()))


def read_marks(office: Path, key: bytes, number: int | None) -> Marks:
    """Return the marks of one protocol, or of all."""
    folder = office / PROTOCOLS
    paths = sorted(folder.glob("*.marks")) if number is None else [folder / f"{number}.marks"]
    if not paths or not all(path.is_file() for path in paths):
        raise UsageError("det finns inget sådant protokoll att pröva mot", "protokollen ligger i kontorets protocols/")
    made = Marks(key)
    for path in paths:
        made.add(path.read_bytes())
    return made
