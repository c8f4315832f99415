"""Certificates that must be refused, each made to be bad in one way, and each refused in its own words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from iup.build.key_status import KeyState
from iup.errors import UnusableKeyError, UsageError
from iup.seal import certificate
from iup.system import programs
from tests.support.sealing import exported, gpg, gpg_home, new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LONG_AGO, LONG_PAST = "20200101", "2021-01-01"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with gpg_home() as home:
        yield home


@pytest.fixture(scope="module")
def good(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "good")
    return exported(home, fingerprint), fingerprint


def expired(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "expired", at=LONG_AGO, ends=LONG_PAST)
    return exported(home, fingerprint), fingerprint


def expired_for_encryption(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "half-expired", at=LONG_AGO, kinds=("ed25519", ""))
    gpg(home, "--quick-add-key", fingerprint, "cv25519", "encr", LONG_PAST, at=LONG_AGO)
    return exported(home, fingerprint), fingerprint


def revoked(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "revoked")
    text = (home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_bytes()
    gpg(home, "--import", feed=text.replace(b":-----BEGIN", b"-----BEGIN"))
    return exported(home, fingerprint), fingerprint


def sign_only(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "signs", kinds=("ed25519", ""))
    return exported(home, fingerprint), fingerprint


def revoked_for_encryption(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "half-revoked")
    asked = b"key 1\nrevkey\ny\n0\n\ny\nsave\n"
    gpg(home, "--command-fd", "0", "--pinentry-mode", "loopback", "--edit-key", fingerprint, feed=asked)
    return exported(home, fingerprint), fingerprint


def of_a_later_version(home: Path) -> tuple[bytes, str]:
    """Return what begins like a key of RFC 9580, which gpg 2 knows nothing of."""
    del home
    return b"\xc6\x2a\x06" + bytes(41), "0" * 40


def of_a_later_kind(home: Path) -> tuple[bytes, str]:
    """Return a key whose part to encrypt to is of an algorithm that nobody has yet."""
    fingerprint = new_key(home, "later")
    data = exported(home, fingerprint)
    body = next(body for tag, body in certificate._packets(data) if tag == 14)
    return data.replace(body, body[:5] + b"\x63" + body[6:]), fingerprint


def two_keys(home: Path) -> tuple[bytes, str]:
    first, second = new_key(home, "first"), new_key(home, "second")
    return exported(home, first) + exported(home, second), first


def secret(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "secret")
    return gpg(home, "--export-secret-keys", fingerprint), fingerprint


def another(home: Path) -> tuple[bytes, str]:
    return exported(home, new_key(home, "another")), "0" * 40


def too_big(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "flooded")
    return exported(home, fingerprint) + bytes(5_000_000), fingerprint


def weak(home: Path) -> tuple[bytes, str]:
    fingerprint = new_key(home, "weak", kinds=("rsa1024", "rsa1024"))
    return exported(home, fingerprint), fingerprint


def garbage(_home: Path) -> tuple[bytes, str]:
    return b"\x99\x01garbage" * 20, "0" * 40


def missing(_home: Path) -> tuple[bytes, str]:
    return b"", "0" * 40


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (expired, "nyckeln gick ut 2021-01-0[12]"),
        (expired_for_encryption, "nyckelns del att kryptera till gick ut 2021-01-0[12]"),
        (revoked_for_encryption, "del att kryptera till går inte att använda: nyckeln är återkallad"),
        (of_a_later_version, "OpenPGP version 6, som det här gpg inte känner"),
        (of_a_later_kind, r"slag \(algoritm 99\) som det här gpg inte känner"),
        (revoked, "är återkallad"),
        (sign_only, "ingen del att kryptera till, bara att skriva under med"),
        (two_keys, "precis en nyckel"),
        (secret, "hemlig nyckel"),
        (another, "en annan nyckel"),
        (too_big, "för stor"),
        (weak, "för kort: 1024 bitar, minst 3072"),
        (garbage, "precis en nyckel"),
        (missing, "saknas"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_bad_certificate_is_refused_in_its_own_words(
    home: Path, make: Callable[[Path], tuple[bytes, str]], said: str
) -> None:
    data, fingerprint = make(home)
    with pytest.raises(UnusableKeyError, match=said):
        certificate.inspect(data, fingerprint, home)


def test_a_good_certificate_is_taken(home: Path, good: tuple[bytes, str]) -> None:
    found = certificate.inspect(*good, home)
    assert found.fingerprint == good[1]
    assert len(found.encryption_keys) == 1
    assert found.expires is None


def test_a_strong_rsa_key_is_taken(home: Path) -> None:
    fingerprint = new_key(home, "strong", kinds=("rsa3072", "rsa3072"))
    assert certificate.inspect(exported(home, fingerprint), fingerprint, home).encryption_keys


def test_the_first_day_that_ends_a_certificate_is_told(home: Path) -> None:
    fingerprint = new_key(home, "ends", ends="2y")
    gpg(home, "--quick-add-key", fingerprint, "cv25519", "encr", "3y")
    in_two_years = datetime.now(UTC).date() + timedelta(days=2 * 365)
    assert certificate.inspect(exported(home, fingerprint), fingerprint, home).expires == in_two_years


def test_a_signing_key_has_to_be_able_to_sign() -> None:
    with gpg_home() as home:
        data, fingerprint = sign_only(home)
        assert certificate.inspect_signing(data, fingerprint, home) is None
        ending = new_key(home, "ending", ends="2y", kinds=("ed25519", ""))
        in_two_years = (datetime.now(UTC) + timedelta(days=730)).date()
        assert certificate.inspect_signing(exported(home, ending), ending, home) == in_two_years
        ended, its_fingerprint = expired(home)
        with pytest.raises(UnusableKeyError, match="gick ut 2021-01-0"):
            certificate.inspect_signing(ended, its_fingerprint, home)
        gpg(home, "--quick-generate-key", "TEST ONLY certifies", "ed25519", "cert", "never")
        listed = gpg(home, "--with-colons", "--list-keys", "=TEST ONLY certifies").decode()
        certifies = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        with pytest.raises(UnusableKeyError, match="går inte att signera med"):
            certificate.inspect_signing(exported(home, certifies), certifies, home)


def test_a_file_is_too_large_above_the_limit_and_not_at_it(home: Path, good: tuple[bytes, str]) -> None:
    data, fingerprint = good
    for more, told in ((0, "precis en nyckel"), (1, "för stor")):  # what is behind a key is no key
        with pytest.raises(UnusableKeyError, match=told):
            certificate.inspect(data + bytes(certificate.MAX_BYTES + more - len(data)), fingerprint, home)


def test_a_gpg_that_never_answers_is_this_file_s_fault(
    home: Path, good: tuple[bytes, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object, **__: object) -> None:
        raise programs.TimedOutError("programmet gpg svarade inte")

    monkeypatch.setattr(programs, "run", hang)
    with pytest.raises(UnusableKeyError, match="svarade inte"):
        certificate.inspect(*good, home)


def test_only_keys_that_can_be_encrypted_to_today_count(home: Path) -> None:
    fingerprint = new_key(home, "two-subkeys", at=LONG_AGO, kinds=("ed25519", ""))
    gpg(home, "--quick-add-key", fingerprint, "cv25519", "encr", LONG_PAST, at=LONG_AGO)
    gpg(home, "--quick-add-key", fingerprint, "cv25519", "encr", "never")
    found = certificate.inspect(exported(home, fingerprint), fingerprint, home)
    assert len(found.encryption_keys) == 1
    assert found.expires is None, "nor does the day on which the old one ended"


def test_a_certificate_ends_soon_within_the_warning_time_whatever_day_is_asked_about() -> None:
    key = KeyState("t3m8k", "openpgp", expires=date(2027, 1, 23))
    assert not key.ends_soon(date(2026, 11, 23))
    assert key.ends_soon(date(2026, 11, 24))
    assert key.ends_soon(date.max)
    assert not key.ends_soon(date.min)


def test_a_file_is_one_key_alone(home: Path, good: tuple[bytes, str]) -> None:
    data, fingerprint = good
    assert certificate.is_only(data, fingerprint, home)
    with gpg_home() as elsewhere:
        (ended, its_fingerprint), kept_secret = expired(elsewhere), secret(elsewhere)
        another_key = exported(elsewhere, new_key(elsewhere, "yet another"))
    assert certificate.is_only(ended, its_fingerprint, home), "whose signatures of before still count"
    for wrong in (
        kept_secret,
        (data + another_key, fingerprint),
        (another_key + data, fingerprint),
        (another_key, fingerprint),
        (data, fingerprint[::-1]),
        (b"no key", fingerprint),
    ):
        assert not certificate.is_only(*wrong, home)


def test_a_certificate_that_is_handed_over_may_be_armoured(home: Path, good: tuple[bytes, str], tmp_path: Path) -> None:
    data, fingerprint = good
    armoured = gpg(home, "--armor", "--export", fingerprint)
    for number, given in enumerate((data, armoured, b"\n" + armoured)):
        path, place = tmp_path / f"{number}.asc", tmp_path / f"{number}"
        path.write_bytes(given)
        place.mkdir(mode=0o700)
        found = certificate.handed_over(path, place)
        assert found.certificate.fingerprint == fingerprint
        assert certificate.is_only(found.keyring.read_bytes(), fingerprint, place)
        assert not found.keyring.read_bytes().startswith(b"-----BEGIN")
    with pytest.raises(UsageError, match="går inte att läsa"):
        certificate.handed_over(tmp_path / "away", tmp_path)
    large = tmp_path / "large"
    large.write_bytes(data + bytes(certificate.MAX_BYTES + 1 - len(data)))
    with pytest.raises(UnusableKeyError, match="för stor"):
        certificate.handed_over(large, tmp_path)
