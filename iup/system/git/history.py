"""Commits as they were written, what each changed, and how two are related. Reads git, judges nothing.

In: a repository. Out: `Commit` values parsed from the objects themselves (git's own formats hide a second author line
or a signature), and the paths that differ between two of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import RepositoryError
from iup.system.git import plumbing
from iup.system.git.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from iup.system.git.objects import Objects

EMPTY = re.compile(r"0{40}(0{24})?")  # how git writes "no such object" in hooks
_PERSON = re.compile(rb"(?P<name>[^<>]*)<(?P<email>[^<>]*)> (?P<time>[0-9]{1,18}) [-+][0-9]{4}")
_TRAILER = re.compile(r"(?P<name>[A-Za-zÅÄÖåäö]+(?:-[A-Za-zÅÄÖåäö]+)+): *(?P<value>\S.*)")


@dataclass(frozen=True)
class PersonLine:
    """A person line of a commit."""

    name: str
    email: str
    time: int


@dataclass(frozen=True)
class Commit:
    """A commit: its parents, who is said to have written and committed it, the message, and the signature if any."""

    oid: str
    parents: tuple[str, ...]
    author: PersonLine | None
    committer: PersonLine | None
    message: str
    signature: bytes
    payload: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @property
    def trailers(self) -> dict[str, str]:
        """Return the lines `Name-Name: value` of the message's last paragraph; a name given twice counts as empty."""
        found: dict[str, str] = {}
        for line in self.message.rstrip().rsplit("\n\n", 1)[-1].splitlines():
            if match := _TRAILER.fullmatch(line.strip()):
                found[match["name"]] = "" if match["name"] in found else match["value"].strip()
        return found

    def line_of(self, start: str) -> int:
        """Return the line, from 1, on which something stands in `git cat-file -p`; the message's first without it."""
        lines = self.payload.decode("utf-8", "replace").split("\n")
        return next((n for n, line in enumerate(lines, 1) if line.startswith(start)), lines.index("") + 2)


@dataclass(frozen=True)
class Difference:
    """A path that differs: its blobs before and after (None: not there), and what it is if it is no plain file."""

    path: str
    old: str | None
    new: str | None
    oddity: str = ""


def parse(oid: str, data: bytes) -> Commit:
    """Return a commit from its object; whatever is not as git writes it is returned empty, never guessed."""
    head, _, message = data.partition(b"\n\n")
    fields: list[tuple[bytes, bytes]] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and fields:
            name, value = fields.pop()
            fields.append((name, value + b"\n" + line[1:]))
        else:
            name, _, value = line.partition(b" ")
            fields.append((name, value))

    def only(name: bytes) -> bytes:
        values = [value for known, value in fields if known == name]
        return values[0] if len(values) == 1 else b""

    kept = [(name, value) for name, value in fields if name not in (b"gpgsig", b"gpgsig-sha256")]
    signed = b"\n".join(name + b" " + value.replace(b"\n", b"\n ") for name, value in kept)
    many = sum(name.startswith(b"gpgsig") for name, _ in fields)
    return Commit(
        oid=oid,
        parents=tuple(value.decode() for name, value in fields if name == b"parent"),
        author=_person(only(b"author")),
        committer=_person(only(b"committer")),
        message=message.decode("utf-8", "replace"),
        signature=b"" if not many else only(b"gpgsig") or b"?",
        payload=signed + b"\n\n" + message,
        headers=tuple((name.decode("utf-8", "backslashreplace"), value) for name, value in fields),
    )


def _person(line: bytes) -> PersonLine | None:
    match = _PERSON.fullmatch(line)
    if match is None:
        return None
    name, email = (match[part].decode("utf-8", "replace").strip() for part in ("name", "email"))
    return PersonLine(name, email.casefold(), int(match["time"]))


def read(oids: Iterable[str], objects: Objects) -> tuple[Commit, ...]:
    """Read commits by their ids."""
    return tuple(parse(oid, objects.read(oid, b"commit")) for oid in oids)


def commits(directory: Path, new: str, known: Sequence[str], objects: Objects) -> tuple[Commit, ...]:
    """Return the commits that `new` adds to some known ones, the oldest first."""
    return read(beyond(directory, new, known), objects)


def beyond(directory: Path, new: str, known: Sequence[str]) -> list[str]:
    """Return the ids of the commits that `new` adds to some known ones, the oldest first."""
    listed = plumbing.git(directory, "rev-list", "--topo-order", "--reverse", "--stdin", feed=_revisions(new, known))
    if listed.code:
        raise RepositoryError("git kan inte lista det som skickas")
    return listed.out.decode().split()


def _revisions(new: str, known: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in (new, *(f"^{oid}" for oid in known))).encode()


def has_line(directory: Path, commit: str, line: str) -> bool:
    """Say whether the message of a commit, or of one that led to it, has a line."""
    found = plumbing.git(
        *(directory, "log", "-z", "--no-show-signature", "--fixed-strings", f"--grep={line}", "--format=%B", commit)
    )
    if found.code:
        raise RepositoryError("git kan inte söka i historiken")
    messages = found.out.decode("utf-8", "replace").split("\0")
    return any(line in message.splitlines() for message in messages)


def refs(directory: Path, prefix: str) -> dict[str, str]:
    """Return the refs below a prefix (`refs/heads/`), or the one of that name, with the commit each points at."""
    listed = plumbing.git(directory, "for-each-ref", "--format=%(objectname) %(refname)", prefix)
    if listed.code:
        raise RepositoryError(f"git kan inte lista refarna i {directory}")
    pairs = (line.split(" ", 1) for line in listed.out.decode("utf-8", "replace").splitlines())
    return {name: oid for oid, name in pairs}


def is_ancestor(directory: Path, old: str, new: str) -> bool:
    """Say whether a commit is part of another's history."""
    return plumbing.git(directory, "merge-base", "--is-ancestor", old, new).code == 0


def roots(directory: Path, oid: str) -> frozenset[str]:
    """Return the commits without a parent that a commit's history begins with."""
    return frozenset(plumbing.git(directory, "rev-list", "--max-parents=0", oid).out.decode().split())


def merge_bases(directory: Path, one: str, other: str) -> tuple[str, ...]:
    """Return the best common ancestors of two commits."""
    return tuple(plumbing.git(directory, "merge-base", "--all", one, other).out.decode().split())


def differences(directory: Path, old: str, new: str) -> tuple[Difference, ...]:
    """Return every path that differs between two commits, sorted."""
    listed = plumbing.git(directory, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new)
    if listed.code:
        raise RepositoryError("git kan inte jämföra två versioner")
    parts = listed.out.split(b"\0")
    found = []
    for head, name in zip(parts[::2], parts[1::2], strict=False):
        _, mode, before, after, _ = head.decode().lstrip(":").split(" ")
        gone = mode == "000000"
        oddity = "" if gone or mode in plumbing.PLAIN_MODES else plumbing.oddity(mode)
        old_oid = None if EMPTY.fullmatch(before) else before
        path = name.decode("utf-8", "backslashreplace")
        found.append(Difference(path, old_oid, None if gone else after, oddity))
    return tuple(found)


def blobs(directory: Path, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """Return the blobs of the plain files that a commit has below some paths."""
    found = list(paths)
    return {e.path: e.oid for e in plumbing.entries(directory, commit, found) if not e.oddity} if found else {}


def some_files(directory: Path, commit: str, paths: Iterable[str], objects: Objects) -> MemoryTree:
    """Return some files of a commit as a tree."""
    found = blobs(directory, commit, paths)
    return MemoryTree({path: objects.read(oid) for path, oid in found.items()}, commit)


def files_with(directory: Path, commit: str, words: Iterable[str], pattern: str) -> tuple[str, ...]:
    """Return the files of a commit, named by a pathspec, in which any of some words stands, in whatever case."""
    asked = [part for word in words for part in ("-e", word)]
    if not asked:
        return ()
    found = plumbing.git(directory, "grep", "-l", "-z", "-i", "-w", "-F", *asked, commit, "--", pattern)
    return tuple(name.decode("utf-8", "replace").partition(":")[2] for name in found.out.split(b"\0") if name)
