from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from iup.errors import BrokenSealError, LeakError, MissingError, SealError, UnusableKeyError, WrongKeyError
from iup.seal import certificate, openpgp
from iup.seal.padding import padme
from iup.system import programs
from tests.conftest import ROOT
from tests.support.sealing import exported, fingerprint_of, flipped, gpg, gpg_home, new_key, pdf_text, small_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iup.seal.certificate import Certificate

PLAIN = "<h1>Ett påhittat dokument</h1><p>KANARIEFÅGEL</p>".encode()


@dataclass(frozen=True)
class Person:
    """Somebody with a key pair: the home with the secret key, the certificate as a file and as it was judged."""

    home: Path
    keyring: Path
    certificate: Certificate

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint


@pytest.fixture(scope="module")
def people() -> Iterator[tuple[Person, Person]]:
    """Return the recipient and somebody else."""
    with gpg_home() as first, gpg_home() as second:
        yield person(first, "recipient"), person(second, "other")


def person(home: Path, name: str) -> Person:
    fingerprint = new_key(home, name)
    public = exported(home, fingerprint)
    keyring = home / f"{fingerprint}.gpg"
    keyring.write_bytes(public)
    return Person(home, keyring, certificate.inspect(public, fingerprint, home))


@pytest.fixture(scope="module")
def signer() -> Iterator[openpgp.Signer]:
    """Return the invented school's signing key."""
    key = (ROOT / "tests" / "keys" / "signing.asc").read_bytes()
    with gpg_home() as home:
        gpg(home, "--import", feed=key)
        fingerprint = fingerprint_of(key)
        (home / "pubring.gpg").write_bytes(exported(home, fingerprint))
        yield openpgp.Signer(home, fingerprint)


@pytest.fixture
def empty() -> Iterator[Path]:
    """Return the empty home that a message is sealed from."""
    with gpg_home() as home:
        yield home


@pytest.fixture
def sealed(people: tuple[Person, Person], empty: Path, signer: openpgp.Signer) -> bytes:
    recipient, _ = people
    return openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, signer)


def packets(message: bytes, home: Path) -> str:
    """Return gpg's list of the packets of a message, opened if the home has the key."""
    run = ["gpg", "--homedir", str(home), "--batch", "--list-packets", "--verbose"]
    return subprocess.run(run, input=message, capture_output=True, check=False).stdout.decode()


def recipients_of(message: bytes, home: Path) -> list[str]:
    lines = packets(message, home).splitlines()
    return [line.split("keyid ")[1] for line in lines if line.startswith((":pubkey enc", ":symkey enc"))]


def test_gpg_opens_it_with_the_recipients_key(people: tuple[Person, Person], sealed: bytes) -> None:
    recipient, _ = people
    run = ["gpg", "--homedir", str(recipient.home), "--batch", "--decrypt"]  # not 0: it lacks the school's certificate
    assert subprocess.run(run, input=sealed, capture_output=True, check=False).stdout == PLAIN
    assert openpgp.unseal(sealed, recipient.home) == PLAIN


def test_somebody_elses_key_does_not_open_it(people: tuple[Person, Person], sealed: bytes) -> None:
    _, other = people
    with pytest.raises(WrongKeyError):
        openpgp.unseal(sealed, other.home)


def test_it_is_encrypted_to_the_one_key_and_no_passphrase(people: tuple[Person, Person], sealed: bytes) -> None:
    recipient, other = people
    assert recipients_of(sealed, other.home) == [*recipient.certificate.encryption_keys]


def test_it_is_signed_by_the_school(people: tuple[Person, Person], sealed: bytes, signer: openpgp.Signer) -> None:
    recipient, _ = people
    with gpg_home() as home:
        gpg(home, "--import", recipient.keyring, signer.home / "pubring.gpg")
        gpg(home, "--import", feed=gpg(recipient.home, "--export-secret-keys", recipient.fingerprint))
        run = ["gpg", "--homedir", str(home), "--batch", "--status-fd", "1", "--output", str(home / "out"), "-d"]
        status = subprocess.run(run, input=sealed, capture_output=True, check=True).stdout.decode()
        assert f"GOODSIG {signer.fingerprint[-16:]}" in status
        assert f"VALIDSIG {signer.fingerprint}" in status


def test_without_a_signer_it_is_not_signed(people: tuple[Person, Person], empty: Path) -> None:
    recipient, _ = people
    unsigned = openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, None)
    assert ":signature packet:" not in packets(unsigned, recipient.home)


def test_the_literal_packet_has_no_file_name_and_nothing_is_compressed(
    people: tuple[Person, Person], sealed: bytes
) -> None:
    listed = packets(sealed, people[0].home)
    assert 'name=""' in listed
    assert ":literal data packet:" in listed
    assert ":compressed packet:" not in listed


def test_nothing_of_the_content_is_in_the_message(sealed: bytes) -> None:
    assert b"KANARIE" not in sealed


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (openpgp.padded_html(b"a" * 5_000), openpgp.padded_html(bytes(range(100, 150)) * 101)),
        (openpgp.padded_pdf(small_pdf("En text.", "A", 5_000)), openpgp.padded_pdf(small_pdf("En annan.", "B", 5_050))),
    ],
    ids=["html", "pdf"],
)
def test_two_contents_of_nearly_one_length_are_sealed_to_one_size(
    people: tuple[Person, Person], empty: Path, one: bytes, two: bytes
) -> None:
    recipient, _ = people
    sizes = {len(openpgp.seal(x, recipient.certificate, recipient.keyring, empty, None)) for x in (one, two)}
    assert len(sizes) == 1


def test_a_padded_pdf_says_what_it_said() -> None:
    plain = small_pdf("En text.", "A", 5_000)
    padded = openpgp.padded_pdf(plain)
    assert pdf_text(padded) == pdf_text(plain)
    assert len(padded) == padme(len(plain) + 2)
    at = plain.rindex(b"startxref")
    filling = padded[at : len(padded) - len(plain) + at]
    assert padded == plain[:at] + filling + plain[at:]
    assert filling == b"%" + b" " * (len(filling) - 2) + b"\n", "a comment of one line, whatever its length"


def test_a_home_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="finns inte"):
        openpgp.wrapper(tmp_path / "away")


def test_a_certificate_leaves_a_ring_alone_and_as_bytes(people: tuple[Person, Person], empty: Path) -> None:
    recipient, other = people
    ring = empty / "ring.gpg"
    ring.write_bytes(recipient.keyring.read_bytes() + other.keyring.read_bytes())
    public = openpgp.public_part(ring, other.fingerprint, empty)
    assert certificate.is_only(public, other.fingerprint, empty)
    assert not public.startswith(b"-----BEGIN")


# --- a hostile configuration


def make_hostile(home: Path, other: Person) -> None:
    """Let a home's configuration add a recipient to everything that is encrypted from it."""
    gpg(home, "--import", other.keyring)
    (home / "gpg.conf").write_text(f"encrypt-to {other.fingerprint}\ntrust-model always\n", encoding="ascii")


def test_a_configuration_can_add_a_recipient_to_plain_gpg(people: tuple[Person, Person], empty: Path) -> None:
    # The trap is real: without this, the tests below would prove nothing.
    recipient, other = people
    make_hostile(empty, other)
    gpg(empty, "--import", recipient.keyring)
    message = gpg(empty, "--encrypt", "--recipient", recipient.fingerprint, feed=PLAIN)
    assert len(recipients_of(message, empty)) == 2


def test_a_configuration_in_the_home_adds_no_recipient(people: tuple[Person, Person], empty: Path) -> None:
    recipient, other = people
    make_hostile(empty, other)
    message = openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, None)
    assert recipients_of(message, empty) == [*recipient.certificate.encryption_keys]


def test_the_users_own_configuration_adds_no_recipient(
    people: tuple[Person, Person], empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient, other = people
    own = tmp_path / ".gnupg"
    own.mkdir(mode=0o700)
    (own / "gpg.conf").write_text(f"encrypt-to {other.fingerprint}\nkeyring {other.keyring}\n", encoding="ascii")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GNUPGHOME", str(own))
    message = openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, None)
    assert recipients_of(message, empty) == [*recipient.certificate.encryption_keys]


# --- what is never handed on


@pytest.mark.parametrize(
    "more", [["--recipient-file", "{other}"], ["--symmetric", "--passphrase", "a"]], ids=["second key", "passphrase"]
)
def test_a_message_that_somebody_more_can_open_is_a_leak(
    people: tuple[Person, Person], empty: Path, more: list[str]
) -> None:
    recipient, other = people
    extra = [part.format(other=other.keyring) for part in more]
    fixed = ["--recipient-file", str(recipient.keyring), "--trust-model", "always"]
    message = gpg(empty, "--encrypt", *fixed, *extra, feed=PLAIN)
    with pytest.raises(LeakError):
        openpgp.check(message, recipient.certificate, empty)


def test_a_message_to_somebody_else_is_a_leak(people: tuple[Person, Person], empty: Path) -> None:
    recipient, other = people
    message = openpgp.seal(PLAIN, other.certificate, other.keyring, empty, None)
    with pytest.raises(LeakError):
        openpgp.check(message, recipient.certificate, empty)


@pytest.mark.parametrize("message", [b"", b"garbage", PLAIN], ids=["empty", "garbage", "plaintext"])
def test_what_is_no_message_at_all_is_a_leak(people: tuple[Person, Person], empty: Path, message: bytes) -> None:
    with pytest.raises(LeakError):
        openpgp.check(message, people[0].certificate, empty)


# --- damaged on the way


@pytest.mark.parametrize("at", [-40, -1], ids=["text", "end"])
def test_a_changed_message_is_a_broken_file(people: tuple[Person, Person], sealed: bytes, at: int) -> None:
    with pytest.raises(BrokenSealError):
        openpgp.unseal(flipped(sealed, at), people[0].home)


def test_a_message_cut_off_on_the_way_is_a_broken_file(people: tuple[Person, Person], sealed: bytes) -> None:
    with pytest.raises(BrokenSealError):
        openpgp.unseal(sealed[:-30], people[0].home)


@pytest.mark.parametrize("message", [b"", b"garbage"], ids=["empty", "garbage"])
def test_what_is_no_message_is_a_broken_file(people: tuple[Person, Person], message: bytes) -> None:
    with pytest.raises(BrokenSealError):
        openpgp.unseal(message, people[0].home)


# --- signing


def test_a_key_taken_in_is_not_rewritten_when_it_is_used() -> None:
    # gpg-agent does so in place, and whoever uses the key at that moment fails.
    with gpg_home() as home:
        (fingerprint,) = openpgp.take_in(home, (ROOT / "tests" / "keys" / "r4x8w.asc").read_bytes())
        taken_in = stored(home)
        sealed = gpg(home, "--trust-model", "always", "--sign", "--encrypt", "-r", fingerprint, feed=PLAIN)
        assert gpg(home, "--decrypt", feed=sealed) == PLAIN
        assert stored(home) == taken_in


def stored(home: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (home / "private-keys-v1.d").iterdir()}


def test_a_detached_signature_is_the_schools(signer: openpgp.Signer, tmp_path: Path) -> None:
    signature = tmp_path / "a.asc"
    signature.write_bytes(openpgp.sign(PLAIN, signer))
    run = ["gpg", "--homedir", str(signer.home), "--batch", "--status-fd", "1", "--verify", str(signature), "-"]
    status = subprocess.run(run, input=PLAIN, capture_output=True, check=True).stdout.decode()
    assert f"GOODSIG {signer.fingerprint[-16:]}" in status


def test_a_message_is_not_sent_unsigned_when_the_schools_key_is_gone(
    people: tuple[Person, Person], empty: Path
) -> None:
    recipient, other = people
    (empty / "pubring.gpg").write_bytes(other.keyring.read_bytes())  # the certificate, but no secret key
    with pytest.raises((UnusableKeyError, LeakError)):
        openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, openpgp.Signer(empty, other.fingerprint))


@dataclass(frozen=True)
class Ended:
    """How a gpg that lies says that it ended."""

    ok: bool
    data: bytes
    stderr: str = "SIG_CREATED"

    def encrypt(self, *_: object, **__: object) -> Ended:
        return self


@pytest.mark.parametrize("ended", [Ended(ok=False, data=b"half a message"), Ended(ok=True, data=b"")], ids=str)
def test_a_gpg_that_fails_or_gives_nothing_is_refused(
    people: tuple[Person, Person], empty: Path, monkeypatch: pytest.MonkeyPatch, ended: Ended
) -> None:
    recipient, _ = people
    monkeypatch.setattr(openpgp, "wrapper", lambda *_: ended)
    monkeypatch.setattr(openpgp, "check", lambda *_: None)
    with pytest.raises(UnusableKeyError):
        openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, None)


def test_a_message_that_gpg_left_unsigned_is_not_sent(
    people: tuple[Person, Person], empty: Path, signer: openpgp.Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient, _ = people
    monkeypatch.setattr(openpgp, "wrapper", lambda *_: Ended(ok=True, data=b"a message", stderr=""))
    monkeypatch.setattr(openpgp, "check", lambda *_: None)
    with pytest.raises(MissingError, match="signeringsnyckel"):
        openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, signer)


def test_a_person_signs_with_a_key_of_their_own(people: tuple[Person, Person], tmp_path: Path) -> None:
    person, other = people
    made = openpgp.sign_as(PLAIN, person.home, person.fingerprint)
    assert made.startswith(b"-----BEGIN PGP SIGNATURE-----")
    signature = tmp_path / "signature.asc"
    signature.write_bytes(made)
    run = ["gpg", "--homedir", str(person.home), "--batch", "--status-fd", "1", "--verify", str(signature), "-"]
    status = subprocess.run(run, input=PLAIN, capture_output=True, check=True).stdout.decode()
    assert f"VALIDSIG {person.fingerprint}" in status
    with pytest.raises(WrongKeyError, match="hemliga delen"):
        openpgp.sign_as(PLAIN, other.home, person.fingerprint)


@pytest.mark.parametrize(
    ("fault", "told"), [(BrokenPipeError(), UnusableKeyError), (programs.TimedOutError("gpg svarade inte"), SealError)]
)
def test_a_gpg_that_ends_or_hangs_costs_this_recipient_alone(
    people: tuple[Person, Person],
    empty: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    told: type[Exception],
) -> None:
    class Faulty:
        def encrypt(self, *_: object, **__: object) -> None:
            raise fault

    recipient, _ = people
    monkeypatch.setattr(openpgp, "wrapper", lambda *_: Faulty())
    with pytest.raises(told) as raised:
        openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, None)
    assert not isinstance(raised.value, MissingError), "which would stop everybody's"


def test_what_cannot_be_signed_is_told(people: tuple[Person, Person], empty: Path) -> None:
    _, other = people
    (empty / "pubring.gpg").write_bytes(other.keyring.read_bytes())  # the certificate, but no secret key
    with pytest.raises(MissingError, match="signeringsnyckel"):
        openpgp.sign(PLAIN, openpgp.Signer(empty, other.fingerprint))


def test_a_gpg_that_hangs_is_ended(
    people: tuple[Person, Person], empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "gpg"
    slow.write_text(
        f'#!/bin/sh\ncase "$*" in *--version*|*--list-config*) exec {shutil.which("gpg")} "$@";; esac\nexec sleep 60\n'
    )
    slow.chmod(0o755)
    monkeypatch.setattr(programs, "find", lambda _tool: str(slow))
    monkeypatch.setattr(openpgp, "SECONDS", 0.5)
    recipient, _ = people
    with pytest.raises(SealError, match="svarade inte") as raised:
        openpgp.seal(PLAIN, recipient.certificate, recipient.keyring, empty, None)
    assert not isinstance(raised.value, MissingError)


def test_an_agent_is_ended_with_what_it_holds() -> None:
    with gpg_home() as home:
        openpgp.sign_as(PLAIN, home, new_key(home, "short-lived"))
        asking = ["gpg-connect-agent", "--homedir", str(home), "--no-autostart", "/bye"]
        assert not subprocess.run(asking, capture_output=True, check=True).stderr
        openpgp.end_agent(home)
        assert b"no gpg-agent running" in subprocess.run(asking, capture_output=True, check=False).stderr


def test_a_message_unpacks_to_so_much_and_no_more(people: tuple[Person, Person], empty: Path) -> None:
    recipient, _ = people
    # gpg gives what fits of a longer text, in pieces of 32 kB, and says that all is well.
    for size in (5_000, 100_000):
        sealed = openpgp.seal(b"x" * size, recipient.certificate, recipient.keyring, empty, None)
        assert openpgp.unseal(sealed, recipient.home, most=size) == b"x" * size
        assert openpgp.unseal(sealed, recipient.home) == b"x" * size
        for most in (1, size // 2, size - 1):
            with pytest.raises(BrokenSealError):
                openpgp.unseal(sealed, recipient.home, most=most)
