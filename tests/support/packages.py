"""What the tests of packages share: two schools, and packages of anybody's making, signed by whoever makes them."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from iup.archive import verify
from iup.keys import keyring
from iup.office.transfer import bagit
from iup.seal import openpgp
from iup.seal.openpgp import Signer
from iup.system.clock import now
from iup.system.git import signed_commits
from tests.conftest import Place, iup
from tests.support.archiving import configure
from tests.support.repository import git
from tests.support.sealing import gpg, gpg_home, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NOEL, SIBLING, JENNY, MENTOR = "a6n4x", "g3k8s", "e5h7w", "t3m8k"
OLD = "Noel kan alla bokstavsljud"
MESSAGE = "arkiv: utlämnad\n\nTermin: HT 2026\nKälla: arbetsfiler"


def without_result(place: Place, root: Path) -> Place:
    """Return a copy of a demonstration without its result."""
    own = place.copied(root / "d", "output", "out")
    configure(own)
    return own


def moved_to(place: Place, root: Path) -> Place:
    """Return another school with the same pupils: a signing key of its own, and nothing in its archive."""
    own = without_result(place, root)
    for ref in git(own.office, "for-each-ref", "--format=%(refname)", "refs/iup/").out.split():
        git(own.office, "update-ref", "-d", ref)
    git(own.office, "reflog", "expire", "--all", "--expire=now")
    git(own.office, "gc", "-q", "--prune=now")
    done = iup("keys", "new-signing", "--site", own.site)
    assert done.code == 0, done.err
    return own


def faults(place: Place) -> str:
    """Return what the proof of the archive finds."""
    judged = verify.Proof(place.office, lambda *_: None)
    with keyring.opened(place.office) as opened:
        judged.run(opened.signer.fingerprint if opened.signer else "")
    return "\n".join(f"{fault.where}: {fault.what}" for fault in judged.faults)


@dataclass
class Forger:
    """Somebody with an OpenPGP key and the program's own tools, who makes packages as they like."""

    signer: Signer
    public: bytes
    repository: Path
    writer: signed_commits.CommitWriter
    files: dict[str, bytes] = field(default_factory=dict)

    def commit(self, files: Mapping[str, bytes], *parents: str, message: str = MESSAGE, to: str = "main") -> str:
        """Put a signed commit of some files on a branch and return its id."""
        made = self.writer.commit(self.writer.tree(files), parents, message)
        self.writer.store()
        git(self.repository, "update-ref", f"refs/heads/{to}", made)
        return made

    def bundle(self, *names: str) -> bytes:
        """Return the repository's branch as a bundle."""
        git(self.repository, "bundle", "create", "--quiet", "b", *(names or ("HEAD", "refs/heads/main")))
        return (self.repository / "b").read_bytes()

    def package(self, room: Path, **payload: bytes | None) -> dict[str, bytes]:
        """Return a good bag with the bundle and the key in it, and with other files; None leaves one out."""
        fingerprint = self.signer.fingerprint
        inside = {
            "historik.bundle": payload.pop("bundle", None) or self.bundle(),
            f"nycklar/{fingerprint}.gpg": self.public,
        }
        inside |= {name: data for name, data in payload.items() if data is not None}
        return self.bagged(room, inside)

    def bagged(self, room: Path, inside: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return a bag of some files, signed."""
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir()
        bagit.write(room, inside, {}, {}, lambda data: openpgp.sign(data, self.signer))
        return bagit.read(room)


@contextmanager
def forger(root: Path, files: Mapping[str, bytes]) -> Iterator[Forger]:
    """Hold a forger who knows what a good archive's files look like."""
    with gpg_home() as home:
        fingerprint = new_key(home, "sender")
        public = gpg(home, "--export", fingerprint)
        (home / "pubring.gpg").write_bytes(public)
        signer = Signer(home, fingerprint)
        repository = root / "repository"
        repository.mkdir(parents=True)
        git(repository, "init", "-q", "--bare", "--initial-branch=main")
        yield Forger(
            signer,
            public,
            repository,
            signed_commits.CommitWriter(repository, partial(openpgp.sign, signer=signer), now()),
            dict(files),
        )
