"""A package as a BagIt bag (RFC 8493), which others can check without this program.

In: files by path, and who signs. Out: a directory, or one tar file; and back. The list of the lists of checksums
(`tagmanifest-sha256.txt`) is signed, so that one signature covers every file. The `bagit` library makes and checks the
bag. A bag that comes in is not trusted. Only plain files with short, harmless paths and bounded sizes are taken, and
each is read once. What is checked afterwards is that copy, never the directory itself. Does not know what the files
mean.
"""

from __future__ import annotations

import io
import logging
import os
import re
import stat
import tarfile
import unicodedata
from typing import TYPE_CHECKING

import bagit

from iup.errors import OutputError, RefusedError, UsageError
from iup.system import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

LIST = "tagmanifest-sha256.txt"
SIGNATURE = f"{LIST}.asc"
PAYLOAD = "data/"
_MANIFEST = "manifest-sha256.txt"
_OWN = frozenset({"bagit.txt", "bag-info.txt", _MANIFEST, LIST, SIGNATURE})
MOST_BYTES = 500_000_000
_MOST_FILES = 20_000
_LONGEST_PATH = 200
_MOST_DEPTH = 6
# As the library writes it and as the RFC does. Others could name a text encoding that unpacks without end.
_DECLARED = re.compile(rb"BagIt-Version: (0\.97|1\.0)\r?\nTag-File-Character-Encoding: UTF-8\r?\n")
_PART = re.compile(r"[^\W_][\w .-]{0,99}")

logging.getLogger("bagit").setLevel(logging.CRITICAL + 1)  # it logs what it does, file by file


def write(
    folder: Path,
    payload: Mapping[str, bytes],
    beside: Mapping[str, bytes],
    said: Mapping[str, str],
    sign: Callable[[bytes], bytes],
) -> None:
    """Make an empty directory a bag of some files, with others beside the payload, and sign the list of it all.

    `said` goes into `bag-info.txt`.
    """
    try:
        _lay(folder, payload)
        made = bagit.make_bag(str(folder), dict(said), checksums=["sha256"])
        _lay(folder, beside)
        made.save()
        (folder / SIGNATURE).write_bytes(sign((folder / LIST).read_bytes()))
    except OSError as error:
        raise OutputError(f"paketet går inte att skriva i {folder.parent}: {error.strerror}") from None
    except bagit.BagError:
        raise OutputError(f"paketet går inte att skriva i {folder.parent}: katalogen är skyddad") from None


def _lay(folder: Path, found: Mapping[str, bytes]) -> None:
    for path, data in found.items():
        place = folder / path
        files.private_directory(place.parent)
        place.write_bytes(data)


def packed(folder: Path) -> bytes:
    """Return a directory as one tar file; nothing in it tells of the machine or of the time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = tarfile.TarInfo(f"paket/{path.relative_to(folder).as_posix()}")
            entry.size, entry.mode = path.stat().st_size, 0o600
            with path.open("rb") as stream:
                tar.addfile(entry, stream)
    return out.getvalue()


def read(folder: Path) -> dict[str, bytes]:
    """Return every file of a directory by path; refuse links, devices, odd names, and too much."""
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    for path, size in _walk(folder, ""):
        _bounded(found, size, left)
        left -= size
        found[_named(path, found)] = _content(folder / path, size)
    return found


def _walk(folder: Path, below: str) -> Iterator[tuple[str, int]]:
    """Yield the plain files below a directory with their sizes, following no link."""
    if below.count("/") > _MOST_DEPTH:
        raise RefusedError("paketet har för många kataloger i varandra")
    try:
        with os.scandir(folder / below) as entries:
            rows = sorted((entry.name, entry.stat(follow_symlinks=False)) for entry in entries)
    except (OSError, UnicodeError):
        raise UsageError(
            "paketet går inte att läsa", "ange katalogen som paketet ligger i, eller den låsta filen"
        ) from None
    for name, entry in rows:
        if stat.S_ISDIR(entry.st_mode):
            yield from _walk(folder, f"{below}{name}/")
        elif stat.S_ISREG(entry.st_mode):
            yield f"{below}{name}", entry.st_size
        else:
            raise RefusedError("paketet har något annat än vanliga filer i sig (en länk, till exempel)")


def _content(path: Path, size: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            data = stream.read(size + 1)
    except OSError:
        raise UsageError(
            "paketet går inte att läsa", "ange katalogen som paketet ligger i, eller den låsta filen"
        ) from None
    if len(data) != size:
        raise RefusedError("paketet ändras medan det läses")
    return data


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return every file of a tar file by path, as `read` does for a directory."""
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for entry in tar:
                if entry.isdir():
                    continue
                stream = tar.extractfile(entry) if entry.type == tarfile.REGTYPE and not entry.issparse() else None
                if stream is None:
                    raise RefusedError("paketet har något annat än vanliga filer i sig (en länk, till exempel)")
                _bounded(found, entry.size, left)
                left -= entry.size
                top, _, path = entry.name.partition("/")
                found[_named(path if _PART.fullmatch(top) else "", found)] = stream.read()
    except (tarfile.TarError, ValueError, OverflowError, EOFError):
        raise _damaged() from None
    return found


def _bounded(found: Mapping[str, bytes], size: int, left: int) -> None:
    if size > left or len(found) >= _MOST_FILES:
        raise RefusedError(
            "paketet är för stort", f"högst {MOST_BYTES // 1_000_000} MB och {_MOST_FILES} filer tas emot"
        )


def _named(path: str, found: Mapping[str, bytes]) -> str:
    """Return a path as we write it; refuse one that leads elsewhere, hides something or is there already."""
    name = unicodedata.normalize("NFC", path)
    parts = name.split("/")
    if len(name) > _LONGEST_PATH or not all(_PART.fullmatch(part) for part in parts) or name in found:
        raise RefusedError("paketet har en fil med ett namn som inte tas emot")
    return name


def check(found: Mapping[str, bytes], room: Path) -> None:
    """Refuse a bag that is not whole, or has a file that no checksum is about; `room` is an empty directory."""
    tops = {path for path in found if "/" not in path}
    if not tops >= _OWN or not all(path.startswith(PAYLOAD) for path in found.keys() - tops):
        raise RefusedError("det är inte ett paket ur ett arkiv", "ange katalogen som har filen bagit.txt i sig")
    if not _DECLARED.fullmatch(found["bagit.txt"]):
        raise _damaged()
    try:
        _lay(room, found)
        bag = bagit.Bag(str(room))
        bag.validate()
        told = {unicodedata.normalize("NFC", path) for path, hashes in bag.entries.items() if "sha256" in hashes}
    except (bagit.BagError, ValueError, LookupError, TypeError, AttributeError):  # what it makes of odd lines
        raise _damaged() from None
    except OSError as error:
        raise OutputError(f"paketet går inte att läsa in i kontoret: {error.strerror}") from None
    if told != found.keys() - {LIST, SIGNATURE}:
        raise _damaged()


def _damaged() -> RefusedError:
    return RefusedError("paketet är skadat eller ändrat", "be om ett nytt; ta inte in något ur det här")
