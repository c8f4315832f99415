"""What must be installed, asked before anything of it is imported: the Python, and the libraries by their metadata.

In: nothing. Out: nothing, or a `MissingError` in one line. Imports no library, so that it can report one that is
missing. Programs are looked for by `programs`, when they are first started.
"""

from __future__ import annotations

import sys
from importlib import metadata

from iup.errors import MissingError

PYTHON = (3, 11)
# The oldest that will do, as in pyproject.toml; below them lie security faults or another interface.
LIBRARIES = {
    "babel": "2",
    "cryptography": "42",
    "filelock": "3",
    "fonttools": "4",
    "jinja2": "3.1.6",
    "markdown": "3",
    "nh3": "0.2",
    "pebble": "5",
    "personnummer": "3",
    "pikepdf": "9",
    "pydantic": "2",
    "python-gnupg": "0.5",
    "pyyaml": "6",
    "rich": "13",
    "ruamel.yaml": "0.18",
    "typer": "0.12",
    "weasyprint": "70",
}
_HOW = "kör make demo, och sedan .venv/bin/python build.py"


def require() -> None:
    """Raise `MissingError` when the Python or a library is missing, too old or another one of that name."""
    if sys.version_info < PYTHON:
        raise MissingError(
            f"iup behöver Python {_told(PYTHON)} eller nyare, och det här är {_told(sys.version_info[:2])}"
        )
    if _version("gnupg"):
        raise MissingError(
            "biblioteket gnupg är inte python-gnupg utan ett annat, nedlagt paket",
            "kör pip uninstall gnupg och pip install -r requirements.txt",
        )
    for name, least in LIBRARIES.items():
        found = _version(name)
        if not found:
            raise MissingError(f"biblioteket {name} är inte installerat", _HOW)
        if numbers(found) < numbers(least):
            raise MissingError(f"biblioteket {name} är version {found}, och minst {least} behövs", _HOW)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's leading numbers, which compare: `2.47.0.windows.1` is (2, 47, 0)."""
    parts = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def _told(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
