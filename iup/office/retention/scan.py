"""Search every object of a repository, reachable or not, and every file for patterns that must be absent.

In: a directory and search terms. Out: a finding for each object and file that holds one, and how many were looked at.
Every object is inflated once, through one git process. Files below the directory are read as they are, and so are their
names. What is written in them as hex, base64 or escapes is looked into. Does not see what is compressed or encrypted
inside a file; a pack or bundle that git does not use is reported.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from iup.errors import RepositoryError
from iup.office.retention.search_terms import TermKind
from iup.system import programs
from iup.system.git import plumbing
from iup.text.encodings import LONG_BASE64, unwrapped, visible_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from iup.office.retention.search_terms import SearchTerms

_LINE_END = rb"\n"  # as JSON has it
_WITH_ANCHOR = 3  # words of which one is neither the first nor the last
_CLOSED = (b"PACK", b"# v2 git bundle", b"# v3 git bundle")


@dataclass(frozen=True)
class ScanHit:
    """Where something was found (an object's id or a path), and what."""

    where: str
    kinds: frozenset[TermKind]
    closed: bool = False


@dataclass
class Scan:
    """What was looked at and found; `findings` are by object's id or path."""

    objects: int = 0
    files: int = 0
    findings: list[ScanHit] = field(default_factory=list)


class Seeker(Protocol):
    """Anything that says which search terms some bytes hold."""

    def kinds(self, data: bytes) -> frozenset[TermKind]:
        """Return the kinds of search terms that some bytes hold."""


class Matcher:
    """Finds search terms in bytes: words and numbers as they are, sentences by a word and then in full, files whole."""

    def __init__(self, needles: SearchTerms) -> None:
        self._needles = needles
        self._words = tuple(needles.words().items())
        self._files = frozenset(needles.files)
        self._by_anchor: dict[bytes, list[tuple[int, list[bytes], str]]] = {}
        # Where words have no spaces between them, a sentence is one word, and what comes before it is written on to it.
        self._unspaced: list[tuple[bytes, str]] = []
        for pattern, sentence in needles.patterns().items():
            words = _words(pattern)
            if len(words) < _WITH_ANCHOR:
                self._unspaced.append((pattern, sentence))
                continue
            place = _anchor(words)
            self._by_anchor.setdefault(words[place], []).append((place, words, sentence))
        self._anchors = frozenset(self._by_anchor)

    def kinds(self, data: bytes) -> frozenset[TermKind]:
        """Return the kinds of search terms that some bytes hold, whatever space there is between words."""
        return self.seen(data)[0]

    def seen(self, data: bytes) -> tuple[frozenset[TermKind], frozenset[str]]:
        """Return the kinds of search terms that some bytes hold, in any writing, and which sentences."""
        found, sentences = frozenset[TermKind](), frozenset[str]()
        for way in (data, *unwrapped(data, LONG_BASE64)):
            for inside in (way, *_from_utf16(way)):
                for text in dict.fromkeys((inside, visible_bytes(inside))):
                    more = self._seen(text)
                    found, sentences = found | more[0], sentences | more[1]
        return found, sentences

    def _seen(self, data: bytes) -> tuple[frozenset[TermKind], frozenset[str]]:
        found: set[TermKind] = {TermKind.FILE} if self._files and sha256(data).hexdigest() in self._files else set()
        for word, kind in self._words:
            if word in data:
                found.update(self._stands(data, word, kind))
        words = _words(data)
        sentences = frozenset(sentence for pattern, sentence in self._unspaced if pattern in data)
        if self._anchors:
            sentences |= frozenset(self._sentences(words, self._anchors.intersection(words)))
        if sentences:
            found.add(TermKind.SENTENCE)
        return frozenset(found), sentences

    def _sentences(self, words: list[bytes], anchors: Iterable[bytes]) -> Iterator[str]:
        """Yield the sentences that some words hold; punctuation may cling to the first and the last of them."""
        for anchor in anchors:
            for at in _places(words, anchor):
                for place, own, sentence in self._by_anchor[anchor]:
                    first, last = at - place, at - place + len(own) - 1
                    same = first >= 0 and last < len(words) and words[first + 1 : last] == own[1:-1]
                    if same and words[first].endswith(own[0]) and words[last].startswith(own[-1]):
                        yield sentence

    def _stands(self, data: bytes, word: bytes, kind: TermKind) -> Iterator[TermKind]:
        start = data.find(word)
        while start >= 0:
            stands = self._needles.stands(data, start, start + len(word), kind)
            if stands:
                yield stands
            start = data.find(word, start + 1)


def _from_utf16(data: bytes) -> Iterator[bytes]:
    """Yield what may be UTF-16 as UTF-8, in either order of its bytes."""
    if data.count(b"\0") * 3 > len(data):
        yield from (data.decode(order, "ignore").encode().replace(b"\0", b"") for order in ("utf-16-le", "utf-16-be"))


def _words(data: bytes) -> list[bytes]:
    """Return the words of some bytes; between them may also stand a line end as JSON has it."""
    return data.replace(_LINE_END, b" ").split()


def _places(words: list[bytes], word: bytes) -> Iterator[int]:
    at = -1
    with suppress(ValueError):
        while True:
            at = words.index(word, at + 1)
            yield at


def _anchor(words: list[bytes]) -> int:
    """Return the place of the word by which a sentence is looked for: the longest inside, of plain letters first."""
    return max(range(1, len(words) - 1), key=lambda place: (words[place].isalnum(), len(words[place])))


def objects(directory: Path, matcher: Seeker, scan: Scan, progress: Callable[[int, int], None]) -> None:
    """Look through every object of a repository."""
    for oid, data in every_object(directory):
        scan.objects += 1
        if not scan.objects % 1000:
            progress(scan.objects, 0)
        kinds = matcher.kinds(data)
        if kinds:
            scan.findings.append(ScanHit(oid, kinds))


def every_object(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every object that a repository has, reachable or not, with its id."""
    arguments = [*plumbing.options(directory), "cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"]
    talk = programs.RunningProgram("git", arguments, cwd=directory, env=plumbing.ENVIRONMENT)
    try:
        while header := talk.line():
            oid, _, size = header.partition(b" ")
            length = int(size.rpartition(b" ")[2])
            data = talk.read(length)
            if len(data) != length:
                break
            yield oid.decode(), data
    finally:
        ended = talk.close()
    if ended:
        raise RepositoryError(f"git kan inte läsa alla objekt i {directory}; kör git fsck")


def files(root: Path, matcher: Seeker, scan: Scan, but: Iterable[Path] = ()) -> None:
    """Look through every file below a directory and every name; `but` are directories that are left out."""
    left_out = {path.resolve() for path in but}
    above = len(os.path.join(root, ""))  # noqa: PTH118  as `os.walk` joins them
    for folder, names, found in os.walk(root):
        names[:] = [name for name in names if Path(folder, name).resolve() not in left_out]
        links = (name for name in names if Path(folder, name).is_symlink())
        for path in (os.path.join(folder, name) for name in (*found, *links)):  # noqa: PTH118  half the time of a Path
            scan.files += 1
            data = _data(path)
            kinds = matcher.kinds(os.fsencode(path[above:])) | matcher.kinds(data)
            closed = data.startswith(_CLOSED)
            if kinds or closed:
                scan.findings.append(ScanHit(path, kinds, closed))
        for name in names:
            kinds = matcher.kinds(os.fsencode(name))
            if kinds:
                scan.findings.append(ScanHit(str(Path(folder) / name), kinds))


def _data(path: str) -> bytes:
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return os.fsencode(os.readlink(path))  # noqa: PTH115  as above
        if not stat.S_ISREG(mode):
            return b""
        with open(path, "rb") as stream:  # noqa: PTH123  as above
            return stream.read()
    except OSError as error:
        raise RepositoryError(f"{path} går inte att läsa: {error.strerror}") from None
