"""The command `unseal`: open one sealed file, where the key or the passphrase is at hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from iup.cli import output, swedish
from iup.cli.app import app
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.errors import ExitCode, UsageError
from iup.seal import aespdf, openpgp, page
from iup.seal.passphrase import normalised
from iup.system import files

_MOST_BYTES = 200_000_000


@app.command(cls=swedish.Command, help="Öppna en låst fil (.pdf, .html eller .pgp) och lägg klartexten i en annan fil.")
def unseal(
    file: Annotated[Path, typer.Argument(metavar="FIL", help="Den låsta filen.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FIL", help="Där klartexten läggs. Annars till stdout.")
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option("--home", metavar="KATALOG", help="GnuPG-katalog med den hemliga nyckeln. Annars din egen."),
    ] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--passphrase-file", metavar="FIL", help="Fil med lösenfrasen. Annars frågas den efter."),
    ] = None,
) -> int:
    """Write the plaintext where the user asks for it; the only command that writes any."""
    if to is None and sys.stdout.isatty():
        raise UsageError("säg var klartexten ska läggas", "till exempel --to plan.pdf")
    if not file.is_file() or file.stat().st_size > _MOST_BYTES:
        raise UsageError("den låsta filen finns inte, eller är för stor")
    if to is not None and to.exists() and to.samefile(file):
        raise UsageError("klartexten kan inte läggas i samma fil")
    plain = _opened(file.read_bytes(), home, passphrase_file)
    if to is None:
        sys.stdout.buffer.write(plain)
    else:
        files.write_whole(to, plain)
        output.line(f"Öppnad: {to}. Ta bort filen när du har läst den; den är inte låst.")
    return ExitCode.OK


def _opened(sealed: bytes, home: Path | None, passphrase_file: Path | None) -> bytes:
    if sealed.startswith(b"%PDF"):
        return aespdf.unseal(sealed, normalised(_passphrase(passphrase_file)))
    if page.is_page(sealed):
        fragment = page.unseal(sealed, _passphrase(passphrase_file)).decode()
        return Renderer(load_assets()).page("Öppnat brev från skolan", fragment).encode()
    if home is not None and not home.is_dir():
        raise UsageError("katalogen efter --home finns inte")
    return openpgp.unseal(sealed, home)


def _passphrase(path: Path | None) -> str:
    if path is not None:
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise UsageError("filen med lösenfrasen går inte att läsa") from None
    return str(typer.prompt("Lösenfras", hide_input=True, err=True))
