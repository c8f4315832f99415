"""A package as a BagIt bag (RFC 8493), which others can check without this program.

In: files by path, and who signs. Out: a directory, or one tar file; and back. The list of the lists of checksums
(`tagmanifest-sha256.txt`) is signed, so that one signature covers every file. A bag that comes in is not trusted. Only
plain files with short, harmless paths and bounded sizes are taken, and each is read once. What is checked afterwards is
that copy, never the directory itself. Does not know what the files mean.

Of the format only what such a bag needs is here: SHA-256 alone, paths that need no escaping, nothing to be fetched.
"""

from __future__ import annotations

import io
import os
import re
import stat
import tarfile
import unicodedata
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.errors import OutputError, RefusedError, UsageError
from iup.system import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

LIST = "tagmanifest-sha256.txt"
SIGNATURE = f"{LIST}.asc"
PAYLOAD = "data/"
_MANIFEST = "manifest-sha256.txt"
_DECLARATION = b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"
_OWN = frozenset({"bagit.txt", "bag-info.txt", _MANIFEST, LIST, SIGNATURE})
MOST_BYTES = 500_000_000
_MOST_FILES = 20_000
_LONGEST_PATH = 200
_MOST_DEPTH = 6
# As we write it, which every reader knows, and as the RFC does. Others could name an encoding that unpacks without end.
_DECLARED = re.compile(rb"BagIt-Version: (0\.97|1\.0)\r?\nTag-File-Character-Encoding: UTF-8\r?\n")
_BREAK = re.compile(r"[\r\n]+")
_PART = re.compile(r"[^\W_][\w .-]{0,99}")
_ROW = re.compile(r"([0-9A-Fa-f]{64})[ \t]+\*?([^\s*].*)")


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
    inside = {f"{PAYLOAD}{path}": data for path, data in payload.items()}
    told = {**said, "Payload-Oxum": f"{sum(map(len, payload.values()))}.{len(payload)}"}
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": "".join(f"{key}: {_BREAK.sub(' ', told[key])}\n" for key in sorted(told)).encode(),
        _MANIFEST: _listing(inside),
        **beside,
    }
    listed = _listing(tags)
    try:
        _lay(folder, {**inside, **tags, LIST: listed, SIGNATURE: sign(listed)})
    except OSError as error:
        raise OutputError(f"paketet går inte att skriva i {folder.parent}: {error.strerror}") from None


def _listing(found: Mapping[str, bytes]) -> bytes:
    return "".join(f"{sha256(data).hexdigest()}  {path}\n" for path, data in sorted(found.items())).encode()


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


def check(found: Mapping[str, bytes]) -> None:
    """Refuse a bag that is not whole, or has a file that no checksum is about."""
    tops = {path for path in found if "/" not in path}
    if not tops >= _OWN or not all(path.startswith(PAYLOAD) for path in found.keys() - tops):
        raise RefusedError("det är inte ett paket ur ett arkiv", "ange katalogen som har filen bagit.txt i sig")
    if not _DECLARED.fullmatch(found["bagit.txt"]):
        raise _damaged()
    told = _sums(found[_MANIFEST]), _sums(found[LIST])
    if told != (_summed(found, found.keys() - tops), _summed(found, tops - {LIST, SIGNATURE})):
        raise _damaged()


def _sums(listed: bytes) -> dict[str, str]:
    """Return the checksum of each path of a list; refuse a line that is none, and a path that is there twice."""
    try:
        rows = [_ROW.fullmatch(line) for line in listed.decode("utf-8").replace("\r\n", "\n").rstrip("\n").split("\n")]
    except UnicodeDecodeError:
        raise _damaged() from None
    sums = {unicodedata.normalize("NFC", row[2]): row[1].lower() for row in rows if row}
    if len(sums) != len(rows):
        raise _damaged()
    return sums


def _summed(found: Mapping[str, bytes], paths: Iterable[str]) -> dict[str, str]:
    return {path: sha256(found[path]).hexdigest() for path in paths}


def _damaged() -> RefusedError:
    return RefusedError("paketet är skadat eller ändrat", "be om ett nytt; ta inte in något ur det här")
