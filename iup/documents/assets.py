"""The program's own files that documents are made of: templates, style sheets, fonts. Read once.

Documents can reach these bytes by name (`asset:fonts/…`) and nothing else: no file, no network.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from iup import VERSION
from iup.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGE = Path(__file__).parents[1]
TEMPLATES = _PACKAGE.parent / "templates"
_CATALOGUES = _PACKAGE / "documents" / "locale"
_LETTERS = _PACKAGE / "text" / "letters.txt"
_KINDS = frozenset({".j2", ".css", ".js", ".ttf", ".woff2", ".conf"})
_HYPHENATION = "hyphenation.txt"
# What decides how a view becomes bytes: when one of these changes, every document is made again.
_LIBRARIES = ("weasyprint", "pydyf", "jinja2", "markdown", "nh3", "pikepdf", "fonttools", "pyphen", "babel")


@dataclass(frozen=True)
class Assets:
    """Files by name, and a fingerprint of everything that decides how a document looks."""

    files: Mapping[str, bytes]
    fingerprint: str

    def text(self, name: str) -> str:
        """Return a text file."""
        return self.files[name].decode("utf-8")


def program(assets: Assets) -> str:
    """Return a fingerprint of all that decides what a build makes of its input: the code, libraries and templates."""
    digest = hashlib.sha256(assets.fingerprint.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        data = path.read_bytes()
        digest.update(f"\0{path.relative_to(_PACKAGE).as_posix()}\0{len(data)}\0".encode() + data)
    for library in ("pydantic", "pydantic-core", "pyyaml", "cryptography", "personnummer"):
        digest.update(f"\0{library}={metadata.version(library)}".encode())
    return digest.hexdigest()


def load_assets() -> Assets:
    """Read the templates beside the package; a name has its folder in front: `plan/document.html.j2`."""
    found = {
        path.relative_to(TEMPLATES).as_posix(): path.read_bytes()
        for path in sorted(TEMPLATES.rglob("*"))
        if (path.suffix in _KINDS or path.name == _HYPHENATION) and path.is_file()
    }
    if not found:
        raise MissingError("programmets mallar (templates/) saknas", "hämta hela programmet på nytt")
    digest = hashlib.sha256(VERSION.encode())
    for library in _LIBRARIES:
        digest.update(f"\0{library}={metadata.version(library)}".encode())
    for path in (*sorted(_CATALOGUES.glob("*.po")), _LETTERS):
        digest.update(path.read_bytes())
    for name, data in found.items():
        if name.startswith(("preview.", "review.")):  # shown to one person on this machine, and part of no document
            continue
        digest.update(f"\0{name}\0{len(data)}\0".encode())
        digest.update(data)
    return Assets(found, digest.hexdigest())
