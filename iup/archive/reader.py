"""Read what a pupil's archive holds, term by term.

In: the office's repository and a commit of `refs/iup/archive/<pupil>`. Out: the terms that it keeps, and each term's
records, views and HTML. The tree of a commit has a folder for each term, so the newest commit alone shows every earlier
term, however many pupils there are. Writes nothing (`keep` does), and decides nothing about who may read
(`view.earlier` does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from iup.archive import projection, term_folders
from iup.archive.term_folders import INDEX, Copy
from iup.errors import RepositoryError
from iup.model.role import Role
from iup.site import decode, strict_yaml
from iup.system.git import history, signed_commits
from iup.system.git.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Self

    from iup.system.git.history import Commit
    from iup.view.types import PlanView

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class ArchivedTerm:
    """A term in a pupil's archive: what its index says, and where its files are.

    Each of `corrections` is a day and a reason.
    """

    pupil: str
    folder: str
    tree: str
    final: str
    state: str
    copies: tuple[Copy, ...]
    corrections: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The term as people say it: `HT 2026`."""
        return term_folders.term_of(self.folder)

    @property
    def received(self) -> bool:
        """Whether it came from another school."""
        return term_folders.is_received(self.folder)


@dataclass
class TermFiles:
    """The files of one kept term, each read when it is asked for."""

    tree: str
    objects: Objects = field(repr=False)

    @cached_property
    def oids(self) -> dict[str, str]:
        """The names and ids of what lies in the term's folder itself."""
        return signed_commits.tree_entries(self.objects.read(self.tree, b"tree"))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return self.objects.read(f"{self.tree}:{path}")

    def values(self, name: str) -> dict[str, Any]:
        """Return what a record's file holds, or nothing where there is none; raise `RepositoryError` for no YAML."""
        if name not in self.oids:
            return {}
        try:
            return strict_yaml.parse(self.objects.read(self.oids[name]))
        except strict_yaml.StrictYamlError:
            raise _unreadable() from None

    def record(self, model: type[M], name: str) -> M | None:
        """Return a record, or None where there is none; raise `RepositoryError` for one that has faults."""
        if name not in self.oids:
            return None
        record, _ = decode.decode(model, self.values(name), name)
        if record is None:
            raise _unreadable()
        return record

    def records(self) -> dict[str, bytes]:
        """Return the files that the term's documents were made of, by name."""
        return {name: self.objects.read(oid) for name, oid in self.oids.items() if name.endswith(".yaml")}

    def view(self, mark: str, *, sent: bool) -> PlanView:
        """Return a kept document: one that was sent, or one that is kept for a role."""
        return projection.view_of(mark, self.read, sent=sent)


def _unreadable() -> RepositoryError:
    return RepositoryError("elevens arkiv går inte att läsa", "kör build.py archive verify")


def term_trees(objects: Objects, commits: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield for each of some commits its terms with the id of each one's tree, in their order in time."""
    for tree in objects.read_all([f"{commit}^{{tree}}" for commit in commits], b"tree"):
        found = signed_commits.tree_entries(tree)
        yield dict(sorted(found.items(), key=lambda entry: term_folders.in_time(entry[0])))


@dataclass
class ArchiveReader:
    """Reads archives of one office through one git process, for as long as its block runs."""

    root: Path
    _objects: Objects = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the reader; the first reading starts git."""
        self._objects = Objects(self.root)

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the reader."""
        self._objects.close()

    def folders(self, commit: str) -> dict[str, str]:
        """Return the terms of a commit with the id of each one's tree, in their order in time."""
        return next(term_trees(self._objects, (commit,)))

    def versions(self, newest: str) -> Iterator[tuple[Commit, dict[str, str]]]:
        """Yield every commit of a pupil's archive with its terms, the oldest first."""
        line = signed_commits.line(self.root, newest)
        yield from zip(history.read(line, self._objects), term_trees(self._objects, line), strict=True)

    def files(self, tree: str) -> TermFiles:
        """Return the files of a term by the id of its tree."""
        return TermFiles(tree, self._objects)

    def index(self, tree: str) -> Mapping[str, object]:
        """Read a term's index."""
        try:
            values: Mapping[str, object] = strict_yaml.parse(self._objects.read(f"{tree}:{INDEX}"))
        except strict_yaml.StrictYamlError:
            raise RepositoryError(
                "arkivets innehållsförteckning går inte att läsa; kör build.py archive verify"
            ) from None
        return values

    def terms(self, pupil: str, commit: str) -> tuple[ArchivedTerm, ...]:
        """Return what a pupil's archive holds, the oldest term first."""
        return tuple(self._term(pupil, name, tree) for name, tree in self.folders(commit).items())

    def records(self, term: ArchivedTerm) -> dict[str, bytes]:
        """Return the files that a term's documents were made of, by name."""
        return self.files(term.tree).records()

    def view(self, term: ArchivedTerm, copy: Copy) -> PlanView:
        """Read a kept document."""
        return self.files(term.tree).view(copy.mark, sent=bool(copy.recipients))

    def html(self, term: ArchivedTerm, copy: Copy) -> bytes:
        """Read a document that was sent, as it was, with its style in it."""
        files = self.files(term.tree)
        style, html = files.read("documents/style.css"), files.read(f"documents/{copy.mark}.html")
        return html.replace(b'<link rel="stylesheet" href="style.css">', b"<style>\n" + style + b"</style>", 1)

    def _term(self, pupil: str, name: str, tree: str) -> ArchivedTerm:
        values = self.index(tree)
        rows = values.get("dokument", [])
        copies = tuple(
            Copy(str(row["märke"]), str(row["titel"]), Role(row["roll"]), tuple(row["mottagare"]))
            for row in (rows if isinstance(rows, list) else [])
        )
        if term_folders.is_received(name):  # another school's ids are nobody's here, or somebody else's
            copies = tuple(copy for copy in copies if not copy.recipients)
        corrected = values.get("rättad", [])
        return ArchivedTerm(
            *(pupil, name, tree, str(values.get("fastställd", "")), str(values.get("läge", "")), copies),
            corrections=tuple(str(row) for row in (corrected if isinstance(corrected, list) else [])),
        )
