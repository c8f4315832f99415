"""Answering in the PDF: its fields are filled, the file stays locked, and what comes back is what was written."""

from __future__ import annotations

import subprocess
from datetime import date
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import page as judge
import pikepdf
import pytest

from iup.build import reply_ticket
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.documents.pdf import setter
from iup.errors import BrokenSealError
from iup.model.people import Channel
from iup.policy.access import required_policy
from iup.seal import aespdf
from iup.site.load import load
from iup.system.git.trees import WorkTree
from iup.view.bundle import Bundle, Bundler, Document, recipients
from tests.conftest import DAY, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = "luta-reklam-alfabet-utveckla-giraff-mura-parabol"
ISSUER = reply_ticket.Issuer(date.fromisoformat(DAY), b"p" * 32, b"t" * 32, b"f" * 32)
ODD = 'Å, ä, ö, €, 😀 och "citat" (så) \\ <så>.\r\n\r\n- en punkt\r\n  2 % = ½'
ALLOWED = {"accessibility", "modify_form", "print_lowres", "print_highres"}


@cache
def bundles() -> dict[str, Bundle]:
    tree = WorkTree(ROOT)
    school, _ = load(tree)
    assert school is not None
    day = date.fromisoformat(DAY)
    bundler = Bundler(school, required_policy(tree), day, b"test")
    return {recipient.id: bundler.bundle(recipient) for recipient in recipients(school, day)}


def plan_of(reader: str) -> Document:
    return next(document for document in bundles()[reader].documents if document.pupil)


@cache
def plain(reader: str) -> bytes:
    document, assets = plan_of(reader), load_assets()
    html = Renderer(assets).printed(document.view, document.version, document.title)
    return setter(assets)(html, bytes(16), form=bool(document.places))


@pytest.fixture(scope="module")
def sealed() -> bytes:
    """Return a guardian's PDF as it is sent."""
    document = plan_of("e5h7w")
    personal = aespdf.Personal(ISSUER.ticket("e5h7w", document), ISSUER.mark("e5h7w", document))
    return aespdf.seal(plain("e5h7w"), WORDS, personal)


def fields(pdf: pikepdf.Pdf) -> Iterator[tuple[str, pikepdf.Object]]:
    for field in pdf.Root.AcroForm.Fields:
        yield str(field.T), field


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def test_only_filling_in_printing_and_reading_aloud_are_allowed(sealed: bytes) -> None:
    with pikepdf.open(BytesIO(sealed), password=WORDS) as pdf:
        assert {name for name, allowed in pdf.allow._asdict().items() if allowed} == ALLOWED
        assert pdf.Root.AcroForm.NeedAppearances


def test_every_field_has_a_name_that_is_read_aloud_a_yellow_ground_and_room(sealed: bytes) -> None:
    places = {place.key: place for place in plan_of("e5h7w").places}
    with pikepdf.open(BytesIO(sealed), password=WORDS) as pdf:
        found = dict(fields(pdf))
        assert list(found) == list(places)
        for key, field in found.items():
            assert str(field.TU).startswith(f"{places[key].number} {places[key].label}")
            left, bottom, right, top = (float(side) for side in field.Rect)
            assert abs(top - bottom) >= 11, key
            assert abs(right - left) >= 11, key
            if places[key].kind == "text":
                assert int(field.Ff) & (1 << 12), "more lines than one"
                assert int(field.MaxLen) == 4000


def test_a_filled_file_stays_locked_and_says_what_was_written_about_what_was_seen(sealed: bytes) -> None:
    written = {"nytt_mål": ODD, "mål/m2/kommentar": "Räksmörgås", "fält/trivs_jag": "Bra"}
    out = BytesIO()
    with pikepdf.open(BytesIO(sealed), password=WORDS) as pdf:
        for key, field in fields(pdf):
            if key in written:
                field.V = pikepdf.String(written[key])
            if key == "läst":
                field.V = field.AS = pikepdf.Name("/on")
        # A viewer saves with the file's own key; here it is locked again with the same words.
        pdf.save(out, encryption=pikepdf.Encryption(user=WORDS, owner=WORDS, R=6))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(BytesIO(out.getvalue()))
    assert "smörg".encode("utf-16-be") not in out.getvalue()
    with pikepdf.open(BytesIO(out.getvalue()), password=WORDS) as pdf:
        read = {key: str(field.get("/V", "")) for key, field in fields(pdf)}
        assert {key: read[key] for key in written} == written
        assert read["läst"] == "/on"
        assert read["mål/m1/ångra"] == "/Off"
        issued = reply_ticket.open(b"t" * 32, str(pdf.docinfo["/IupSvar"]))
        assert reply_ticket.recipient_of(b"f" * 32, bytes(pdf.trailer.ID[0])) == "e5h7w"
    document = plan_of("e5h7w")
    assert (issued.recipient, issued.pupil, issued.form) == ("e5h7w", document.pupil, document.view.form)  # type: ignore[union-attr]
    assert issued.fields == reply_ticket.states(b"p" * 32, document.pupil, document.places)


def test_the_mark_in_the_clear_is_another_in_every_copy_and_tells_nobody_else_whose_it_is() -> None:
    marks = {reply_ticket.mark(b"f" * 32, "e5h7w") for _ in range(100)}
    assert len(marks) == 100
    assert {reply_ticket.recipient_of(b"f" * 32, mark) for mark in marks} == {"e5h7w"}
    assert "e5h7w" not in {reply_ticket.recipient_of(b"g" * 32, mark) for mark in marks}
    assert reply_ticket.recipient_of(b"f" * 32, b"kort") == ""


def test_the_ticket_is_not_in_the_clear_and_is_of_this_office_alone(sealed: bytes) -> None:
    document = plan_of("e5h7w")
    one, two = (ISSUER.ticket("e5h7w", document) for _ in range(2))
    assert one != two
    assert one[:40].encode() not in sealed
    assert reply_ticket.open(b"t" * 32, one).id != reply_ticket.open(b"t" * 32, two).id
    for text in (one[:-8], f"{one[:30]}{'B' if one[30] == 'A' else 'A'}{one[31:]}", "", "å", one * 40):
        with pytest.raises(BrokenSealError):
            reply_ticket.open(b"t" * 32, text)
    with pytest.raises(BrokenSealError):
        reply_ticket.open(b"u" * 32, one)


def test_the_same_view_is_the_same_bytes_before_it_is_sealed() -> None:
    document, assets = plan_of("e5h7w"), load_assets()
    html = Renderer(assets).printed(document.view, document.version, document.title)
    assert setter(assets)(html, bytes(16), form=True) == plain("e5h7w")


@pytest.mark.parametrize("reader", ["e5h7w", "c8f3t"])
def test_a_form_is_pdf_ua_1_and_prints_its_numbers_and_its_return_form(reader: str) -> None:
    document = plan_of(reader)
    report = judge.validate_pdf_bytes(plain(reader), profile="ua1")
    assert report.is_compliant, [failure.rule_id for failure in report.failures]
    before, sheet = text_of(plain(reader)).split("Svarsblad", 1)
    assert before.count("Skriv här") == len(document.places)
    for place in document.places:
        assert place.number in before
        assert place.number in sheet
        assert place.label in sheet
    assert document.version in sheet


def test_who_may_write_nowhere_gets_no_form_and_no_return_form() -> None:
    document = plan_of("h6d2q")
    assert document.places == ()
    assert (ISSUER.ticket("h6d2q", document), ISSUER.mark("h6d2q", document)) == ("", b"")
    with pikepdf.open(BytesIO(plain("h6d2q"))) as pdf:
        assert "/AcroForm" not in pdf.Root
    text = text_of(plain("h6d2q"))
    assert "Svarsblad" not in text
    assert "Skriv här" not in text


def test_a_home_on_paper_gets_its_version_and_no_ticket() -> None:
    papers = [bundle for bundle in bundles().values() if bundle.recipient.receiving.channel is Channel.PAPER]
    assert papers
    for bundle in papers:
        document = next(document for document in bundle.documents if document.places)
        html = Renderer(load_assets()).printed(document.view, document.version, document.title)
        assert document.version in html
        assert "data-ticket" not in html


@pytest.mark.parametrize(
    ("name", "goal", "comment", "feeling"),
    [
        ("pdfium", "Å, ä, ö, €", "Räksmörgås på ö", "Ganska bra"),
        ("pdfjs", 'Å, ä, ö, € och "citat".\n\n- en punkt', "Räksmörgås", "Bra"),
    ],
)
def test_what_a_real_viewer_saved_is_still_locked_and_reads_back_exactly(
    name: str, goal: str, comment: str, feeling: str
) -> None:
    file = ROOT / "tests" / "data" / "replies" / f"{name}.pdf"
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(file)
    with pikepdf.open(file, password=WORDS) as pdf:
        assert pdf.encryption.R == 6
        values = {key: str(field.get("/V", "")) for key, field in fields(pdf)}
        issued = reply_ticket.open(b"t" * 32, str(pdf.docinfo["/IupSvar"]))
        assert reply_ticket.recipient_of(b"f" * 32, bytes(pdf.trailer.ID[0])) == issued.recipient == "e5h7w"
    assert (values["nytt_mål"], values["mål/m2/kommentar"]) == (goal, comment)
    assert (values["fält/trivs_jag"], values["läst"], values["mål/m1/ångra"]) == (feeling, "/on", "/Off")
