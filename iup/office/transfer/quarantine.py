"""Read a git bundle of unknown origin into a repository of its own, and check it there.

In: the bundle's bytes and an empty directory. Out: the repository and the one commit that the bundle is about.
Everything in it must be what this program writes of one pupil. There may be nothing but folders of terms with files of
known names. Commits say no more than ours do and are signed by known keys. Every object is reachable, sizes are
bounded, and the newest version can be shown. Anything else is refused, and nothing is taken over. The office's own
repository is not touched here: that is for `intake`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iup.archive import reader, term_folders
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.errors import RefusedError, RepositoryError
from iup.model.form import Form
from iup.model.plan import Goals, Plan
from iup.office.transfer.package import BRANCH
from iup.system.git import history, plumbing, signed_commits
from iup.system.git.objects import Objects
from iup.system.programs import TimedOutError
from iup.view.earlier import as_archive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from iup.archive.reader import TermFiles
    from iup.model.base import Record
    from iup.system.git.signatures import Verifier

_MOST_OBJECTS = 50_000
_MOST_COMMITS = 2_000
_MOST_BYTES = 300_000_000
_MOST_IN_ONE = 5_000_000
_VERSION = "1"
_RECORDS: Mapping[str, type[Record]] = {term_folders.PLAN: Plan, term_folders.GOALS: Goals, term_folders.FORM: Form}
# A delta of a few bytes can stand for gigabytes: git gives up on an object that needs more at once (its wrapper.c).
_MEMORY = {"GIT_ALLOC_LIMIT": "64m"}
_FOLDER = re.compile(r"[0-9]{4}-(?:HT|VT)(?:-goals)?(?:-mottagen-[0-9a-f]{12})?")
_FILE = re.compile(
    rf"{_FOLDER.pattern}/(?:(?:arkiv|plan|goals|form|people)\.yaml|(?:roles|texts)\.json|documents/(?:style\.css|[0-9a-z]{{1,16}}\.(?:json|html)))"
)
_PERSON = re.escape(f"{plumbing.NAME} <{plumbing.EMAIL}>") + r" [0-9]{1,10} \+0000"
_COMMIT = re.compile(
    rf"tree [0-9a-f]{{40}}\n(?:parent [0-9a-f]{{40}}\n){{0,2}}author {_PERSON}\ncommitter {_PERSON}\nencoding UTF-8\n\n"
    r"arkiv: (?:utlämnad|delad|fastställd|rättad|svar|mottagen)\n\n"
    r"(?:Termin: (?:HT|VT) [0-9]{4}\nKälla: (?:[0-9a-f]{40}|arbetsfiler)|Historia: [0-9a-f]{40})\n"
)


def unbundled(data: bytes, room: Path) -> tuple[Path, str]:
    """Read a bundle into a new repository below `room`; return where, and the commit of its branch."""
    scratch = room / "mottaget"
    if plumbing.git(room, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(scratch)).code:
        raise RepositoryError(f"git kan inte göra en katalog av {scratch}")
    (scratch / "bunt").write_bytes(data)
    try:
        read = plumbing.git(scratch, "bundle", "unbundle", str(scratch / "bunt"), env=_MEMORY)
    except TimedOutError:
        raise _not_ours() from None
    rows = [row.split(" ", 1) for row in read.out.decode("utf-8", "replace").splitlines()]
    heads = {oid for oid, _ in rows if re.fullmatch(r"[0-9a-f]{40}", oid)}
    if read.code or len(heads) != 1 or {name for _, name in rows} != {"HEAD", BRANCH}:
        raise _not_ours()
    head = heads.pop()
    if plumbing.git(scratch, "update-ref", BRANCH, head).code or not signed_commits.is_whole(scratch):
        raise _not_ours()
    return scratch, head


def _not_ours() -> RefusedError:
    return RefusedError(
        "paketets historia är skadad eller inte en som det här programmet skriver",
        "be om ett nytt paket; inget är intaget",
    )


def inspect(scratch: Path, head: str, verifier: Verifier) -> None:
    """Refuse a history unless every object and every commit is such as this program writes, and signed."""
    _bounded(scratch, head)
    with Objects(scratch) as objects:
        commits = history.commits(scratch, head, (), objects)
        if len(commits) > _MOST_COMMITS:
            raise _not_ours()
        for commit in commits:
            if not _COMMIT.fullmatch(commit.payload.decode("utf-8", "replace")):
                raise _not_ours()
            if verifier.verify(commit.payload, commit.signature).fault:
                raise RefusedError(
                    "en version i paketets historia är inte underskriven av skolan",
                    "be om ett nytt paket; inget är intaget",
                )
        for commit in commits:
            _files(scratch, commit.oid, objects)


def _bounded(scratch: Path, head: str) -> None:
    """Refuse what is too much, of an odd kind, or hidden: an object that the history does not lead to."""
    told = plumbing.git(
        scratch, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    )
    rows = [row.split() for row in told.out.decode().splitlines()]
    sizes = [int(row[2]) for row in rows]
    with Objects(scratch) as objects:
        led_to = objects.reachable(head).keys()
    if (
        told.code
        or not {row[1] for row in rows} <= {"commit", "tree", "blob"}
        or len(rows) > _MOST_OBJECTS
        or max(sizes, default=0) > _MOST_IN_ONE
        or sum(sizes) > _MOST_BYTES
        or {row[0] for row in rows} != led_to
    ):
        raise _not_ours()


def _files(scratch: Path, commit: str, objects: Objects) -> None:
    """Refuse a version with anything but plain files of known names in folders of terms."""
    folders = next(reader.term_trees(objects, (commit,)))
    listed = plumbing.entries(scratch, commit, ())
    if not all(map(_FOLDER.fullmatch, folders)) or not all(_FILE.fullmatch(e.path) and not e.oddity for e in listed):
        raise _not_ours()


def whose(scratch: Path, head: str) -> tuple[str, str, tuple[str, ...]]:
    """Return a history's pupil, by the sender's id and by name, and its terms; refuse one that cannot be shown."""
    try:
        with reader.ArchiveReader(scratch) as shelf:
            return _shown(shelf, head)
    except RefusedError:
        raise
    except Exception:  # noqa: BLE001  whatever a foreign file makes a reader or a template stumble over, it is refused
        raise _not_ours() from None


def _decoded(files: TermFiles) -> None:
    """Refuse records that a disclosure, an extract or another package could not read one day."""
    for name, model in _RECORDS.items():
        files.record(model, name)
    people = files.values(term_folders.PEOPLE)
    if term_folders.PEOPLE not in files.oids or not all({"namn", "roll"} <= row.keys() for row in people.values()):
        raise _not_ours()


def _shown(shelf: reader.ArchiveReader, head: str) -> tuple[str, str, tuple[str, ...]]:
    """Set every document that somebody here may come to read once, so that none stops a later build."""
    renderer = Renderer(load_assets())
    pupil = name = ""
    terms = shelf.terms("", head)
    for term in terms:
        index = shelf.index(term.tree)
        if index.get("version") != _VERSION:
            raise RefusedError(
                "paketet är av en version som det här programmet inte känner", "använd ett nyare program"
            )
        _decoded(shelf.files(term.tree))
        pupil = str(index["elev"])
        for copy in term.copies:
            view = as_archive(shelf.view(term, copy), term.name, term.final)
            if view.places or view.echo:
                raise _not_ours()
            renderer.printed(view, "", copy.title)
            name = view.pupil
    if not name:
        raise _not_ours()
    return pupil, name, tuple(term.name for term in terms)
