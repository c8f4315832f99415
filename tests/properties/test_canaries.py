"""Every text of the invented school is a token of its own; every bundle is opened from outside; what is found there
must be exactly what the reader may see. Nothing leaks, nothing is lost.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.conftest import DAY, ROOT, Done, Place, shared
from tests.support import canaries, outside, preloaded, smaller
from tests.support.canaries import Facts, differences, kinds, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.support.outside import Opened, Shown

EVERYBODY = sorted(
    [path.name for path in (ROOT / "content" / "pupils").iterdir()]
    + [path.stem for path in (ROOT / "content" / "people").glob("*.yaml")]
)
# The others have between them every kind of reader, plan, goal and text that the school has. The campaign takes all.
LEFT_OUT = ("j7s3y", "m8t4d", "v8a5f")
CHOSEN = tuple(path.name for path in (ROOT / "content" / "pupils").iterdir() if path.name not in LEFT_OUT)
EACH = 70  # tokens there are at least for each pupil
OVERVIEW = re.compile(r"(Klassöversikt|Skolöversikt) Zq\d{4}kx|Mina ämnen|Kommunöversikt")
PDF_ROLES = ("pupil", "guardian", "principal")


@dataclass(frozen=True)
class Planted:
    """The school with a token in every place, built."""

    place: Place
    facts: Facts
    done: Done
    temporary: Path


@pytest.fixture(
    scope="session",
    params=[pytest.param(CHOSEN, id="chosen"), pytest.param((), id="everybody", marks=pytest.mark.campaign)],
)
def planted(
    request: pytest.FixtureRequest, built: Place, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    """Plant and build once, for every worker of the run; nobody may change it."""

    def make(root: Path) -> None:
        place, temporary = built.copied(root), root / "temporary"
        if request.param:
            smaller.leave(place, *request.param)
        canaries.Planter(place.site, place.office).plant()
        place.commit()
        commit_office(place)
        temporary.mkdir()
        done = place.run("build", "--json", env={"TMPDIR": str(temporary)})
        assert done.code == 0, done.err
        (root / "out").write_text(done.out, encoding="utf-8")
        (root / "err").write_text(done.err, encoding="utf-8")

    with shared(tmp_path_factory, f"canaries-{len(request.param)}", make) as root:
        place = Place(root)
        out, err = ((root / name).read_text(encoding="utf-8") for name in ("out", "err"))
        yield Planted(place, Facts(place.site, place.office, DAY), Done(0, out, err), root / "temporary")


@pytest.fixture(scope="session")
def opener(planted: Planted, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> outside.Opener:
    folder = tmp_path_factory.mktemp("open")
    return outside.Opener(planted.place, outside.told(planted.done.out), browser, folder)


def commit_office(place: Place) -> None:
    author = ("-c", "user.name=test", "-c", "user.email=test@test.example")
    subprocess.run(["git", *author, "commit", "-qam", "test"], cwd=place.office, check=True, capture_output=True)


def by_title(facts: Facts, documents: Sequence[Shown], *, typed: bool = False) -> dict[str, frozenset[str]]:
    """Return the tokens of each document, or of its fields to fill in.

    The start page is first, an overview has a title, a plan a pupil's name.
    """
    owners = {record["namn"]["efternamn"]: pupil for pupil, record in facts.pupils.items()}
    found: dict[str, frozenset[str]] = {}
    for number, document in enumerate(documents):
        overview = OVERVIEW.match(document.title)
        titled = "+".join(owners[token] for token in sorted(tokens(document.title)) if token in owners)
        name = "start" if number == 0 else overview[0].strip() if overview else titled
        assert name, "a document bears its pupil's name"
        assert name not in found, "there is one document of each pupil"
        found[name] = tokens(document.typed if typed else document.text)
    return found


def wanted_pdfs(facts: Facts, reader: str, wanted: canaries.Documents) -> dict[str, frozenset[str]]:
    """Return what goes as PDF: all for a home on paper, else for the pupil, the guardian, the principal, the nämnd."""
    record = facts.people.get(reader) or facts.pupils[reader]
    paper = record["mottagning"]["sätt"] == "papper"
    relations = {pupil: facts.relation(reader, pupil) for pupil in facts.related(reader)}
    goes = {pupil for pupil, who in relations.items() if paper or any(getattr(who, role) for role in PDF_ROLES)}
    goes |= {name for name in wanted if name.startswith(("Skolöversikt", "Kommunöversikt"))}
    return {name: held for name, held in wanted.items() if name in goes or (name == "start" and goes)}


def check_opened(facts: Facts, reader: str, opened: Opened) -> list[str]:
    """Compare what one recipient's files hold with what they must hold: on the page, in the PDFs, and out of sight."""
    wanted = canaries.expected(facts, reader)
    record = facts.people.get(reader) or facts.pupils[reader]
    on_page = {} if record["mottagning"]["sätt"] == "papper" else wanted
    found = differences(facts, on_page, by_title(facts, opened.articles))
    found += differences(facts, wanted_pdfs(facts, reader, wanted), by_title(facts, opened.pdfs))
    for documents in (opened.articles, opened.pdfs):
        # What stands in the fields is what the reader may alter: no more, or it would be overwritten unseen; no less.
        fields = by_title(facts, documents, typed=True)
        writes = {name: tokens(*facts.writes(reader, name)) if name in facts.pupils else frozenset() for name in fields}
        found += [f"in a field: {line}" for line in differences(facts, writes, fields)]
    for sheet, name in zip(opened.pdfs, by_title(facts, opened.pdfs), strict=True):
        more = tokens(sheet.hidden) - wanted.get(name, frozenset())
        found += [f"leak in the PDF's other objects: {facts.origin.get(token, token)}" for token in sorted(more)]
    more = tokens(opened.source) - frozenset[str]().union(*on_page.values())
    found += [f"leak in the page's source: {facts.origin.get(token, token)}" for token in sorted(more)]
    everything = "".join([opened.source, *(sheet.text + sheet.hidden for sheet in opened.pdfs)])
    found += ["leak of a personnummer" for number in facts.personnummer if number in everything]
    return found


# --- the whole school


def test_the_chosen_pupils_have_every_kind_that_the_school_has(built: Place) -> None:
    facts = Facts(built.site, built.office, DAY)
    assert kinds(facts, CHOSEN) == kinds(facts, tuple(facts.pupils))


def test_the_tokens_are_where_they_should_be(planted: Planted) -> None:
    facts = planted.facts
    assert len(facts.origin) > EACH * len(facts.pupils), "every text, name, contact and address is a token"
    seen = frozenset[str]().union(*(held for reader in EVERYBODY for held in canaries.expected(facts, reader).values()))
    unseen = {facts.origin[token].split(":")[0] for token in facts.origin.keys() - seen}
    assert {name for name in unseen if name.startswith("content/pupils")} == {
        "content/pupils/k7q2m/plan.yaml",  # what is private is nobody's
        "content/pupils/r9e2h/plan.yaml",
    }
    ended = {"content/people/d9k3v.yaml", "content/people/h9v6z.yaml"}
    assert ended <= unseen, "contact data of those who have no relation left"
    assert {f"register/{path.name}" for path in (planted.place.office / "register").glob("*.yaml")} <= unseen


@pytest.mark.browser
@pytest.mark.parametrize("reader", EVERYBODY)
def test_each_reader_finds_exactly_what_they_may_see(planted: Planted, opener: outside.Opener, reader: str) -> None:
    files = outside.told(planted.done.out)
    if not canaries.expected(planted.facts, reader):
        assert reader not in files, "no relation, not one byte"
        return
    opened = opener.open(reader)
    assert check_opened(planted.facts, reader, opened) == []
    record = planted.facts.people.get(reader) or planted.facts.pupils[reader]
    office = (planted.place.office / "office.yaml").read_text(encoding="utf-8").split()[1]
    by_channel = {"lösenfras": "words", "papper": office, "openpgp": record["mottagning"].get("certifikat")}
    assert opened.keys == {by_channel[record["mottagning"]["sätt"]]}, "each file opens with its reader's own key"


@pytest.mark.browser
@pytest.mark.parametrize(
    "reader", ["e5h7w", "b7w4n", *(pytest.param(one, marks=pytest.mark.campaign) for one in ("f9w3c", "y9p4q"))]
)
def test_a_page_prints_everything_that_it_shows(planted: Planted, opener: outside.Opener, reader: str) -> None:
    file, words, _ = opener.page(reader)
    with outside.opened_page(opener.browser, file, words) as page:
        paper = outside.printed(page)
    wanted = frozenset[str]().union(*canaries.expected(planted.facts, reader).values())
    assert differences(planted.facts, {"print": wanted}, {"print": tokens(paper)}) == []


def test_no_two_recipients_share_a_passphrase(planted: Planted) -> None:
    words = outside.passphrases(planted.place)
    assert len(words) > 30
    assert len(set(words.values())) == len(words)


def test_nothing_outside_the_seals_tells_anything(planted: Planted) -> None:
    facts = planted.facts
    secrets = [secret.encode() for secret in (*facts.personnummer, *outside.passphrases(planted.place).values())]
    heard = {"stdout": planted.done.out.encode(), "stderr": planted.done.err.encode()}
    for path in [*planted.temporary.rglob("*"), *(planted.place.site / "output").rglob("*")]:
        heard[f"the name of {path}"] = str(path).encode()
        if path.is_file():
            heard[str(path)] = path.read_bytes()
    assert any(name.endswith("manifest.json") for name in heard)
    assert sum(".pdf" in name for name in heard) > 6 * len(facts.pupils)
    for name, data in heard.items():
        assert not tokens(data.decode("latin-1"), data.replace(b"\0", b"").decode("latin-1")), f"{name} tells something"
        assert not any(secret in data for secret in secrets), f"{name} tells a secret"


def test_nobody_is_told_apart_by_a_page_that_is_locked(planted: Planted) -> None:
    locked = [path.read_text("utf-8") for path in planted.place.current.glob("*.html")]
    sealed = re.compile(r'(?<=<script type="application/json" id="sealed">).*?(?=</script>)', re.DOTALL)
    assert len(locked) > 10
    assert len({sealed.sub("", page) for page in locked}) == 1


# --- the power of the comparison: what is broken on purpose is found


@pytest.fixture
def broken(planted: Planted, tmp_path: Path) -> Iterator[Place]:
    """Return a copy of the planted school, for a fault to be put in."""
    place = planted.place.copied(tmp_path / "b")
    yield place
    place.end_agents()


def opened_after(place: Place, reader: str, browser: Browser, folder: Path, fault: str = "") -> Opened:
    """Build one recipient's files, with a fault in the program if there is one, and open them."""
    words = ["build", "--site", str(place.site), "--as-of", DAY, "--json", "--recipient", reader]
    done = Done(*preloaded.run(words, ROOT, os.environ, fault=fault))
    assert done.code == 0, done.err
    folder.mkdir()
    return outside.Opener(place, outside.told(done.out), browser, folder).open(reader)


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.browser
def test_a_rule_too_many_is_found(planted: Planted, broken: Place, browser: Browser, tmp_path: Path) -> None:
    rules = broken.site / "policies" / "access.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8")
        + "\n  - {id: läcka, skäl: prov, vem: [vårdnadshavare], får: [läsa], vad: [person.kontakt]}\n",
        encoding="utf-8",
    )
    broken.commit()
    found = check_opened(planted.facts, "s7d5j", opened_after(broken, "s7d5j", browser, tmp_path / "o"))
    assert found != []
    assert all(line.startswith("leak") and "content/people/u2r9p.yaml" in line for line in found)


@pytest.mark.browser
def test_a_form_that_forgets_to_narrow_is_found(
    planted: Planted, broken: Place, browser: Browser, tmp_path: Path
) -> None:
    path = broken.site / "policies" / "forms" / "iup-1-3.yaml"
    form = canaries.read(path)
    known = next(f for part in form["delar"] for f in part.get("fält", ()) if f["id"] == "förberedelse_hemmet")
    del known["läses_av"]
    canaries.write(path, form)
    broken.commit()
    found = check_opened(planted.facts, "u2r9p", opened_after(broken, "u2r9p", browser, tmp_path / "o"))
    assert {line.split(" ")[0] for line in found} == {"leak"}
    assert all("content/pupils/c8f3t/plan.yaml" in line or "content/people/s7d5j.yaml" in line for line in found)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("{%- for comment in goal.comments %}", "{%- for comment in goal.comments[1:] %}", "goals.yaml"),
        ("{{ author | author }}", "", "people/"),
        ("{%- for entry in f.entries %}", "{%- for entry in f.entries[:1] %}", "plan.yaml"),
    ],
)
def test_a_template_that_drops_something_is_found(  # noqa: PLR0913  fixtures and cases
    planted: Planted, broken: Place, browser: Browser, tmp_path: Path, old: str, new: str, lost: str
) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", templates)
    replaced(templates / "plan" / "document.html.j2", old, new)
    fault = f"import pathlib; from iup.documents import assets; assets.TEMPLATES = pathlib.Path({str(templates)!r})"
    found = check_opened(planted.facts, "t3m8k", opened_after(broken, "t3m8k", browser, tmp_path / "o", fault))
    assert found != []
    assert all(line.startswith("loss") for line in found)
    assert any(lost in line for line in found)
