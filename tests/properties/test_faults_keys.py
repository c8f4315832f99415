"""Bad certificates among good ones, and a slow gpg: each stops its owner only."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from iup.errors import ExitCode
from tests.conftest import DAY, iup
from tests.support.faults import (
    MENTOR,
    assert_no_plaintext,
    gpg_that,
    is_whole,
    leftovers,
    nobody_left,
    result,
    said,
    start,
)
from tests.support.sealing import exported, gpg, gpg_home, new_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Place


# What would write on a terminal, begin a line of its own, and turn the reading direction.
EVIL = "\x1b[31mröd\nfel: alla fick allt\u202e".encode()


def expired(home: Path) -> tuple[str, bytes]:
    fingerprint = new_key(home, "expired", at="20200101", ends="2021-01-01")
    return fingerprint, exported(home, fingerprint)


def revoked(home: Path) -> tuple[str, bytes]:
    fingerprint = new_key(home, "revoked")
    text = (home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_bytes()
    gpg(home, "--import", feed=text.replace(b":-----BEGIN", b"-----BEGIN"))
    return fingerprint, exported(home, fingerprint)


def sign_only(home: Path) -> tuple[str, bytes]:
    fingerprint = new_key(home, "signs", kinds=("ed25519", ""))
    return fingerprint, exported(home, fingerprint)


def two_keys(home: Path) -> tuple[str, bytes]:
    first, second = new_key(home, "first"), new_key(home, "second")
    return first, exported(home, first) + exported(home, second)


def anothers(home: Path) -> tuple[str, bytes]:
    return new_key(home, "mine"), exported(home, new_key(home, "anothers"))


def secret(home: Path) -> tuple[str, bytes]:
    fingerprint = new_key(home, "secret")
    return fingerprint, gpg(home, "--export-secret-keys", fingerprint)


def flooded(home: Path) -> tuple[str, bytes]:
    fingerprint = new_key(home, "flooded")
    names = b"".join(b"\xb5\x27\x10" + b"%010000d" % number for number in range(500))  # user ids of 10,000 bytes
    return fingerprint, exported(home, fingerprint) + names


def cut_off(home: Path) -> tuple[str, bytes]:
    fingerprint = new_key(home, "cut")
    return fingerprint, exported(home, fingerprint)[:-20]


def evil_name(home: Path) -> tuple[str, bytes]:
    # And expired long ago, so that something is said about its owner, however fast the machine is.
    fingerprint = new_key(home, "evil", at="20200101", ends="2021-01-01")
    gpg(home, "--allow-freeform-uid", "--quick-add-uid", fingerprint, EVIL.decode(), at="20200102")
    certificate = exported(home, fingerprint)
    assert EVIL in certificate
    return fingerprint, certificate


BAD = {
    expired: "nyckeln gick ut 2021-01-01",
    revoked: "nyckeln är återkallad",
    sign_only: "nyckeln har ingen del att kryptera till, bara att skriva under med",
    two_keys: "filen ska innehålla precis en nyckel",
    anothers: "filen innehåller en annan nyckel än den som fingeravtrycket säger",
    flooded: "certifikatfilen är för stor",
    cut_off: "filen ska innehålla precis en nyckel",
    evil_name: "nyckeln gick ut 2021-01-01",
}


def employ(place: Place, person: str, fingerprint: str, certificate: bytes) -> None:
    """Have somebody with this certificate teach Noel's class."""
    people, keys = place.site / "content" / "people", place.site / "content" / "keys"
    text = (people / "t3m8k.yaml").read_text(encoding="utf-8")
    text = re.sub(r"certifikat: \w+", f"certifikat: {fingerprint}", text)
    (people / f"{person}.yaml").write_text(text, encoding="utf-8")
    (keys / f"{fingerprint}.gpg").write_bytes(certificate)
    school = place.site / "content" / "schools" / "kvarnriset.yaml"
    row = f"      - {{ämne: Musik, lärare: {person}, från: 2026-08-17}}\n"
    text = school.read_text(encoding="utf-8")
    at = text.index("undervisning:\n") + len("undervisning:\n")
    school.write_text(text[:at] + row + text[at:], encoding="utf-8")


@pytest.mark.parametrize("good", [3, pytest.param(50, marks=pytest.mark.campaign)])
def test_each_kind_of_bad_certificate_stops_its_owner_only(place: Place, good: int) -> None:
    before = result(place)
    reasons = {}
    with gpg_home() as home:
        for number in range(good):
            fingerprint = new_key(home, f"good{number}")
            employ(place, f"g{number:04}", fingerprint, exported(home, fingerprint))
        for number, (kind, reason) in enumerate(BAD.items()):
            employ(place, f"b{number:04}", *kind(home))
            reasons[f"b{number:04}"] = reason
    place.commit()
    done = place.run("build", "--json")
    assert done.code == ExitCode.PARTIAL, done.err
    told = json.loads(done.out)
    assert told["failed"] == reasons
    assert all(f"fel: {person} fick inget: {reason}\n" in done.err for person, reason in reasons.items())
    assert not {"\x1b", "\u202e"} & set(done.err + done.out)
    assert "alla fick allt" not in done.err + done.out
    served = {f"g{number:04}" for number in range(good)}
    assert served <= told["files"].keys()
    assert not reasons.keys() & told["files"].keys()
    assert is_whole(place)
    now = result(place)
    assert {name for person in served for name in told["files"][person]} <= now.keys()
    kept = before.keys() & now.keys() - {"manifest.json", "manifest.json.asc"}
    assert kept
    listed = iup("keys", "check", "--site", place.site, "--as-of", DAY)
    assert listed.code == ExitCode.PARTIAL
    assert "\x1b" not in listed.out + listed.err
    again = place.run("build", "--json")
    assert (again.code, json.loads(again.out)["made"]) == (ExitCode.PARTIAL, 0)
    assert {**result(place), "manifest.json.asc": b""} == {**now, "manifest.json.asc": b""}


def test_a_secret_key_among_the_certificates_stops_everything(place: Place) -> None:
    """Whoever has a copy of the content can use it: that concerns more than its owner."""
    before = result(place)
    with gpg_home() as home:
        employ(place, "b0000", *secret(home))
    place.commit()
    done = place.run("build")
    assert done.code == ExitCode.CONTENT
    assert "[hemlig-nyckel]" in done.err
    assert result(place) == before


def test_a_slow_gpg_is_told_and_the_others_are_served(pending: Place, temporary: Path, tmp_path: Path) -> None:
    text = (pending.site / "content" / "people" / "t3m8k.yaml").read_text(encoding="utf-8")
    found = re.search(r"certifikat: (\w+)", text)
    assert found
    slow = f'case "$*" in *--encrypt*{found[1]}*) exec sleep 600;; esac\nexec $real "$@"\n'
    env = gpg_that(tmp_path / "bin", slow)
    (tmp_path / "bin" / "sleep").symlink_to("/bin/sleep")
    run = start(pending, "--json", env={**env, "TMPDIR": str(temporary)})
    done = run.end()
    assert done.code == ExitCode.PARTIAL, done.err
    assert json.loads(done.out)["failed"] == {"t3m8k": "programmet gpg svarade inte inom 20 sekunder"}
    assert said(done) == ["fel: t3m8k fick inget: programmet gpg svarade inte inom 20 sekunder"]
    assert nobody_left(run), "what hung is ended"
    assert is_whole(pending)
    assert leftovers(pending) == []
    assert_no_plaintext(pending, temporary, done.out, done.err)
    assert pending.run("build", "--json").code == 0


def test_a_gpg_that_never_answers_stops_the_run(pending: Place, tmp_path: Path) -> None:
    before = result(pending)
    env = gpg_that(tmp_path / "bin", 'case "$*" in *--decrypt*) exec sleep 600;; esac\nexec $real "$@"\n')
    (tmp_path / "bin" / "sleep").symlink_to("/bin/sleep")
    run = start(pending, env=env)
    done = run.end()
    assert done.code == ExitCode.MISSING
    assert said(done) == ["fel: programmet gpg svarade inte inom 20 sekunder"]
    assert nobody_left(run)
    assert result(pending) == before


def test_certificates_by_gpgs_clock(pending: Place, tmp_path: Path) -> None:
    """Another time for gpg alone: before its keys were made, or when they have ended, nobody is sealed to."""
    for moment in ("19990101T000000", "20990101T000000"):
        directory = tmp_path / moment
        env = gpg_that(directory, f'exec $real --faked-system-time {moment}! "$@"\n')
        done = pending.run("build", *MENTOR, "--json", env=env)
        assert done.code in set(ExitCode), done.err
        assert done.code != ExitCode.BUG, done.err
        assert all(line.isprintable() for line in said(done))
        assert is_whole(pending)
        assert leftovers(pending) == []
    assert pending.run("build", *MENTOR, "--as-of", DAY).code == 0
    assert is_whole(pending)
