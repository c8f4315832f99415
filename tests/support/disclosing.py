"""A site whose archive holds a few pupils' terms, made without a build: what the tests of disclosure share."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from iup.archive.keep import keep_now
from iup.archive.ledger import Event
from iup.keys import keyring, new_office
from iup.model.people import Name
from iup.office.disclosure.decision_file import DecisionStore
from iup.seal import openpgp
from iup.site.layout import open_site, work_tree
from iup.site.load import load
from iup.system.git import own_repository
from tests.conftest import DAY, ROOT, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iup.model.school import School

ORDINARY = "k7q2m"  # final, year 2
PROTECTED = "w2g9n"  # shared but never final; her school and address are protected
TELLING = "z6c9u"  # shared; Modersmål and Svenska som andraspråk
PUPILS = (ORDINARY, PROTECTED, TELLING)
PRINCIPAL = "r4x8w"  # of ORDINARY and TELLING
OTHER_PRINCIPAL = "h6d2q"  # of PROTECTED
TEACHER = "t3m8k"  # mentor of ORDINARY
TODAY = date.fromisoformat(DAY)


def make(root: Path) -> None:
    """Make the invented school with its office, and archive some pupils as they stand; nothing is built."""
    keys = ROOT / "tests" / "keys"
    place = Place(root)
    new_office.create(
        place.office,
        office_key=(keys / "office.asc").read_bytes(),
        signing_key=(keys / "signing.asc").read_bytes(),
    )
    for name in ("content", "policies"):
        shutil.copytree(ROOT / name, place.site / name)
    shutil.copytree(ROOT / "tests" / "data" / "office" / "register", place.office / "register", dirs_exist_ok=True)
    (place.site / "content" / "site.yaml").write_text("kontor: ../office\n", encoding="utf-8")
    (place.site / ".gitignore").write_text("output/\n", encoding="utf-8")
    own_repository.create(place.site, "den påhittade skolan")
    own_repository.commit_all(place.office, "registret")
    archive(place, *PUPILS)
    place.keyring.mkdir(mode=0o700)
    people = (PRINCIPAL, OTHER_PRINCIPAL, TEACHER)
    assert len(openpgp.take_in(place.keyring, *((keys / f"{one}.asc").read_bytes() for one in people))) == 3
    place.end_agents()


def archive(place: Place, *pupils: str, event: Event = Event.SHARED) -> None:
    """Archive some pupils as the last commit has them."""
    with keyring.opened(place.office) as own:
        keep_now(open_site(place.site), own, pupils, event, TODAY)


@contextmanager
def desk(place: Place, home: Path) -> Iterator[DecisionStore]:
    """Open the office for decisions; `home` is an empty directory."""
    home.mkdir(mode=0o700, exist_ok=True)
    with keyring.opened(place.office) as own:
        yield DecisionStore(own, home)


def school_of(place: Place) -> School:
    """Return the school of a site as its files stand."""
    school, _ = load(work_tree(open_site(place.site)))
    assert school is not None
    return school


def one_named(school: School, **names: str) -> School:
    """Return the school with some people who have one name only."""
    pupils, people = dict(school.pupils), dict(school.people)
    for person, name in names.items():
        shelf: dict[str, Any] = pupils if person in pupils else people
        shelf[person] = shelf[person].model_copy(update={"name": Name(förnamn=name)})
    return replace(school, pupils=pupils, people=people)
