"""Serve the page of `disclose review --page` on this machine until Ctrl-C. A part of that command, not one itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from iup.cli import output
from iup.cli.output import report
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.keys import keyring
from iup.office.disclosure.decision_file import DecisionStore
from iup.office.disclosure.masked_pdf import CopyRenderer
from iup.office.disclosure.review_page.page import ReviewPage
from iup.system import clock, scratch
from iup.system.local_server import Pages, Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import date

    from iup.model.school import School
    from iup.site.layout import Site
    from iup.system.git.trees import Tree


def serve(
    site: Site,
    committed: Callable[[], AbstractContextManager[tuple[School, Tree]]],
    number: int,
    today: Callable[[], date],
    port: int,
) -> None:
    """Print the address and serve one request's review; the office is locked only while a choice is kept."""
    assets = load_assets()
    with committed() as (school, tree), keyring.opened(site.required_office()) as own:
        shown = ReviewPage(
            desk=DecisionStore(own, scratch.place()),
            number=number,
            school=school,
            tree=tree,
            committed=committed,
            today=today,
            now=clock.local,
            renderer=Renderer(assets),
            press=lambda: CopyRenderer(assets),
        )
        try:
            with Server(Pages(shown.page, lambda: iter(()), report, shown.act), port) as server:
                output.result(server.address)
                sys.stdout.flush()
                output.line("Öppna adressen i webbläsaren på den här datorn. Ge den inte till någon. Ctrl-C avslutar.")
                server.serve_forever()
        except KeyboardInterrupt:
            output.line("Granskningen är avslutad. Allt som valdes är sparat.")
