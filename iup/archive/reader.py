"""Read what a pupil's archive holds, term by term.

In: the office's repository and a commit of `refs/iup/archive/<pupil>`. Out: the terms that it keeps, and each term's
records, views and HTML. The tree of a commit has a folder for each term, so the newest commit alone shows every earlier
term, however many pupils there are. Writes nothing (`keep` does), and decides nothing about who may read
(`view.earlier` does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iup.archive import projection, term_folders
from iup.archive.term_folders import INDEX, Copy
from iup.errors import RepositoryError
from iup.model.role import Role
from iup.site import strict_yaml
from iup.system.git import signed_commits
from iup.system.git.objects import Objects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

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
        return term_folders.term_of(self.folder)

    @property
    def received(self) -> bool:
        """Whether it came from another school."""
        return term_folders.is_received(self.folder)


@dataclass
class Shelf:
    """Reads archives of one office through one git process."""

    root: Path
    _objects: Objects = field(init=False)

    def __post_init__(self) -> None:
        """Start the reader."""
        self._objects = Objects(self.root)

    def close(self) -> None:
        """End the reader."""
        self._objects.close()

    def folders(self, commit: str) -> dict[str, str]:
        """Return the terms of a commit with the id of each one's tree, in their order in time."""
        found = signed_commits.tree_entries(self._objects.read(f"{commit}^{{tree}}", b"tree"))
        return dict(sorted(found.items(), key=lambda entry: term_folders.in_time(entry[0])))

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
        if term_folders.is_received(name):  # another school's ids are nobody's here, or somebody else's
            copies = tuple(copy for copy in copies if not copy.recipients)
        return Term(pupil, name, tree, str(values.get("fastställd", "")), str(values.get("läge", "")), copies)
