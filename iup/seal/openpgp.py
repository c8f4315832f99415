"""The OpenPGP seal: encrypted to one certificate by python-gnupg, signed by the school where it has a key.

gpg can reach the recipient's certificate file and the school's own keyring, and no other, so that no name can match
another key. Recipients are full fingerprints, and nothing is looked up on a network. This guards against three traps
(measured with GnuPG 2.2): `encrypt-to` in a configuration adds a recipient, an exit code of 0 says little, and
python-gnupg logs chunks of what it encrypts at DEBUG.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gnupg

from iup.errors import BrokenSealError, IupError, LeakError, MissingError, SealError, UnusableKeyError, WrongKeyError
from iup.seal.padding import padme
from iup.system import files, programs, scratch

if TYPE_CHECKING:
    from iup.seal.certificate import Certificate

_OPTIONS = ["--no-options", "--no-auto-key-locate", "--no-encrypt-to", "--trust-model", "always"]
_SEALING = [*_OPTIONS, "--compress-algo", "none", "--set-filename", ""]
# gpg's own framing is of nearly fixed length; the padding is inside, on the plaintext.
_PDF_END = b"startxref"
_LONGEST_HOME = 70
SECONDS = 20.0
_A_PERSON_S = 600.0


@dataclass(frozen=True)
class Signer:
    """The school's signing key: a home that holds it alone, and its fingerprint."""

    home: Path
    fingerprint: str


class _Gpg(gnupg.GPG):
    """python-gnupg with a time-out: a gpg that hangs is killed, as in `programs`."""

    def _collect_output(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  the library's
        program = arguments[0]
        ended = threading.Event()

        def end() -> None:
            ended.set()
            program.kill()

        watch = threading.Timer(SECONDS, end)
        watch.start()
        try:
            collected = super()._collect_output(*arguments, **named)  # type: ignore[no-untyped-call]
        finally:
            watch.cancel()
        if ended.is_set():
            raise programs.TimedOutError(f"programmet gpg svarade inte inom {SECONDS:.0f} sekunder")
        return collected


_Timed: type[gnupg.GPG] = _Gpg


def _silenced() -> None:
    logging.getLogger("gnupg").setLevel(logging.CRITICAL + 1)


def wrapper(home: Path, keyrings: list[str] | None = None, options: list[str] | None = None) -> gnupg.GPG:
    """Return python-gnupg on a home, or a refusal in one line when gpg or the right library is missing."""
    _silenced()
    if not hasattr(gnupg.GPG, "is_valid_passphrase"):
        raise MissingError(
            "biblioteket gnupg är inte python-gnupg utan ett annat, nedlagt paket",
            "kör pip uninstall gnupg och pip install -r requirements.txt",
        )
    if not home.is_dir():
        raise MissingError(f"gpg:s katalog {home} finns inte", "är kontorets katalog flyttad eller inte monterad?")
    return _library(programs.find("gpg"), str(home), tuple(keyrings or ()), tuple(options or _OPTIONS))


@lru_cache(maxsize=64)
def _library(program: str, home: str | None, keyrings: tuple[str, ...], options: tuple[str, ...]) -> gnupg.GPG:
    """Return python-gnupg on a home; making it asks gpg for its version, so once a run is enough."""
    return _Timed(gpgbinary=program, gnupghome=home, keyring=[*keyrings] or None, options=[*options] or None)


@lru_cache(maxsize=64)
def reachable(home: Path) -> Path:
    """Return a short path to a home of secret keys, because the path of gpg-agent's socket has at most 108 bytes."""
    if len(str(home)) <= _LONGEST_HOME:
        return home
    return scratch.link_to_home(home)


def take_in(home: Path, *keys: bytes) -> list[str]:
    """Import keys without a passphrase into a home of ours and return their fingerprints.

    gpg-agent rewrites an imported secret key, in place, the first time that it is used: two first uses at once met a
    half-written file (“Unmatched parentheses in S-expression”). So each is used here, by an export that goes nowhere.
    """
    gpg = wrapper(reachable(home))
    imported = [one for key in keys for one in gpg.import_keys(key).fingerprints]
    found = [str(fingerprint) for fingerprint in dict.fromkeys(imported) if fingerprint]
    if found:
        gpg.export_keys(found, secret=True, expect_passphrase=False)
    return found


def end_agent(home: Path) -> None:
    """End the gpg-agent of a home of ours, so that no secret key stays in memory after the run."""
    with suppress(IupError):  # this is on the way out: it must not hide what stopped the run
        scratch.end_agent(reachable(home))


def seal(plain: bytes, certificate: Certificate, keyring: Path, home: Path, signer: Signer | None) -> bytes:
    """Return the bytes encrypted to one certificate, checked to be for that recipient alone.

    `keyring` is the binary certificate file, `home` an empty directory of mode 0700.
    """
    keyrings = [str(keyring)]
    if signer is not None:
        keyrings.append(str(signer.home / "pubring.gpg"))
    gpg = wrapper(signer.home if signer else home, keyrings, _SEALING)
    try:
        done = gpg.encrypt(
            plain,
            [certificate.fingerprint],
            sign=signer.fingerprint if signer else None,
            armor=False,
            always_trust=True,
        )
    except programs.TimedOutError as error:
        raise SealError(error.message) from None  # it may be this recipient's key: the others are to be served
    except BrokenPipeError:  # it ended before it had read what it was to encrypt
        raise UnusableKeyError("gpg vägrar kryptera till nyckeln") from None
    if not done.ok or not done.data:
        files.require_writable(signer.home if signer else home)
        raise UnusableKeyError("gpg vägrar kryptera till nyckeln")
    if signer is not None and "SIG_CREATED" not in str(done.stderr):
        files.require_writable(signer.home)
        raise MissingError("skolans signeringsnyckel gick inte att använda", "kör build.py keys check")
    sealed = bytes(done.data)
    check(sealed, certificate, home)
    return sealed


def sign(data: bytes, signer: Signer) -> bytes:
    """Return a detached, armoured signature by the school's key."""
    made = _signing(signer).sign(data, keyid=signer.fingerprint, detach=True)
    if not made.data:
        files.require_writable(signer.home)
        raise MissingError("skolans signeringsnyckel gick inte att använda", "kör build.py keys check")
    return bytes(made.data)


def sign_as(data: bytes, home: Path | None, fingerprint: str) -> bytes:
    """Return a detached, armoured signature by a person's own key, from a GnuPG home (None: the user's own).

    gpg may be asking a person for the words that the key is kept under, so it has a while.
    """
    where = ("--homedir", str(reachable(home))) if home else ()
    arguments = (*where, "--armor", "--local-user", fingerprint, "--detach-sign", "--output", "-")
    made = programs.run("gpg", arguments, feed=data, timeout=_A_PERSON_S)
    if made.code or not made.out:
        files.require_writable(home or _user_home())
        raise WrongKeyError(
            "den hemliga delen av nyckeln finns inte här, eller gick inte att använda",
            "ange nyckelns katalog med --home",
        )
    return made.out


def _signing(signer: Signer) -> gnupg.GPG:
    """Return python-gnupg on the school's key."""
    return wrapper(signer.home, [str(signer.home / "pubring.gpg")])


def public_part(ring: Path, fingerprint: str, home: Path) -> bytes:
    """Return one key of a keyring as a binary certificate file; `home` is an empty directory of mode 0700."""
    return bytes(wrapper(home, [str(ring)]).export_keys([fingerprint], armor=False))


def armoured(signer: Signer) -> bytes:
    """Return the public part of the school's signing key as text, for those who want to check a signature."""
    return str(_signing(signer).export_keys([signer.fingerprint], armor=True)).encode()


def check(sealed: bytes, certificate: Certificate, home: Path) -> None:
    """Raise `LeakError` unless the message can be opened by exactly one key, one of this certificate's."""
    listed = programs.run(
        "gpg",
        ["--homedir", str(home), "--batch", "--no-options", "--list-packets", "--list-only"],
        feed=sealed,
        timeout=20,
    )
    lines = listed.out.decode("utf-8", "replace").splitlines()
    keys = [line.split("keyid ")[1].split()[0] for line in lines if line.startswith(":pubkey enc packet:")]
    passwords = [line for line in lines if line.startswith(":symkey enc packet:")]
    if len(keys) != 1 or keys[0] not in certificate.encryption_keys or passwords:
        raise LeakError("en försändelse kan öppnas av fler än sin mottagare; inget skickas")


def unseal(sealed: bytes, home: Path | None, most: int = 0) -> bytes:
    """Return what a message holds, opened with the secret keys of a GnuPG home (None: the user's own).

    `most` bounds the plain text in bytes, for a message of unknown origin: a short one can unpack without end.
    """
    _silenced()
    gpg = _library(programs.find("gpg"), str(reachable(home)) if home else None, (), ())
    # Who signed it is not asked here, where anybody's may be opened; without that, gpg ends with 0 only where it has
    # given all there is. Of a text beyond the limit it gives the beginning, and says that the decryption went well.
    limit = ["--max-output", str(most)] if most else []
    done = gpg.decrypt(sealed, always_trust=True, extra_args=["--skip-verify", *limit])
    if done.ok and done.returncode == 0:
        return bytes(done.data)
    files.require_writable(home or _user_home())  # without its agent, which needs a place, gpg knows of no secret key
    status = str(done.status)
    if "no secret key" in status or "NO_SECKEY" in str(done.stderr):
        raise WrongKeyError(
            "den hemliga nyckel som filen är låst till finns inte här", "ange nyckelns katalog med --home"
        )
    raise BrokenSealError("filen är skadad, avkortad eller inte ett OpenPGP-meddelande")


def _user_home() -> Path:
    return Path(os.environ.get("GNUPGHOME") or Path.home() / ".gnupg")


@dataclass(frozen=True)
class SignedMessage:
    """What a message held, and the fingerprint of the primary key that signed it."""

    plain: bytes
    fingerprint: str


# Every word of gpg's about a signature (GnuPG doc/DETAILS). Only `GOODSIG` is good: for an expired or revoked key gpg
# ends with 0 and prints VALIDSIG too.
_SIGNATURE = frozenset({"GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG"})
_ALARMS = frozenset({"DECRYPTION_FAILED", "BADMDC", "NODATA", "UNEXPECTED", "BADARMOR", "FAILURE", "SIGEXPIRED"})


def open_signed(sealed: bytes, home: Path, keyrings: list[Path], most: int) -> SignedMessage:
    """Return what an encrypted message holds, if it has exactly one good signature by a key of the keyrings.

    `home` has the secret key that opens it, `most` is the largest plain text in bytes. The text is gpg's output, never
    a part of the message. A clear-text signature is refused: what stands around it would be taken for signed.
    """
    if sealed.lstrip().startswith(b"-----BEGIN PGP SIGNED"):
        raise BrokenSealError("meddelandet är signerat men inte krypterat")
    rings = [part for ring in (home / "pubring.gpg", *keyrings) for part in ("--keyring", str(ring))]
    done = programs.run(
        "gpg",
        [
            *("--homedir", str(reachable(home)), "--batch", "--no-tty", *_OPTIONS, "--no-default-keyring", *rings),
            # Prose could be made to look like status lines; with the log elsewhere, standard error has them alone.
            *("--logger-file", "/dev/null", "--status-fd", "2", "--pinentry-mode", "error", "--max-output", str(most)),
            "--decrypt",
        ],
        feed=sealed,
        timeout=60,
    )
    lines = [line.split(" ") for line in done.err.decode("utf-8", "replace").splitlines()]
    words = [line[1] for line in lines if line[0] == "[GNUPG:]" and len(line) > 1]
    if "DECRYPTION_OKAY" not in words:
        files.require_writable(home)
    if "NO_SECKEY" in words and "DECRYPTION_OKAY" not in words:
        raise WrongKeyError("meddelandet är inte krypterat till kontorets nyckel")
    if words.count("DECRYPTION_OKAY") != 1 or words.count("PLAINTEXT") != 1 or _ALARMS & set(words):
        raise BrokenSealError("filen är skadad, avkortad eller inte ett krypterat OpenPGP-meddelande")
    signatures = [word for word in words if word in _SIGNATURE]
    if not signatures and "NEWSIG" not in words:
        raise BrokenSealError("meddelandet är krypterat men inte signerat; det kan ha skrivits av vem som helst")
    valid = [line for line in lines if line[:2] == ["[GNUPG:]", "VALIDSIG"]]
    if signatures != ["GOODSIG"] or words.count("NEWSIG") != 1 or len(valid) != 1 or done.code:
        raise BrokenSealError("meddelandets signatur är inte en enda god signatur av en nyckel som gäller")
    return SignedMessage(done.out, valid[0][-1])


def padded_html(html: bytes) -> bytes:
    """Pad a page with trailing spaces, which no browser shows."""
    return html + b" " * (padme(len(html)) - len(html))


def padded_pdf(pdf: bytes) -> bytes:
    """Pad a PDF with a comment before `startxref`, where it moves no offset."""
    missing = padme(len(pdf) + 2) - len(pdf)
    at = pdf.rindex(_PDF_END)
    return pdf[:at] + b"%" + b" " * (missing - 2) + b"\n" + pdf[at:]
