"""A kept document as it may be shown today: as it was sent, without what today's protection hides.

In: a site's archive and its content of today. Out: the view or the HTML of one kept document. A pupil who is protected
now, or whom today's content does not know, has no school, class or title in it, however it was sent. What another
school made is shown from its view in our templates, because its HTML is foreign code. For the office, which sees all
roles; a reader's bundle gets earlier terms from `view.earlier`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.policy.access import required_policy
from iup.policy.relations import standing
from iup.site.layout import committed_tree
from iup.site.load import required_school
from iup.view.earlier import as_archive, protected
from iup.view.office_contact import office_view

if TYPE_CHECKING:
    from datetime import date

    from iup.archive.reader import ArchivedTerm, ArchiveReader
    from iup.archive.term_folders import Copy
    from iup.documents.assets import Assets
    from iup.site.layout import Site
    from iup.view.types import OfficeView, PlanView


@dataclass(frozen=True)
class Today:
    """What is true of a pupil on the day that something kept is shown; `name` is empty for an unknown pupil."""

    name: str
    is_protected: bool
    has_new_identity: bool
    office: OfficeView


def today(site: Site, pupil: str, day: date) -> Today:
    """Ask the committed content of a site about a pupil."""
    tree, content = committed_tree(site)
    try:
        school = required_school(tree)
        policy = required_policy(tree)
    finally:
        content.close()
    known = school.pupils.get(pupil)
    hidden = known is None or known.is_protected(day)
    who = replace(standing(school, pupil, pupil, day), protected=hidden)
    return Today(
        name=known.name.full if known else "",
        is_protected=hidden,
        has_new_identity=known is not None and known.has_new_identity(day),
        office=office_view(school, policy, who),
    )


@dataclass(frozen=True)
class ArchivedDocuments:
    """Shows what is on a shelf, as it may be shown of a pupil today."""

    shelf: ArchiveReader
    now: Today
    assets: Assets = field(default_factory=load_assets)

    def view(self, term: ArchivedTerm, copy: Copy) -> PlanView:
        """Return a kept view as the earlier term that it is."""
        view = as_archive(self.shelf.view(term, copy), term.name, term.final)
        return protected(view, self.now.office, received=term.received) if self.now.is_protected else view

    def html(self, term: ArchivedTerm, copy: Copy) -> bytes:
        """Return a document as it was sent, where it was and may be shown; else its view in today's templates."""
        if copy.recipients and not self.now.is_protected and not term.received:
            return self.shelf.html(term, copy)
        style = "\n".join(self.assets.text(name) for name in ("base/base.css", "base/print.css"))
        head = '<meta charset="utf-8">'
        printed = self.printed(self.view(term, copy), term)
        return printed.replace(head, f"{head}\n<style>\n{style}</style>", 1).encode()

    def printed(self, view: PlanView, term: ArchivedTerm) -> str:
        """Return a view of this shelf as a document to print; its version is that of the kept term."""
        return Renderer(self.assets).printed(view, term.tree[:8], f"Arkiv {term.name}: {view.pupil}")
