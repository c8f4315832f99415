"""The command `preview`: the files as they stand, as any reader would get them, in a browser on this machine."""

from __future__ import annotations

import resource
import sys

from iup.build.preview import Preview
from iup.cli import output, swedish
from iup.cli.app import HERE, DayOption, PortOption, SiteOption, app, day_of
from iup.cli.output import report
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.errors import ExitCode
from iup.system.local_server import Pages, Server


@app.command(cls=swedish.Command, help="Visa filerna som de står nu, så som var och en skulle få dem, i webbläsaren.")
def preview(
    site: SiteOption = HERE,
    as_of: DayOption = "",
    port: PortOption = 0,
) -> int:
    """Print the address and serve it until Ctrl-C."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold plaintext
    day_of(as_of)
    shown = Preview(site, lambda: day_of(as_of), Renderer(load_assets()))
    try:
        with Server(Pages(shown.answer, shown.events, report), port) as server:
            output.result(server.address)
            sys.stdout.flush()
            output.line("Öppna adressen i webbläsaren på den här datorn. Ge den inte till någon. Ctrl-C avslutar.")
            server.serve_forever()
    except KeyboardInterrupt:
        output.line("Förhandsvisningen är avslutad. Inget har sparats.")
    finally:
        shown.close()
    return ExitCode.OK
