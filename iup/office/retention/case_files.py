"""What an office has of some requests and replies, in its files and its history. Removes nothing.

In: an office, and folders or files of it. Out: today's paths; and for every version there is, its sha256 and its
sentences, which are searched for after a purge to see whether anything is left. What another request or reply also
holds is left out. Opens nothing that is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.office.retention.scan import Matcher
from iup.office.retention.search_terms import SearchTerms, quoted, sentences, texts_in
from iup.site.paths import REPLIES, REQUESTS
from iup.system.git import plumbing
from iup.system.git.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_FOLDERS = (REQUESTS, REPLIES)
_RECORD = ".yaml"


@dataclass(frozen=True)
class CaseFiles:
    """The committed paths that are deleted, and the digests and sentences of all their versions."""

    paths: tuple[str, ...] = ()
    digests: tuple[str, ...] = field(default=(), repr=False)
    sentences: tuple[str, ...] = field(default=(), repr=False)


def find(office: Path, below: Sequence[str], quotes: Iterable[str]) -> CaseFiles:
    """Return what an office has at some paths; `quotes`, which lie sealed there, are looked for as well."""
    if not below:
        return CaseFiles()
    stands = {entry.path: entry.oid for entry in plumbing.entries(office, "HEAD", _FOLDERS)}
    going = {path for path in stands if _is_below(path, below)}
    left = sorted({oid for path, oid in stands.items() if path not in going})
    versions = [*_committed(office, below), *_lying(office, below)]
    with_texts = [text for path, data in versions if path.endswith(_RECORD) for text in texts_in(data)]
    needles = SearchTerms(
        sentences=tuple(sorted({*sentences(with_texts), *quoted(quotes)})),
        files=tuple(sorted({sha256(data).hexdigest() for _, data in versions if data})),
    )
    matcher, shared, twice = Matcher(needles), set[str](), set[str]()
    with Objects(office) as objects:
        for data in objects.read_all(left):
            shared |= matcher.seen(data)[1]
            twice.add(sha256(data).hexdigest())
    return CaseFiles(
        tuple(sorted(going)),
        tuple(digest for digest in needles.files if digest not in twice),
        tuple(sentence for sentence in needles.sentences if sentence not in shared),
    )


def _is_below(path: str, below: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in below)


def _committed(office: Path, below: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield every version of some files that the history of an office, its reflogs or its stash lead to."""
    revisions = ("--exclude=refs/iup/*", "--all", "--reflog", "HEAD")
    with Objects(office) as objects:
        named = objects.reachable(*revisions, below=below)
        blobs = objects.blobs(named)
        yield from zip((named[oid] for oid in blobs), objects.read_all(blobs), strict=True)


def _lying(office: Path, below: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that lie there now, committed or not."""
    for place in below:
        whole = office / place
        for path in (whole, *whole.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(office)), path.read_bytes()
