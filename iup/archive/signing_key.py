"""Make the school's first signing key, or replace it with a new one, and tell of it in the teachers' repository.

In: a site and its office. Out: a key in a home of its own, recorded in the ledger where there is one, named in
`office.yaml`, and its certificate in `content/office/`. The former key signs the entry that records the new one, so
that whoever has checked the ledger so far can go on. It signs the new certificate too, so that the hook can.

There are four steps: the key is made in a temporary place, the ledger records it, its home gets its name, and
`office.yaml` names it. If a run is killed between two steps, the next run continues from there, and nothing else is
added to the ledger before that. The commit in the teachers' repository comes last; until it is there, the next run
makes no further key. The home of the former key stays: nothing here deletes a key.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.archive.ledger import LedgerWriter
from iup.errors import ContentError, MissingError, OutputError, UsageError
from iup.keys import keyring, new_office
from iup.policy.change_statement import key_payload
from iup.seal import certificate, openpgp
from iup.site import office_keys, paths
from iup.site.load import SiteReader, located
from iup.system import files
from iup.system.git import commit, own_repository, plumbing
from iup.system.git.trees import CommitTree

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice
    from iup.site.layout import Site
    from iup.site.office_keys import OfficeKey

_DONE = "fingerprint"
_FILE = "office.yaml"
_TRAILER = "Kontor-Nyckel"
_HEAD = "# Kontorets signeringsnycklar, den nyaste sist. Skrivs av build.py keys new-signing och keys publish-signing."


def change(site: Site, own: UnlockedOffice, day: date) -> None:
    """Make or renew the signing key, or finish what a killed run began; `publish` is to follow, with the office anew.

    A key that the teachers' repository does not tell of yet is published first, so that it can sign the next.
    """
    commit.author(site.root)  # before anything is made that could not be told of
    told = published(site)
    if told and _is_brought_up(site, told[-1].fingerprint):
        return
    commit.refuse_unless_clean(site.root, plumbing.resolve(site.root, "HEAD"), {paths.SIGNING: b""})
    begun = own.signer is not None and own_repository.differs(own.root, _FILE)
    if own.signer is not None and not begun and told:
        if told[-1].fingerprint != own.signer.fingerprint:
            return
    elif own.signer is not None and not begun:
        publish(site, own, day)
    renew(own)


def published_signer(own: UnlockedOffice, site: Site, day: date) -> openpgp.Signer:
    """Return the office's signer; raise `MissingError` where the teachers' last commit does not tell of its key."""
    signer = ledger.required_signer(own)
    told = published(site)
    if not told or told[-1].fingerprint != signer.fingerprint or not told[-1].vouches(day, day):
        raise MissingError(
            "kontorets signeringsnyckel står inte i lärarnas förråd, och utan den tas det inte emot där",
            "lägg in den med build.py keys publish-signing, och skicka den med git push",
        )
    return signer


def published(site: Site) -> tuple[OfficeKey, ...]:
    """Return the keys that the teachers' last commit tells of; raise `ContentError` where they are not in order."""
    tree = CommitTree(site.root)
    try:
        keys, findings = office_keys.read(tree)
        if findings:
            raise ContentError(located(tree, findings))
        return keys
    finally:
        tree.close()


def publish(site: Site, own: UnlockedOffice, day: date) -> bool:
    """Tell of the signing key in the teachers' repository, as one commit; return False where it is told already."""
    signer = ledger.required_signer(own)
    told = published(site)
    if told and told[-1].fingerprint == signer.fingerprint:
        _is_brought_up(site, signer.fingerprint)
        return False
    if told and day < told[-1].period.begins:
        raise UsageError("den förra nyckeln började gälla en senare dag", "ange en senare dag med --as-of")
    public = (signer.home / "pubring.gpg").read_bytes()
    if certificate.primary_fingerprint(public) != signer.fingerprint:
        raise MissingError("signeringsnyckelns katalog har inte precis den nyckeln", "kör build.py keys check")
    contents = {
        paths.SIGNING: _listed(told, signer.fingerprint, day),
        paths.signing_certificate(signer.fingerprint): public,
    }
    if told:
        contents[paths.signing_handover(signer.fingerprint)] = _handover(site, own, told[-1], public, day)
    base = plumbing.resolve(site.root, "HEAD")
    commit.refuse_unless_clean(site.root, base, contents)
    message = f"kontorets signeringsnyckel\n\n{_TRAILER}: {signer.fingerprint}\n"
    commit.land(site.root, base, commit.make(site.root, base, contents, message, commit.author(site.root)))
    return True


def _is_brought_up(site: Site, fingerprint: str) -> bool:
    """Let index and files follow a commit whose run was killed before they did; say whether they had to."""
    made = commit.trailers(site.root, _TRAILER).get(fingerprint)
    file = site.root / paths.SIGNING
    before = file.read_bytes() if file.is_file() else b""
    if made:
        commit.follow(site.root, made)
    return file.is_file() and file.read_bytes() != before


def _listed(told: tuple[OfficeKey, ...], fingerprint: str, day: date) -> bytes:
    rows = [(key.fingerprint, key.period.begins, key.period.ends or day) for key in told]
    lines = [f"  - {{nyckel: {name}, från: {begins}, till: {ends}}}" for name, begins, ends in rows]
    return "\n".join([_HEAD, "nycklar:", *lines, f"  - {{nyckel: {fingerprint}, från: {day}}}", ""]).encode()


def _handover(site: Site, own: UnlockedOffice, former: OfficeKey, public: bytes, day: date) -> bytes:
    """Return the former key's word that the new one comes after it."""
    home = keyring.signing_home(own.root, former.fingerprint)
    ring = home / "pubring.gpg"
    if not ring.is_file() or certificate.primary_fingerprint(ring.read_bytes()) != former.fingerprint:
        raise MissingError(
            "den förra signeringsnyckeln finns inte här, och bara den kan skriva under på den nya",
            "hämta tillbaka keyhome/ ur säkerhetskopian",
        )
    tree = CommitTree(site.root)
    try:
        name = SiteReader(tree).required_school().municipality.name
    finally:
        tree.close()
    payload = key_payload(name, certificate.primary_fingerprint(public), public, day)
    signer = openpgp.Signer(openpgp.reachable(home), former.fingerprint)
    try:
        return openpgp.sign(payload, signer)
    finally:
        openpgp.end_agent(signer.home)


def renew(own: UnlockedOffice) -> str:
    """Make or renew the school's signing key, or finish what a killed run began; return its fingerprint."""
    newest = ledger.last(own.root)
    promised = newest.key if newest else ""
    if own.signer is not None and own_repository.differs(own.root, _FILE):
        return _named(own, own.signer.fingerprint)
    waiting = promised and (own.signer is None or promised != own.signer.fingerprint)
    aside = own.root / paths.signing_home("new")
    if waiting and keyring.signing_home(own.root, promised).name.endswith(promised):
        return _named(own, promised)
    if own.signer is None and promised and not aside.is_dir():
        raise MissingError(
            "liggaren fortsätter med en signeringsnyckel som inte finns här",
            "hämta tillbaka keyhome/ och office.yaml ur säkerhetskopian",
        )
    fingerprint = _made(aside)
    if promised and promised != fingerprint:
        LedgerWriter(own).renew(fingerprint, (aside / "pubring.gpg").read_bytes())
    try:
        aside.rename(own.root / paths.signing_home(fingerprint))
    except OSError as error:
        raise OutputError(f"katalogen {aside} går inte att byta namn på: {error.strerror}") from None
    return _named(own, fingerprint)


def _made(aside: Path) -> str:
    """Return the key that lies ready, or make it; one that was half made is thrown away."""
    ready = aside / _DONE
    if ready.is_file():
        return ready.read_text(encoding="ascii").strip()
    shutil.rmtree(aside, ignore_errors=True)
    files.private_directory(aside)
    fingerprint = new_office.take_key(aside, b"", "iup signering")
    openpgp.end_agent(aside)
    files.write_whole(ready, f"{fingerprint}\n".encode())
    return fingerprint


def _named(own: UnlockedOffice, fingerprint: str) -> str:
    """Name a key in `office.yaml` and commit that file alone."""
    files.write_whole(own.root / _FILE, keyring.describe(own.key, fingerprint))
    own_repository.commit_only(own.root, _FILE, "ny signeringsnyckel")
    return fingerprint
