"""An invented site with an office: the small school that `make demo` shows a newcomer, or a municipality of any size.

The small school is `content/` and `policies/` copied to DIR/site. Its office, DIR/office, is made from the test keys
and the test register in `tests/`. The municipality is drawn by `municipality`, and its homes share a few passphrases.
With more than one term, `demo.archive` gives it the archive of the earlier ones. Every key here is published or made
from a seed, and protects nothing. An existing demonstration is kept as it is, with its edits. Nothing is built here.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from iup.build.pipeline import checked
from iup.demo import archive, municipality
from iup.demo.archive import ArchiveFill
from iup.errors import MissingError, UsageError
from iup.keys import keyring as keys_keyring
from iup.keys import new_office
from iup.keys.vault import open_vault
from iup.model.people import Channel
from iup.policy.access import required_policy
from iup.seal import openpgp
from iup.seal.passphrase import Secret, new_secret
from iup.site import load, strict_yaml
from iup.site.layout import Site, open_site, work_tree
from iup.site.paths import OFFICE_FOLDER, REGISTER, goals_file
from iup.system import files
from iup.system.git import own_repository
from iup.view.bundle import recipients

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from iup.model.school import School

_SOURCE = Path(__file__).parents[2]
_KEYS = _SOURCE / "tests" / "keys"
_SITE_FILE = "# En påhittad skola; kontoret ligger bredvid.\nkontor: ../office\n"
_IGNORE = "output/\n"
# Deriving a key is slow on purpose, and ten thousand invented homes need no words of their own each.
_WORDS_FOR_MANY = 20


@dataclass(frozen=True)
class Demo:
    """A demonstration on disk: the site, and a GnuPG home that holds every invented person's secret key."""

    site: Site
    keyring: Path


@dataclass(frozen=True)
class Size:
    """How many terms to invent with the present one, by which seed, and for how many pupils; or the small school."""

    terms: int = 1
    seed: int = 1
    pupils: int = 0


def demonstration(directory: Path, day: date, size: Size, jobs: int, progress: Callable[[int, int], None]) -> Demo:
    """Return the small school in a directory, made if it is not there."""
    if not (directory / "site" / "content").is_dir():
        _make(directory, day, size, jobs, progress)
    return Demo(open_site(directory / "site"), directory / "keyring")


def generated(directory: Path, day: date, size: Size, jobs: int, progress: Callable[[int, int], None]) -> Demo:
    """Make an invented municipality in a new directory; `progress` is called in the steps that take time."""
    _make(directory, day, size, jobs, progress)
    return Demo(open_site(directory / "site"), directory / "keyring")


def _make(directory: Path, day: date, size: Size, jobs: int, progress: Callable[[int, int], None]) -> None:
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"{directory} finns redan och är inte en demonstration", "ange en ny katalog")
    if not _KEYS.is_dir():
        raise MissingError("demonstrationens testnycklar (tests/keys) saknas", "hämta hela programmet på nytt")
    # Made beside and moved into place, so that a run that dies leaves no half demonstration under the name.
    aside = directory.with_name(f".{directory.name}-partial")
    shutil.rmtree(aside, ignore_errors=True)
    site = files.private_directory(aside / "site")
    root = aside / "office"
    new_office.create(
        root,
        office_key=(_KEYS / "office.asc").read_bytes(),
        signing_key=(_KEYS / "signing.asc").read_bytes(),
    )
    shutil.copytree(_SOURCE / "policies", site / "policies")
    secret_keys = _drawn(site, root, size) if size.pupils else _copied(site, root)
    shutil.copytree(_SOURCE / OFFICE_FOLDER, site / OFFICE_FOLDER, dirs_exist_ok=True)
    (site / load.SITE).write_text(_SITE_FILE, encoding="utf-8")
    (site / ".gitignore").write_text(_IGNORE, encoding="utf-8")
    if size.terms > 1:
        _begin(site, size)
    own_repository.create(site, "den påhittade skolan")
    own_repository.commit_all(root, "registret")
    own_repository.pack(root)  # thousands of files, that every check looks through
    _passphrases(open_site(site), day, _WORDS_FOR_MANY if size.pupils else 0, jobs, progress)
    if size.terms > 1:
        _fill(open_site(site), size, jobs, progress)
    _keyring(files.private_directory(aside / "keyring"), secret_keys)
    if directory.exists():
        directory.rmdir()
    aside.rename(directory)


def _copied(site: Path, root: Path) -> list[bytes]:
    """Lay out the small school's files and return its people's secret keys."""
    shutil.copytree(_SOURCE / "content", site / "content")
    shutil.copytree(_SOURCE / "tests" / "data" / "office" / REGISTER, root / REGISTER, dirs_exist_ok=True)
    return [path.read_bytes() for path in sorted(_KEYS.glob("*.asc"))]


def _drawn(site: Path, root: Path, size: Size) -> list[bytes]:
    """Lay out a drawn municipality's files and return its people's secret keys, with the office's two."""
    keys = [(_KEYS / "office.asc").read_bytes(), (_KEYS / "signing.asc").read_bytes()]
    people = []
    for file in municipality.files(size.pupils, size.seed, size.terms):
        if not file.path:
            people.append(file.data)
            continue
        path = (root if file.path.startswith(f"{REGISTER}/") else site) / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    return [*keys, b"".join(people)]


def _begin(site: Path, size: Size) -> None:
    """Put what earlier terms have left into the goals: those still worked with, and those that were met this term."""
    school, filling = _filling(open_site(site), size)
    for pupil, found in archive.begun(school, filling):
        path = site / goals_file(pupil)
        values = strict_yaml.parse(path.read_bytes())
        path.write_bytes(strict_yaml.written({**values, "mål": [*found, *values["mål"]]}))


def _fill(site: Site, size: Size, jobs: int, progress: Callable[[int, int], None]) -> None:
    """Give the office the archive of the earlier terms."""
    school, filling = _filling(site, size)
    with keys_keyring.opened(site.required_office()) as own:
        if not size.pupils:
            filling = replace(filling, marks=open_vault(own).key("marks"))
        archive.fill(school, own, filling, jobs, progress)


def _filling(site: Site, size: Size) -> tuple[School, ArchiveFill]:
    """Return the school as it is laid out and what to fill its archive with.

    In the small school that is the terms of brothers and sisters: whoever opens a bundle of the guide sees them, and
    setting everybody's would take longer than all the rest.
    """
    tree = work_tree(site)
    school = load.required_school(tree)
    whose = frozenset(school.pupils) if size.pupils else archive.siblings(school)
    key = (_KEYS / "signing.asc").read_bytes()
    return school, ArchiveFill(size.terms, size.seed, whose, required_policy(tree), key)


def _keyring(home: Path, secret_keys: list[bytes]) -> None:
    openpgp.take_in(home, *secret_keys)
    openpgp.end_agent(home)


def _passphrases(site: Site, day: date, most: int, jobs: int, progress: Callable[[int, int], None]) -> None:
    """Make passphrase recipients' words in several processes: one for each, or `most` that go round."""
    school, _ = checked(work_tree(site), day)
    everybody = recipients(school, day) if school else ()
    mine = [recipient.id for recipient in everybody if recipient.receiving.channel is Channel.PASSPHRASE]
    with (
        keys_keyring.opened(site.required_office()) as own,
        ProcessPoolExecutor(jobs, mp_context=get_context("forkserver")) as pool,
    ):
        vault = open_vault(own)
        made = pool.map(_secret, mine[: most or None])
        for done, (recipient, secret) in enumerate(zip(mine, cycle(made), strict=False), 1):
            vault.keep(recipient, secret)
            progress(done, len(mine))


def _secret(_recipient: str) -> Secret:
    return new_secret()
