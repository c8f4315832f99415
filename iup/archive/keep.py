"""keeping: what some pupils' homes and teachers may read right now goes to the archive, whatever it was that happened.

In: a site, the office's keys, pupils, what happened and a day. Out: how many of them had something new to keep. What
`share`, `finalise` and an accepted reply have in common; `handover` does the same for a whole result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.archive import reader
from iup.archive.ledger import Book
from iup.archive.projection import Projector
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.errors import ContentError
from iup.keys.keyring import open_vault
from iup.policy.access import required_policy
from iup.site.layout import committed_tree
from iup.site.load import load, located
from iup.view.bundle import Bundler, recipients

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from iup.archive.ledger import Event
    from iup.keys.keyring import Office
    from iup.site.layout import Site


def keep_now(
    site: Site, office: Office, pupils: Collection[str], event: Event, day: date, final: date | None = None
) -> int:
    """Archive some pupils as the last commit has them; `final` is the day that their plans were made final."""
    book = Book(office)
    tree, content = committed_tree(site)
    try:
        school, findings = load(tree)
        if school is None:
            raise ContentError(located(tree, findings))
        policy, assets = required_policy(tree), load_assets()
        bundler = Bundler(school, policy, day, open_vault(office).key("marks"))
        around = [r for r in recipients(school, day) if set(r.pupils) & set(pupils)]
        bundles = [bundler.bundle(recipient) for recipient in around]
        projector = Projector(school, policy, day, bundles, Renderer(assets), assets)
        made = [m for pupil in sorted(pupils) if (m := projector.project(pupil, final)) is not None]
    finally:
        content.close()
    heads = reader.keep(book, made, event, content.revision)
    if heads:
        book.write(event, heads, {})
    return len(heads)
