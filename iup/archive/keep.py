"""Archive what the homes and teachers of some pupils may read right now.

In: a site, the office's keys, pupils, what happened and a day. Out: how many of the pupils had something new to keep.
Each of them gets one signed commit, and one ledger entry lists them all. The same content is the same tree and makes no
new commit, so the next run finishes what a killed one began. `share`, `finalise` and accepted replies come here;
`build.deliver` does the same for a whole result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.archive import term_folders
from iup.archive.ledger import LedgerWriter
from iup.archive.projection import Projector
from iup.archive.reader import ArchiveReader
from iup.archive.term_folders import INDEX
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.keys.vault import open_vault
from iup.policy.access import required_policy
from iup.site.layout import committed_tree
from iup.site.load import required_school
from iup.view.bundle import Bundler, recipients

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from iup.archive.ledger import Event
    from iup.archive.projection import Projection
    from iup.keys.keyring import UnlockedOffice
    from iup.site.layout import Site
    from iup.system.git.signed_commits import CommitWriter


def keep_now(  # noqa: PLR0913  what happened, and to whom
    site: Site,
    office: UnlockedOffice,
    pupils: Collection[str],
    event: Event,
    day: date,
    *,
    final: date | None = None,
    corrected: str = "",
) -> int:
    """Archive some pupils as the last commit has them.

    `final` is the day that their plans were made final, `corrected` the day and the reason of a correction.
    """
    book = LedgerWriter(office)
    tree, content = committed_tree(site)
    try:
        school = required_school(tree)
        policy, assets = required_policy(tree), load_assets()
        bundler = Bundler(school, policy, day, open_vault(office).key("marks"))
        around = [r for r in recipients(school, day) if set(r.pupils) & set(pupils)]
        bundles = [bundler.bundle(recipient) for recipient in around]
        projector = Projector(school, policy, day, bundles, Renderer(assets), assets)
        made = [m for pupil in sorted(pupils) if (m := projector.project(pupil, final)) is not None]
    finally:
        content.close()
    heads = keep(book, made, event, content.revision, corrected)
    if heads:
        book.write(event, heads, {})
    return len(heads)


def keep(
    book: LedgerWriter, projections: Iterable[Projection], event: Event, source: str, corrected: str = ""
) -> dict[str, str]:
    """Gather an archive commit for each pupil whose content differs from their archive; return the new heads.

    Nothing is written before `LedgerWriter.write`. `source` is the commit of the teachers' repository.
    """
    heads = {}
    with ArchiveReader(book.office.root) as shelf:
        for made in projections:
            before = book.heads.get(made.pupil)
            folders = shelf.folders(before) if before else {}
            kept = _as_told(shelf.index(folders[made.term]) if made.term in folders else {}, made, corrected)
            tree = book.writer.tree(kept)
            if folders.get(made.term) == tree:
                continue
            heads[made.pupil] = add(book.writer, before or "", {**folders, made.term: tree}, made.term, (event, source))
    return heads


def add(writer: CommitWriter, before: str, folders: Mapping[str, str], term: str, why: tuple[Event, str]) -> str:
    """Gather a pupil's next commit: the trees of all terms, the new term, and the event with its source."""
    # Ids, days and terms only: a log that is kept as one goes is public from its start (DOMAIN 2.3).
    message = f"arkiv: {why[0]}\n\nTermin: {term_folders.term_of(term)}\nKälla: {why[1] or 'arbetsfiler'}"
    return writer.commit(writer.beside(folders), (before,) if before else (), message)


def _as_told(former: Mapping[str, object], made: Projection, corrected: str) -> Mapping[str, bytes]:
    """Return the files of a term, whose index goes on telling when it was made final, and each of its corrections."""
    day, rows = former.get("fastställd"), former.get("rättad", [])
    told = [str(row) for row in rows] if isinstance(rows, list) else []
    told += [corrected] if corrected and corrected not in told else []
    line = f"fastställd: {day}\n" if day and b"\nfastst\xc3\xa4lld: " not in made.files[INDEX] else ""
    line += f"rättad: [{', '.join(told)}]\n" if told else ""
    head, separator, rest = made.files[INDEX].partition(b"dokument:")
    return {**made.files, INDEX: head + line.encode() + separator + rest}
