"""The repository's door and signed commits: whose good signature counts, and which do not count at all."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.support.repository import (
    AGREED,
    AGREED_ANEW,
    ART,
    MENTOR,
    OFFICE,
    PLAN,
    PRINCIPAL,
    Server,
    install,
    refusals,
    rules,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.repository import Clone

ART_FILE = f"content/people/{ART}.yaml"
THEN = "20250110T120000"
SOON = "20250110T130000"  # a second before a key was made, gpg would not sign with it


@dataclass(frozen=True)
class Keyring:
    """A GnuPG home with secret keys, for `git commit -S`."""

    home: Path

    def gpg(self, *arguments: str, then: str = "") -> bytes:
        fixed = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--pinentry-mode", "loopback"]
        faked = ["--faked-system-time", then] if then else []
        done = subprocess.run([*fixed, "--passphrase", "", *faked, *arguments], check=True, capture_output=True)
        return done.stdout

    def take(self, person: str) -> str:
        """Import somebody's invented secret key and return its fingerprint."""
        self.gpg("--import", str(ROOT / "tests" / "keys" / f"{person}.asc"))
        return self.fingerprint(f"{person}@test.example")

    def fingerprint(self, who: str) -> str:
        listing = self.gpg("--with-colons", "--list-keys", who).decode()
        return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))

    def make(self, who: str, expires: str, then: str = "") -> str:
        self.gpg("--quick-generate-key", who, "ed25519", "sign", expires, then=then)
        return self.fingerprint(who)

    def revoke(self, fingerprint: str) -> None:
        text = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text(encoding="utf-8")
        certificate = self.home / "revoked.asc"
        certificate.write_text(text.replace("\n:-----", "\n-----"), encoding="utf-8")
        self.gpg("--import", str(certificate))

    def program(self, then: str) -> Path:
        """Return a gpg that believes it is another day."""
        path = self.home / f"gpg-{then}"
        path.write_text(f'#!/bin/sh\nexec gpg --faked-system-time {then} "$@"\n', encoding="utf-8")
        path.chmod(0o700)
        return path


@pytest.fixture
def keyring() -> Iterator[Keyring]:
    home = Path(tempfile.mkdtemp(prefix="g", dir="/tmp"))
    yield Keyring(home)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return serve(tmp_path_factory.mktemp("signed"), "signature")


def signed(clone: Clone, keyring: Keyring, fingerprint: str, *options: str, then: str = "") -> str:
    """Commit what has changed, signed with a key."""
    program = ("-c", f"gpg.program={keyring.program(then)}") if then else ()
    clone.git("add", "--all")
    arguments = ("commit", "--quiet", "--message", "Efter samtalet", f"--gpg-sign={fingerprint}", *options)
    clone.git(*program, *arguments, env={"GNUPGHOME": str(keyring.home)})
    return clone.git("rev-parse", "HEAD").out.strip()


def refused(by: Clone, why: str, ref: str = "HEAD:main") -> bool:
    """Push, and say whether it was refused for its signature and for that reason."""
    done = by.push(ref)
    return [rule for _, rule in refusals(done)] == ["underskrift"] and why in done.err


def give_key(server: Server, keyring: Keyring, person: str, fingerprint: str) -> None:
    """Let the office put another certificate in a person's place, as it lies on the server before the push."""
    office = server.clone(OFFICE, f"office-{fingerprint[:6]}")
    path = f"content/people/{person}.yaml"
    text = (office.path / path).read_text(encoding="utf-8")
    old = text[text.index("certifikat: ") :].split()[1]
    office.edit(path, (old, fingerprint))
    (office.path / f"content/keys/{fingerprint}.gpg").write_bytes(keyring.gpg("--export", fingerprint))
    office.commit("Ny nyckel")
    with server.unguarded():
        assert office.push().code == 0


def test_a_good_signature_says_who_it_is(server: Server, keyring: Keyring) -> None:
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    signed(mentor, keyring, keyring.take(MENTOR))

    done = mentor.push(account="vem-som-helst")

    assert done.code == 0, done.err


def test_without_a_signature_nobody_is_known_where_only_signatures_count(server: Server) -> None:
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()

    assert rules(mentor) == ["okänd-avsändare"]


def test_a_commit_in_the_principal_s_name_signed_by_a_teacher_is_refused(server: Server, keyring: Keyring) -> None:
    mentor = server.clone(PRINCIPAL)
    mentor.edit("policies/forms/iup-1-3.yaml", ("", "# en rad\n"))
    signed(mentor, keyring, keyring.take(MENTOR))

    assert rules(mentor) == ["incheckad-av-annan"]


def test_a_key_of_nobody_on_the_roster_is_refused(server: Server, keyring: Keyring) -> None:
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    signed(mentor, keyring, keyring.make("Ingrid Ahlmark <ingrid.ahlmark@alvhamra.example>", "none"))

    assert refused(mentor, "nyckeln tillhör ingen")


def test_an_altered_commit_under_an_old_signature_is_refused(server: Server, keyring: Keyring) -> None:
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    oid = signed(mentor, keyring, keyring.take(MENTOR))
    raw = mentor.git("cat-file", "commit", oid).out.replace("Efter samtalet", "Efter mötet")
    (mentor.path / ".git" / "raw").write_text(raw, encoding="utf-8")
    forged = mentor.git("hash-object", "-t", "commit", "-w", ".git/raw").out.strip()
    mentor.git("reset", "--quiet", "--hard", forged)

    assert refused(mentor, "hör inte till innehållet")


def test_a_key_that_has_expired_since_is_refused_whatever_day_the_commit_says(server: Server, keyring: Keyring) -> None:
    key = keyring.make("art", "20250601T120000", then=THEN)
    give_key(server, keyring, ART, key)
    teacher = server.clone(ART)
    teacher.edit(PLAN, ("bakgrund.", "bakgrunden."))
    day = "2025-01-10T12:00:00+0100"
    teacher.env |= {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day}
    signed(teacher, keyring, key, then=SOON)

    assert refused(teacher, "nyckeln har gått ut")


def test_a_key_that_has_been_revoked_since_is_refused(server: Server, keyring: Keyring) -> None:
    key = keyring.make("art", "none")
    give_key(server, keyring, ART, key)
    teacher = server.clone(ART)
    teacher.edit(PLAN, ("bakgrund.", "bakgrunden."))
    signed(teacher, keyring, key)
    keyring.revoke(key)
    office = server.clone(OFFICE, "office-again")
    (office.path / f"content/keys/{key}.gpg").write_bytes(keyring.gpg("--export", key))
    office.commit("Nyckeln är återkallad")
    with server.unguarded():
        assert office.push().code == 0

    assert refused(teacher, "nyckeln är återkallad", "HEAD:refs/heads/bild")


def test_a_signature_stands_over_the_account_that_carries_it(server: Server, keyring: Keyring) -> None:
    install(server, "keyfile")
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    signed(mentor, keyring, keyring.take(MENTOR))

    assert [rule for _, rule in refusals(mentor.push(account="okand"))] == ["okänd-avsändare"]
    assert mentor.push(account="samira").code == 0


def test_a_signature_that_is_not_openpgp_is_refused(server: Server) -> None:
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    oid = mentor.commit()
    raw = mentor.git("cat-file", "commit", oid).out
    ssh = "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n\n"
    (mentor.path / ".git" / "raw").write_text(raw.replace("\n\n", f"\n{ssh}", 1), encoding="utf-8")
    mentor.git("reset", "--quiet", "--hard", mentor.git("hash-object", "-t", "commit", "-w", ".git/raw").out.strip())

    assert refused(mentor, "inte OpenPGP")


def test_where_only_signatures_count_no_branch_moves_or_goes_without_one(server: Server, keyring: Keyring) -> None:
    mentor, teacher = server.clone(MENTOR), server.clone(ART)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    own = keyring.take(MENTOR)
    signed(mentor, keyring, own)
    assert mentor.push("HEAD:refs/heads/vecka-48").code == 0
    teacher.git("fetch", "--quiet")

    def said(by: Clone, ref: str) -> list[str]:
        return [rule for _, rule in refusals(by.push(ref))]

    assert said(teacher, ":refs/heads/vecka-48") == ["gren-utan-underskrift"]
    assert said(teacher, "origin/vecka-48:main") == ["gren-utan-underskrift"]
    assert said(teacher, "origin/vecka-48:refs/heads/annan") == ["gren-utan-underskrift"]
    teacher.git("checkout", "--quiet", "-B", "main", "origin/vecka-48")
    signed(teacher, keyring, keyring.take(ART), "--allow-empty")
    assert said(teacher, "HEAD:refs/heads/vecka-48") == ["gren-utan-underskrift"]  # it is the mentor's
    signed(mentor, keyring, own, "--allow-empty")
    assert mentor.push("HEAD:refs/heads/vecka-48").code == 0
    signed(mentor, keyring, own, "--allow-empty")
    assert mentor.push("HEAD:main").code == 0
