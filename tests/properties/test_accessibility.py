"""Every document of the invented school before outside judges: PDF/UA-1 by page-validation, WCAG 2.2 AA by axe-core."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from itertools import product
from typing import TYPE_CHECKING

import page
import pikepdf
import pytest
from axe_playwright_python.sync_playwright import Axe

from iup.archive.projection import ROLES, without_drafts
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.documents.pdf import archival, setter
from iup.office.subject_access.extract import Extract
from iup.office.subject_access.notices import extract_view, information_view, record_view
from iup.office.subject_access.person_rows import Row, Trace
from iup.policy.access import required_policy
from iup.site.load import load
from iup.system.git.trees import MemoryTree, WorkTree
from iup.view.bundle import Bundle, Bundler, Document, recipients
from iup.view.earlier import PastCopy, PastTerm, nothing_past
from iup.view.plan import plan_view
from tests.conftest import DAY, ROOT
from tests.support import outside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.view.earlier import PastTermsOf
    from iup.view.letter_types import NoticeView
    from tests.conftest import Place

pytestmark = pytest.mark.browser
# What a page passes is not listed: with thousands of elements that takes as long as judging it.
_WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
_ALIKE = 2  # documents of one kind; what is wrong when there are several is wrong of two
_WIDTHS = (390, 1280)
_SCHEMES = ("light", "dark")
NOEL = "a6n4x"


def _past(school: School, policy: Policy, day: date) -> PastTermsOf:
    """Return an earlier final term of Noel's: other texts than today's, one goal and one subject fewer."""
    view, _ = plan_view(school, policy, "e5h7w", NOEL, day)
    assert view is not None
    sections = []
    for section in without_drafts(view, school.forms[view.form]).sections:
        fields = tuple(
            replace(f, entries=tuple(replace(e, text="Så stod det då.") for e in f.entries)) for f in section.fields
        )
        goals = tuple(replace(goal, step="nytt") for goal in section.goals[1:])
        sections.append(replace(section, fields=fields, assessments=section.assessments[1:], goals=goals))
    old = replace(view, term="VT 2026", year="2025/2026", echo=(), own_places=(), sections=tuple(sections))
    copies = tuple(PastCopy(role, (), lambda: old) for role in ROLES)
    return lambda pupil: (PastTerm("VT 2026", "2026-06-10", plan=True, copies=copies),) if pupil == NOEL else ()


@cache
def bundles(*, past: bool = True) -> tuple[Bundle, ...]:
    tree = WorkTree(ROOT)
    school, _ = load(tree)
    assert school is not None
    day, policy = date.fromisoformat(DAY), required_policy(tree)
    bundler = Bundler(school, policy, day, b"test", past=_past(school, policy, day) if past else nothing_past)
    return tuple(bundler.bundle(recipient) for recipient in recipients(school, day))


def notices() -> tuple[NoticeView, ...]:
    """Return an extract, the record and the information."""
    school, _ = load(WorkTree(ROOT))
    assert school is not None
    day = date.fromisoformat(DAY)
    rows = (Row("fält › läsning", (("text", "Läser.\n\n- varje dag"), ("datum", DAY))), Row("", (("namn", "Noel"),)))
    found = Extract(NOEL, "Noel Bergdahl", "elever", day, (Trace("kontoret", "Planen", rows, "HT 2026"),))
    return extract_view(school, found), record_view(school, day), information_view(school, day, "elever")


def opened(bundle: Bundle, renderer: Renderer) -> str:
    """Return a bundle's open page, put together as the build does."""
    body = [renderer.fragment(d.view, d.version, d.anchor, () if d.pupil else bundle.targets) for d in bundle.documents]
    return renderer.page(bundle.documents[0].title, "\n".join(body), bundle.labels)


def unlocked(place: Place, step: int) -> Iterator[bytes]:
    """Yield the PDFs of a built site without their locks, those of every recipient or of every second and so on."""
    words = outside.passphrases(place)
    told = sorted(outside.told(place.run("build", "--dry-run", "--json").out).items())
    for recipient, names in told[::step]:
        for name in names:
            file, out = place.current / name, BytesIO()
            if name.endswith(".pdf.pgp"):
                yield outside.decrypted(place, file)[0]
            elif name.endswith(".pdf"):
                with pikepdf.open(file, password=words.get(recipient, "")) as pdf:
                    pdf.save(out)
                yield out.getvalue()


@pytest.mark.parametrize(("step", "many"), [(3, 25), pytest.param(1, 90, marks=pytest.mark.campaign)])
def test_every_pdf_is_pdf_ua_1(built: Place, step: int, many: int) -> None:
    """Those of a build as they come out of their locks, and those of a pupil with an earlier term, which it has not.

    A run takes every third recipient's: what is wrong with a kind of document is wrong in each.
    """
    assets = load_assets()
    set_pdf, renderer = setter(assets), Renderer(assets)
    today = {document.mark for bundle in bundles(past=False) for document in bundle.documents}
    documents = {document.mark: document for bundle in bundles() for document in bundle.documents if document.pdf}
    more = [document for mark, document in documents.items() if mark not in today]
    assert {"start", "arkiv", "sedan"} == {document.view.document for document in more}
    plain = list(unlocked(built, step))
    assert len(plain) > many
    for document in more:
        html = renderer.printed(document.view, document.version, document.title)
        plain.append(set_pdf(html, bytes.fromhex(document.mark)[:16], form=bool(document.places)))
    for pdf in plain:
        report = page.validate_pdf_bytes(pdf, profile="ua1")
        assert report.is_compliant, [failure.rule_id for failure in report.failures]


def test_a_pdf_for_archives_is_pdf_a_3a_and_pdf_ua_1_and_carries_its_files(tmp_path: Path) -> None:
    assets = load_assets()
    set_pdf, renderer = archival(assets), Renderer(assets)
    document = next(d for bundle in bundles() for d in bundle.documents if d.view.document == "arkiv")
    html = renderer.printed(document.view, document.version, document.title)
    attached = {"plan.yaml": "mål: läsa\n".encode(), "goals.yaml": b"a: 1\n"}
    # One whose compressed bytes end as a line does: where the stream ends must not be in doubt.
    texts = (b"b: " + b"x" * n for n in range(999))
    attached["people.yaml"] = next(text for text in texts if zlib.compress(text, 9).endswith(b"\r"))
    made = set_pdf(html, b"0123456789abcdef", attached, date.fromisoformat(DAY))
    assert made == set_pdf(html, b"0123456789abcdef", attached, date.fromisoformat(DAY))
    for profile in ("ua1", "pdfa-3a"):
        report = page.validate_pdf_bytes(made, profile=profile)
        assert report.is_compliant, [failure.rule_id for failure in report.failures]
    assert b"\rendstream" not in made
    assert b"\r\nendstream" not in made
    (tmp_path / "a.pdf").write_bytes(made)
    outside.run("pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "a.pdf")
    assert {name: (tmp_path / name).read_bytes() for name in attached} == attached


def test_documents_about_personal_data_are_pdf_ua_1() -> None:
    assets = load_assets()
    set_pdf, renderer = setter(assets), Renderer(assets)
    for view in notices():
        report = page.validate_pdf_bytes(
            set_pdf(renderer.printed(view, "", view.title), b"0123456789abcdef"), profile="ua1"
        )
        assert report.is_compliant, [failure.rule_id for failure in report.failures]


def test_a_printed_page_begins_with_no_stray_line_and_no_word_is_cut_to_two_letters() -> None:
    assets = load_assets()
    set_pdf, renderer = setter(assets), Renderer(assets)
    (noel,) = [bundle for bundle in bundles() if bundle.recipient.id == "e5h7w"]
    for document in noel.documents:
        html = renderer.printed(document.view, document.version, document.title)
        text = outside.run("pdftotext", "-", "-", feed=set_pdf(html, b"0123456789abcdef")).decode()
        pages = text.split("\f")[:-1]
        assert not any(sheet.split("\n\n")[1].startswith("Läses av") for sheet in pages[1:])
        assert re.findall(r"\b\w{1,2}[-\u2010\u00ad]\n|[^\W\d_][-\u2010\u00ad]\n\w{1,2}\b", text) == []


def test_a_comment_at_its_limit_leaves_no_empty_page_before_it_and_keeps_the_table_s_head() -> None:
    tree = WorkTree(ROOT)
    path = "content/pupils/z6c9u/plan.yaml"
    files = {name: tree.read(name) for name in tree.paths}
    text = files[path].decode()
    files[path] = re.sub(
        r"(?<=  Svenska som andraspråk:\n)((?:    .*\n)*?    kommentar: \|\n)(?:      .*\n)+",
        lambda found: found[1] + "      " + "Vi läser varje dag. " * 190 + "Slutordet.\n",
        text,
    ).encode()
    school, _ = load(MemoryTree(files))
    assert school is not None
    day = date.fromisoformat(DAY)
    bundler = Bundler(school, required_policy(tree), day, b"test")
    (own,) = [recipient for recipient in recipients(school, day) if recipient.id == "z6c9u"]
    document = bundler.bundle(own).documents[1]
    assets = load_assets()
    html = Renderer(assets).printed(document.view, document.version, document.title)
    sheets = outside.run("pdftotext", "-", "-", feed=setter(assets)(html, b"0123456789abcdef")).decode().split("\f")

    holding = [sheet for sheet in sheets if "Vi läser varje dag" in sheet]
    assert "Daryna spelar ackord" in holding[0]
    assert all("Omdöme" in sheet for sheet in holding)
    assert "Slutordet." in holding[-1]


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """Return a page for the judge: a script that is put into it, which a page's own policy forbids."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def test_an_extract_breaks_no_rule_on_the_screen(tab: Page, tmp_path: Path) -> None:
    renderer = Renderer(load_assets())
    view = notices()[0]
    (tmp_path / "u.html").write_text(renderer.page(view.title, renderer.fragment(view, "", "d0")), encoding="utf-8")

    assert judged(tab, tmp_path / "u.html", all_ways=True) == []


def judged(tab: Page, file: Path, *, all_ways: bool = False) -> list[str]:
    """Return the names of all rules that a page breaks: narrow and light, wide and dark; or in all four ways."""
    tab.goto(file.as_uri())
    broken = []
    for width, scheme in product(_WIDTHS, _SCHEMES) if all_ways else zip(_WIDTHS, _SCHEMES, strict=True):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found = Axe().run(tab, options=_WCAG).response["violations"]
        broken += [f"{rule['id']} {width} {scheme} {rule['nodes'][0]['html'][:80]}" for rule in found]
    return broken


def of_every_kind(*, together: bool) -> list[Bundle]:
    """Return bundles with every kind of document in either language; `together`: in every company it is found in, and
    each bundle whole.
    """
    found, seen = [], set[object]()
    for bundle in sorted(bundles(), key=lambda one: -len({d.view.document for d in one.documents})):
        kinds = {(d.view.document, bundle.labels) for d in bundle.documents}
        new = {frozenset(kinds)} if together else kinds
        if not new <= seen:
            found.append(bundle)
            seen |= new
    return found if together else _thinned(found)


def _thinned(chosen: list[Bundle]) -> list[Bundle]:
    """Return bundles with a few documents of each kind between them, for a page is judged more slowly than it grows."""
    met, thinned = Counter[object](), []
    for bundle in chosen:
        kept: list[Document] = []
        for document in bundle.documents:
            kind = document.view.document, bundle.labels
            if met[kind] < _ALIKE or not kept:  # what stands first is the page's own
                met[kind] += 1
                kept.append(document)
        thinned.append(replace(bundle, documents=tuple(kept)))
    return thinned


@pytest.mark.parametrize("together", [False, pytest.param(True, marks=pytest.mark.campaign)])
def test_the_locked_page_and_every_kind_of_opened_page_pass_wcag(tab: Page, tmp_path: Path, together: bool) -> None:  # noqa: FBT001  a case
    renderer, chosen = Renderer(load_assets()), of_every_kind(together=together)
    assert {d.view.document for b in chosen for d in b.documents} == {
        d.view.document for b in bundles() for d in b.documents
    }
    pages = {f"opened-{number}": opened(bundle, renderer) for number, bundle in enumerate(chosen)}
    pages["locked"] = renderer.shell("Låst brev", "En kommun", "{}")
    for name, html in pages.items():
        file = tmp_path / f"{name}.html"
        file.write_text(html, encoding="utf-8")
        assert judged(tab, file, all_ways=together) == [], name


def test_nothing_is_cut_off_at_320_pixels_which_is_400_percent_of_1280(tab: Page, tmp_path: Path) -> None:
    renderer = Renderer(load_assets())
    longest = max(bundles(), key=lambda bundle: len(bundle.documents))
    for name, html in (("opened", opened(longest, renderer)), ("locked", renderer.shell("Låst", "En skola", "{}"))):
        file = tmp_path / f"{name}.html"
        file.write_text(html, encoding="utf-8")
        tab.set_viewport_size({"width": 320, "height": 800})
        tab.goto(file.as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_easy_labels_are_complete_and_said_to_who_asked_for_them() -> None:
    renderer = Renderer(load_assets())
    easy = next(bundle for bundle in bundles() if bundle.labels == "lättlästa")
    html = opened(easy, renderer)
    assert "De här får läsa:" in html
    assert "Läses av:" not in html
