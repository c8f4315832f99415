"""Whose good OpenPGP signature a commit carries, if anybody's.

In: the certificates that may sign, and signed bytes with their detached signature. Out: the fingerprint of the one
certificate that made it. It is taken from gpg's status lines (GnuPG doc/DETAILS), never from gpg's exit code or from
`git verify-commit`, which both let expired, revoked and unknown keys through. A key counts as it is now, by the
receiving machine's clock: what a commit says of its own time is only its writer's word.
"""

from __future__ import annotations

import re
from base64 import b64decode, encodebytes
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from iup.system import programs, scratch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_OPENPGP = b"-----BEGIN PGP SIGNATURE-----"
_END = b"-----END PGP SIGNATURE-----"
_LETTERS = "abcdefghijklmnop"
_ONE_WORD = re.compile(r"([a-p]{2}){40,2000}")
_WHY = {
    "EXPKEYSIG": "nyckeln har gått ut",
    "REVKEYSIG": "nyckeln är återkallad",
    "EXPSIG": "underskriften har gått ut",
    "BADSIG": "underskriften hör inte till innehållet",
    "ERRSIG": "nyckeln tillhör ingen i content/roster.yaml",
}


@dataclass(frozen=True)
class SignatureVerdict:
    """The primary key's fingerprint of a good signature; or, in Swedish, why it is none."""

    fingerprint: str = ""
    fault: str = ""


def to_line(armoured: bytes) -> str:
    """Return an armoured signature as one word for the message of a commit, two letters from a to p for each byte.

    In base64 some piece between two strokes would be a pupil's name now and then, and in digits a personnummer.
    """
    body = armoured.partition(b"\n\n")[2].partition(_END)[0].split()
    data = b64decode(b"".join(line for line in body if not line.startswith(b"=")))
    return "".join(_LETTERS[half] for byte in data for half in divmod(byte, 16))


def from_line(text: str) -> bytes:
    """Return a signature from its one word as `Verifier.verify` takes it; empty for anything else."""
    if not _ONE_WORD.fullmatch(text):
        return b""
    halves = [_LETTERS.index(letter) for letter in text]
    data = bytes(16 * first + second for first, second in zip(halves[::2], halves[1::2], strict=True))
    return b"\n".join((_OPENPGP, b"", encodebytes(data).strip(), _END, b""))


class Verifier:
    """Judges signatures by the certificates it was given and no others. Use as a context."""

    def __init__(
        self, certificates: Mapping[str, bytes], *, expired: bool = False, unknown: str = _WHY["ERRSIG"]
    ) -> None:
        """Take certificates; with `expired`, a key that has run out since counts, for what was signed long ago.

        `unknown` is what is said of a key that is not among them.
        """
        self._expired = expired
        self._unknown = unknown
        self._known = frozenset(certificates)
        self._place = TemporaryDirectory(dir=scratch.place())
        self._home = Path(self._place.name)
        self._home.chmod(0o700)
        # A file of exported certificates is a keyring: nothing is imported, no other key is in reach.
        (self._home / "roster.gpg").write_bytes(b"".join(certificates[name] for name in sorted(certificates)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._place.cleanup()

    def verify(self, payload: bytes, signature: bytes) -> SignatureVerdict:
        """Say who signed: good is nothing but one good signature by a known key."""
        if not signature.startswith(_OPENPGP):
            return SignatureVerdict(fault="underskriften är inte OpenPGP")
        (self._home / "signature.asc").write_bytes(signature)
        done = programs.run(
            "gpg",
            [
                *("--homedir", str(self._home), "--batch", "--no-tty", "--no-options", "--no-default-keyring"),
                *("--no-auto-key-locate", "--no-auto-key-import", "--trust-model", "always", "--weak-digest", "SHA1"),
                *("--keyring", str(self._home / "roster.gpg"), "--status-fd", "1"),
                *("--verify", str(self._home / "signature.asc"), "-"),
            ],
            feed=payload,
            timeout=20,
        )
        return self._judged(done.out.decode("utf-8", "replace"))

    def _judged(self, status: str) -> SignatureVerdict:
        lines = [line.split()[1:] for line in status.splitlines() if line.startswith("[GNUPG:] ")]
        names = [line[0] for line in lines if line]
        good = "GOODSIG"
        if self._expired and "EXPKEYSIG" in names:
            good = "EXPKEYSIG"  # gpg's word for a good signature by such a key
        for name, why in _WHY.items():
            if name in names and name != good:
                return SignatureVerdict(fault=self._unknown if name == "ERRSIG" else why)
        valid = [line for line in lines if line and line[0] == "VALIDSIG"]
        if names.count("NEWSIG") != 1 or names.count(good) != 1 or len(valid) != 1:
            return SignatureVerdict(fault="det är inte precis en god underskrift")
        fingerprint = valid[0][-1]
        if fingerprint not in self._known:
            return SignatureVerdict(fault=self._unknown)
        return SignatureVerdict(fingerprint)
