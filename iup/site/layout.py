"""Where a site's parts are: the teachers' repository, its office, and the tree that a build or a check reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from iup.errors import ContentError, MissingError, UsageError
from iup.model.base import Line, Record
from iup.site import load, yaml_diagnosis
from iup.site.paths import READ_WITH_CONTENT, REGISTER
from iup.system.git import index
from iup.system.git.trees import CONTENT, CommitTree, IndexTree, JoinedTree, Tree, WorkTree

if TYPE_CHECKING:
    from pathlib import Path


class _SiteFile(Record):
    office: Line = Field(alias="kontor")


@dataclass(frozen=True)
class Site:
    """Where the teachers' files, the office and the result are."""

    root: Path
    office: Path | None

    @property
    def output(self) -> Path:
        """Where sealed files go."""
        return self.root / "output"

    def required_office(self) -> Path:
        """Return the office or raise `MissingError`."""
        if self.office is None or not (self.office / "office.yaml").is_file():
            raise MissingError(
                "kontorets katalog finns inte där content/site.yaml säger, och utan den finns inga nycklar",
                "pröva med make demo, eller skapa ett kontor med build.py keys new-office",
            )
        return self.office


def open_site(root: Path) -> Site:
    """Return the site in a directory; whether it has an office is judged only where one is needed."""
    if not (root / "content").is_dir():
        raise UsageError(f"det finns ingen katalog content i {root}", "ange skolans katalog med --site")
    path = root / load.SITE
    if not path.is_file() or path.is_symlink():
        return Site(root, None)
    record, findings = yaml_diagnosis.read(load.SITE, path.read_bytes(), _SiteFile)
    if record is None:
        raise ContentError(load.located(WorkTree(root), findings))
    return Site(root, _office(root, record.office))


def _office(root: Path, written: str) -> Path | None:
    """Return where the office is; None for what no disk can have, a name too long or a link that leads round."""
    try:
        place = (root / written).resolve()
        place.is_dir()
    except (OSError, RuntimeError):
        return None
    return place


def work_trees(site: Site) -> tuple[WorkTree, ...]:
    """Return the files as they stand: the teachers', and the office's register where there is one."""
    content = WorkTree(site.root, ignored=index.ignored(site.root, CONTENT))
    if site.office is None or not (site.office / REGISTER).is_dir():
        return (content,)
    return content, WorkTree(site.office, READ_WITH_CONTENT)


def work_tree(site: Site) -> Tree:
    """Return the files as they stand as one tree."""
    trees = work_trees(site)
    return JoinedTree(*trees) if len(trees) > 1 else trees[0]


def committed_tree(site: Site, revision: str = "HEAD+HEAD") -> tuple[JoinedTree, CommitTree]:
    """Return a commit of both repositories (the last by default) as one tree, and the teachers' part of it."""
    own, _, office = revision.partition("+")
    content = CommitTree(site.root, own)
    return JoinedTree(content, CommitTree(site.required_office(), office or "HEAD", folders=READ_WITH_CONTENT)), content


def staged_tree(site: Site) -> tuple[Tree, frozenset[str]]:
    """Return the files as the next commit of the teachers' repository will hold them, and the paths it changes.

    The office's register is read from its index too; it is no part of that commit.
    """
    content = IndexTree(site.root)
    paths = frozenset(index.staged(site.root, CONTENT))
    if site.office is None or not (site.office / REGISTER).is_dir():
        return content, paths
    return JoinedTree(content, IndexTree(site.office, READ_WITH_CONTENT)), paths
