"""archive: keep what was sent, pupil by pupil, and read it again.

In: projections and what happened. Out: for each pupil whose content has changed one signed commit on
`refs/iup/archive/<pupil>` in the office's repository, and one entry in the ledger for all of them. A commit's tree has
a folder for each term, so that the newest commit alone shows every earlier term, however many pupils there are. The
same content is the same tree and makes no new commit, so a run that was killed is finished by the next. Decides nothing
about who may read: `earlier` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iup.archive import projection
from iup.archive.projection import INDEX, Copy
from iup.errors import RepositoryError
from iup.model.role import Role
from iup.site import strict_yaml
from iup.system.git import plumbing, signed_commits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from iup.archive.ledger import Book, Event
    from iup.archive.projection import Projection
    from iup.system.git.signed_commits import Writer
    from iup.view.types import PlanView


@dataclass(frozen=True)
class Term:
    """A term in a pupil's archive: what its index says, and where its files are."""

    pupil: str
    folder: str
    tree: str
    final: str
    state: str
    copies: tuple[Copy, ...]

    @property
    def name(self) -> str:
        """The term as people say it: `HT 2026`."""
        return projection.term_of(self.folder)

    @property
    def received(self) -> bool:
        """Whether it came from another school."""
        return projection.is_received(self.folder)


def keep(book: Book, projections: Iterable[Projection], event: Event, source: str) -> dict[str, str]:
    """Gather an archive commit for each pupil whose content is not what their archive shows; return the new heads.

    Nothing stands before `Book.write`. `source` is the commit of the teachers' repository.
    """
    shelf = Shelf(book.office.root)
    try:
        heads = {}
        for made in projections:
            before = book.heads.get(made.pupil)
            folders = shelf.folders(before) if before else {}
            kept = _final_stays(shelf, folders, made)
            tree = book.writer.tree(kept)
            if folders.get(made.term) == tree:
                continue
            heads[made.pupil] = add(book.writer, before or "", {**folders, made.term: tree}, made.term, (event, source))
    finally:
        shelf.close()
    return heads


def add(writer: Writer, before: str, folders: Mapping[str, str], term: str, why: tuple[Event, str]) -> str:
    """Gather a pupil's next commit: the trees of all terms, the one that is new, and the event with its source."""
    # Ids, days and terms only: a log that is kept as one goes is public from its start (DOMAIN 2.3).
    message = f"arkiv: {why[0]}\n\nTermin: {projection.term_of(term)}\nKälla: {why[1] or 'arbetsfiler'}"
    return writer.commit(writer.beside(folders), (before,) if before else (), message)


def _final_stays(shelf: Shelf, folders: Mapping[str, str], made: Projection) -> Mapping[str, bytes]:
    """Keep the day a term was made final, when the same term is handed over again."""
    if made.term not in folders:
        return made.files
    day = shelf.index(folders[made.term]).get("fastställd")
    if day is None or b"\nfastst\xc3\xa4lld: " in made.files[INDEX]:
        return made.files
    head, separator, rest = made.files[INDEX].partition(b"dokument:")
    line = f"fastställd: {day}\n".encode()
    return {**made.files, INDEX: head + line + separator + rest}


@dataclass
class Shelf:
    """Reads archives of one office through one git process."""

    root: Path
    _objects: plumbing.Objects = field(init=False)

    def __post_init__(self) -> None:
        """Start the reader."""
        self._objects = plumbing.Objects(self.root)

    def close(self) -> None:
        """End the reader."""
        self._objects.close()

    def folders(self, commit: str) -> dict[str, str]:
        """Return the terms of a commit with the id of each one's tree, in their order in time."""
        found = signed_commits.tree_entries(self._objects.read(f"{commit}^{{tree}}", b"tree"))
        return dict(sorted(found.items(), key=lambda entry: projection.in_time(entry[0])))

    def index(self, tree: str) -> Mapping[str, object]:
        """Read a term's index."""
        try:
            values: Mapping[str, object] = strict_yaml.parse(self._objects.read(f"{tree}:{INDEX}"))
        except strict_yaml.StrictYamlError:
            raise RepositoryError(
                "arkivets innehållsförteckning går inte att läsa; kör build.py archive verify"
            ) from None
        return values

    def terms(self, pupil: str, commit: str) -> tuple[Term, ...]:
        """Return what a pupil's archive holds, the oldest term first."""
        return tuple(self._term(pupil, name, tree) for name, tree in self.folders(commit).items())

    def records(self, term: Term) -> dict[str, bytes]:
        """Return the files that a term's documents were made of, by name."""
        tree = signed_commits.tree_entries(self._objects.read(term.tree, b"tree"))
        return {name: self._objects.read(oid) for name, oid in tree.items() if name.endswith(".yaml")}

    def view(self, term: Term, copy: Copy) -> PlanView:
        """Read a kept document."""
        return projection.view_of(
            copy.mark, lambda path: self._objects.read(f"{term.tree}:{path}"), sent=bool(copy.recipients)
        )

    def html(self, term: Term, copy: Copy) -> bytes:
        """Read a document that was sent, as it was, with its style in it."""
        style = self._objects.read(f"{term.tree}:documents/style.css")
        html = self._objects.read(f"{term.tree}:documents/{copy.mark}.html")
        return html.replace(b'<link rel="stylesheet" href="style.css">', b"<style>\n" + style + b"</style>", 1)

    def _term(self, pupil: str, name: str, tree: str) -> Term:
        values = self.index(tree)
        rows = values.get("dokument", [])
        copies = tuple(
            Copy(str(row["märke"]), str(row["titel"]), Role(row["roll"]), tuple(row["mottagare"]))
            for row in (rows if isinstance(rows, list) else [])
        )
        if projection.is_received(name):  # another school's ids are nobody's here, or somebody else's
            copies = tuple(copy for copy in copies if not copy.recipients)
        return Term(pupil, name, tree, str(values.get("fastställd", "")), str(values.get("läge", "")), copies)
