"""New objects in git's own form, and the pack in which git takes them in.

In: the bytes of files, the entries of trees, what a commit says. Out: objects with their ids (SHA-1, as in every
repository that this program makes), and a pack of them for `git unpack-objects` or `git index-pack`, which read every
object once more before they keep it. Writes nothing itself. The forms are those of git's documentation: gitformat-pack,
and "Git Objects" in Pro Git.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_KINDS = {"commit": 1, "tree": 2, "blob": 3}
_FILE, _FOLDER = b"100644", b"40000"
# The size of an object in a pack: four bits beside its kind, then seven in each byte; the eighth says that more follow.
_FIRST_BITS, _BITS, _MORE = 4, 7, 0x80


class NewObject(NamedTuple):
    """An object that no repository has yet, perhaps."""

    kind: str
    data: bytes

    @property
    def oid(self) -> str:
        """The id that git gives it."""
        return hashlib.sha1(
            b"%s %d\0" % (self.kind.encode(), len(self.data)) + self.data, usedforsecurity=False
        ).hexdigest()


def blob(data: bytes) -> NewObject:
    """Return the object of a file."""
    return NewObject("blob", data)


def tree(files: Mapping[str, str], folders: Mapping[str, str]) -> NewObject:
    """Return the object of a directory: its plain files and its folders by name, each with its id."""
    # git sorts a folder as if its name ended with a slash.
    rows = [(name.encode(), name.encode(), _FILE, oid) for name, oid in files.items()]
    rows += [(name.encode() + b"/", name.encode(), _FOLDER, oid) for name, oid in folders.items()]
    return NewObject(
        "tree", b"".join(b"%s %s\0%s" % (mode, name, bytes.fromhex(oid)) for _, name, mode, oid in sorted(rows))
    )


def commit(tree_id: str, parents: Iterable[str], who: str, message: str, signature: bytes = b"") -> NewObject:
    """Return the object of a commit; `who` is name, address, time and zone, as git writes them.

    What is signed is the commit without its signature.
    """
    lines = [f"tree {tree_id}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
    head = "".join(f"{line}\n" for line in (*lines, "encoding UTF-8")).encode()
    signed = b"gpgsig %s\n" % signature.replace(b"\n", b"\n ") if signature else b""
    return NewObject("commit", b"%s%s\n%s" % (head, signed, message.encode()))


def pack(objects: Collection[NewObject]) -> bytes:
    """Return a pack of some objects, each whole."""
    parts = [b"PACK", (2).to_bytes(4, "big"), len(objects).to_bytes(4, "big")]
    for made in objects:
        parts += [_header(_KINDS[made.kind], len(made.data)), zlib.compress(made.data)]
    data = b"".join(parts)
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


def _header(kind: int, size: int) -> bytes:
    found = [kind << _FIRST_BITS | size & (1 << _FIRST_BITS) - 1]
    left = size >> _FIRST_BITS
    while left:
        found[-1] |= _MORE
        found.append(left & _MORE - 1)
        left >>= _BITS
    return bytes(found)
