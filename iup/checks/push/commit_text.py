"""What a commit says outside its files, and what a branch is called: no pupil's name, no personnummer, nothing hidden.

In: the new commits, the branches of a push, and main's pupils. Out: findings, which never repeat what is said. The
whole commit object is looked through, since a log shows only a part of it: the names of author and committer, the
message, and what stands around a signature. Lines that git has no use for here are refused unread. The only name of a
pupil counts beside the id or class, and in a commit that changes the pupil's own files: the log tells both together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from iup.checks.push.context import SHARED
from iup.checks.push.rules import KEYS, NAMED, ODD_HEADER, names_somebody, on_line, words
from iup.site.load import load
from iup.site.paths import pupil_file
from iup.system.git import history
from iup.text.identifiers import PERSONNUMMER
from iup.text.one_name import OneName, is_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from iup.checks.push.context import PushContext
    from iup.model.people import Pupil
    from iup.model.school import School
    from iup.problems import Finding
    from iup.system.git.history import Commit, PersonLine
    from iup.system.git.objects import Objects

_HEADERS = frozenset({"tree", "parent", "author", "committer", "gpgsig", "gpgsig-sha256", "encoding"})
# Ids of replies and commits: one in some four hundred has digits like a personnummer's in it by chance.
_ID = re.compile(r"\b(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})\b")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


class Said(NamedTuple):
    """A text outside the files: where it stands, and whether a part of a name is enough (`loose`).

    `about` are the pupils whose files the commit changes.
    """

    text: str
    where: str
    line: int
    commit: str
    loose: bool
    about: frozenset[str] = frozenset()


def odd_headers(commit: Commit) -> Iterator[Finding]:
    """Yield that a commit object has lines, or bytes, that git does not write for a commit of the school's."""
    known = all(
        name in _HEADERS and (name != "encoding" or value.lower() in (b"utf-8", b"utf8"))
        for name, value in commit.headers
    )
    try:
        commit.payload.decode("utf-8")
    except UnicodeDecodeError:
        known = False
    if not known or "\0" in commit.message:
        yield on_line(ODD_HEADER, f"incheckning {commit.oid[:10]}", 1)


def said_by(commit: Commit, ground: PushContext, maker: str | None, about: frozenset[str]) -> Iterator[Said]:
    """Yield what a commit object says; a maker's own name is not looked through, since a pupil may have the same."""
    where = f"incheckning {commit.oid[:10]}"
    yield Said(_ID.sub("", commit.message), where, commit.line_of("\0"), commit.oid, loose=False, about=about)
    own = words(ground.school.name_of(maker)) if maker else frozenset()
    for start, person in (("author ", commit.author), ("committer ", commit.committer)):
        if person is not None:
            yield Said(_without(person, own), where, commit.line_of(start), commit.oid, loose=False, about=about)
    # gpg writes base64 and a blank line; around it an armour may carry a comment (RFC 9580 6.2.2).
    lines = commit.signature.decode("utf-8", "replace").splitlines()
    around = " ".join(line for line in lines if not _BASE64.issuperset(line) and not line.startswith("-----"))
    yield Said(around, where, 1, commit.oid, loose=False, about=about)


def _without(person: PersonLine, own: frozenset[str]) -> str:
    known = {word.casefold() for word in own}
    return " ".join(word for word in person.name.split() if word.casefold() not in known)


def naming(
    directory: Path, ground: PushContext, texts: Iterable[Said], newer: Iterable[str], objects: Objects
) -> Iterator[tuple[str, Finding]]:
    """Yield the commit and the place of each text that names a pupil of main's or of newer commits' files."""
    said = tuple(texts)
    asked = {word for one in said for word in words(one.text) if word.casefold() not in KEYS}
    pupils = tuple(dict.fromkeys(_named(directory, asked, [ground.tip, *newer], objects)))
    for one in said:
        named = any(_names(one, pupil, ground.school) for pupil in pupils)
        if named or PERSONNUMMER.search(one.text):
            yield one.commit, on_line(NAMED, one.where, one.line)


def _names(said: Said, pupil: Pupil, school: School) -> bool:
    """Say whether a text names a pupil."""
    name = pupil.name
    if not is_one(name.family):
        return names_somebody(said.text, name.given, name.family, loose=said.loose)
    if pupil.id in said.about and names_somebody(said.text, name.given, "", loose=False):
        return True
    _, comma, group = pupil.label.rpartition(",")
    classes = {group.name for _, group, _ in school.places(pupil.id)} | ({group.strip()} if comma else set())
    return OneName(name.full, pupil.id, classes=tuple(sorted(classes))).stands_in(said.text, any_case=said.loose)


def _named(directory: Path, said: set[str], revisions: Iterable[str], objects: Objects) -> Iterator[Pupil]:
    """Yield the pupils in whose file any of some words stands."""
    for revision in dict.fromkeys(revisions):
        paths = history.files_with(directory, revision, sorted(said), pupil_file("*"))
        if paths:
            school, _ = load(history.some_files(directory, revision, (*SHARED, *paths), objects))
            yield from school.pupils.values() if school else ()
