"""A finished copy is searched: every kind of leak is planted in one and has to be found, and the copy itself passes."""

from __future__ import annotations

import base64
import re
import unicodedata
import zlib
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

import page
import pikepdf
import pytest

from iup.documents.assets import load_assets
from iup.documents.leak_check import standing, verify
from iup.errors import LeakError
from iup.office.disclosure.mask import Cut, mask, withheld
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.masked_pdf import COPY_TITLE, CopyRenderer, blank
from iup.text.withheld import WithheldTexts
from iup.view.types import Author, CopyView, EntryView, FieldView, GoalView, MoveView, OfficeView, PlanView, SectionView
from tests.conftest import DAY
from tests.support import outside

if TYPE_CHECKING:
    from collections.abc import Callable

    Plant = Callable[[pikepdf.Pdf], None]

TODAY = date.fromisoformat(DAY)
MARK = "[MASKAT OSL 21:1]"
SECRET = "Zackarias kräver quinoa vid glutenöverkänslighet"
KEPT = "Läser gärna om hästar och bygger broar av papper."
TEACHER = Author("Ingrid Ahlmark", "mentor")


def plan(*texts: str, goal: str = "Läsa en hel kapitelbok.") -> PlanView:
    """Return a small plan with these texts in its field."""
    entries = tuple(EntryView(text, TEACHER, "", "2026-11-10") for text in texts)
    field = FieldView("f", "Insatser", "", entries, read_by=(), working=False)
    known = GoalView(
        id="m1",
        text=goal,
        subject="Svenska",
        step="nytt",
        draft=False,
        proposed_by=TEACHER,
        actions=(),
        outcome="",
        course=(MoveView("nytt", "2026-11-10", TEACHER, "", ""),),
        comments=(),
    )
    return PlanView(
        pupil="Noel Bergdahl",
        group="2B",
        school="Kvarnrisets skola",
        municipality="Älvhamra kommun",
        board="Barn- och utbildningsnämnden",
        title="Individuell utvecklingsplan",
        kind="iup",
        year="2026/2027",
        term="HT 2026",
        state="fastställd",
        booked="",
        held="2026-11-12",
        present=("Ingrid Ahlmark",),
        note="",
        sections=(
            SectionView("a", "Vårt samtal", "", "fält", (), fields=(field,)),
            SectionView("b", "Mål", "", "mål", (), goals=(known,)),
        ),
        office=OfficeView("Registrator", "", "031-390 06 90", "", ""),
        public_documents="Vem som helst får begära ut handlingen.",
    )


@dataclass(frozen=True)
class Made:
    """A finished copy with all that it is searched by."""

    file: bytes
    blank: bytes
    withheld: tuple[str, ...]
    kept: tuple[str, ...]

    def found(self, file: bytes = b"") -> list[tuple[str, bool]]:
        """Return where something was found, and whether it was a withheld text."""
        met = verify(file or self.file, self.withheld, self.kept, self.blank)
        return [(finding.where, bool(finding.withheld)) for finding in met]

    def planted(self, plant: Plant) -> list[tuple[str, bool]]:
        """Return what is found once something was put into the file and the file was saved anew."""
        out = BytesIO()
        with pikepdf.open(BytesIO(self.file)) as pdf:
            plant(pdf)
            pdf.save(out)
        return self.found(out.getvalue())


def copy_of(view: PlanView) -> CopyView:
    return CopyView("Älvhamra kommun", "3", DAY, (view,), ((MARK, "21 kap. 1 §"),))


@pytest.fixture(scope="module")
def press() -> CopyRenderer:
    return CopyRenderer(load_assets())


@pytest.fixture(scope="module")
def made(press: CopyRenderer) -> Made:
    view = plan(KEPT, SECRET)
    cuts = {"fält/f/2": (Cut(MARK),), "namn": (Cut(MARK),)}
    masked = mask(view, cuts)
    shown = copy_of(masked)
    return Made(
        press._made(shown, COPY_TITLE, TODAY),
        press._made(blank(shown), COPY_TITLE, TODAY),
        withheld(view, cuts),
        tuple(place.text for place in places(masked)),
    )


def appended(pdf: pikepdf.Pdf, operators: bytes, font: bytes = b"/Helv") -> None:
    """Set something more on the first page, in a font that no subset is made of."""
    first = pdf.pages[0]
    plain = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    first.Resources.Font[font.decode()] = pdf.make_indirect(plain)
    first.contents_add(b"BT " + font + b" 9 Tf " + operators + b" ET")


def latin(text: str) -> bytes:
    return b"(" + text.encode("latin-1") + b") Tj"


def test_a_clean_copy_has_nothing_and_holds_every_kept_word(made: Made) -> None:
    assert made.found() == []
    shown = outside.run("pdftotext", "-", "-", feed=made.file).decode()
    assert MARK in shown
    assert all(word in shown for word in KEPT.split())


def test_a_copy_and_a_blank_are_pdf_a_3a_and_pdf_ua_1(made: Made) -> None:
    for profile in ("ua1", "pdfa-3a"):
        report = page.validate_pdf_bytes(made.file, profile=profile)
        assert report.is_compliant, [failure.rule_id for failure in report.failures]


@pytest.mark.parametrize(
    "operators",
    [
        latin("kräver quinoa"),
        latin("GLUTENÖVERKÄNSLIGHET"),
        b"3 Tr " + latin("Zackarias"),
        b"1 1 1 rg 5000 5000 Td " + latin("Zackarias"),
        latin("Noel"),
        latin("är Noels plan"),
        b"[(Zack) 20 (arias)] TJ",
        latin("gluten-") + b" T* " + latin("överkänslighet"),
        latin("z a c k a r i a s k r ä v e r q u i n o a"),
        b"<" + b"quinoa".hex().encode() + b"> Tj",
    ],
    ids=["words", "upper", "hidden", "white", "name", "genitive", "kerned", "hyphenated", "spaced", "hex"],
)
def test_a_withheld_text_on_a_page_is_found(made: Made, operators: bytes) -> None:
    assert ("texten på sidorna", True) in made.planted(lambda pdf: appended(pdf, operators))


def _in_information(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Subject"] = "Om Zackarias"


def _in_information_as_utf16(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Title"] = unicodedata.normalize("NFD", "Glutenöverkänslighet \N{SNOWMAN}")


def _in_metadata(pdf: pikepdf.Pdf) -> None:
    said = pdf.Root.Metadata.read_bytes().replace(b"</rdf:RDF>", "<x>kräver quinoa</x></rdf:RDF>".encode())
    pdf.Root.Metadata = pikepdf.Stream(pdf, said)


def _in_metadata_as_entities(pdf: pikepdf.Pdf) -> None:
    said = pdf.Root.Metadata.read_bytes().replace(
        b"</rdf:RDF>", b"<x>glu&#116;en&#246;verk&auml;nslighet</x></rdf:RDF>"
    )
    pdf.Root.Metadata = pikepdf.Stream(pdf, said)


def _in_the_outline(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Zackarias", 0))


def _in_a_tag(pdf: pikepdf.Pdf) -> None:
    pdf.Root.StructTreeRoot["/Alt"] = pikepdf.String("quinoa")


def _in_a_hex_string(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Keywords"] = b"quinoa vid gluten".hex()


def _in_a_base64_string(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Keywords"] = base64.b64encode(b"Zackarias quinoa").decode()


def _in_a_name(pdf: pikepdf.Pdf) -> None:
    pdf.Root["/Zackarias"] = 1


def _in_an_attachment(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["plan.txt"] = pikepdf.AttachedFileSpec(pdf, "kräver quinoa".encode("utf-16-le"))


@pytest.mark.parametrize(
    "plant",
    [
        _in_information,
        _in_information_as_utf16,
        _in_metadata,
        _in_metadata_as_entities,
        _in_the_outline,
        _in_a_tag,
        _in_a_hex_string,
        _in_a_base64_string,
        _in_an_attachment,
    ],
)
def test_a_withheld_text_beside_the_pages_is_found(made: Made, plant: Plant) -> None:
    assert ("filens egenskaper, bokmärken och taggar", True) in made.planted(plant)


def test_a_withheld_name_of_an_object_is_found(made: Made) -> None:
    assert ("ett namn i filen", True) in made.planted(_in_a_name)


def _attached(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["a.txt"] = pikepdf.AttachedFileSpec(pdf, b"x")


def _layered(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array(), D=pikepdf.Dictionary())


def _running(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1"))


def _annotated(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Annots = pikepdf.Array()


def _pictured(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].Resources.XObject["/I"] = pikepdf.Stream(
        pdf,
        b"\0",
        Subtype=pikepdf.Name.Image,
        Width=1,
        Height=1,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
    )


def _pictured_inline(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"BI /W 1 /H 1 /BPC 8 /CS /G ID \0 EI")


@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (_attached, "en bilaga"),
        (_layered, "ett lager"),
        (_running, "ett program"),
        (_annotated, "en anteckning"),
        (_pictured, "en bild"),
        (_pictured_inline, "en bild"),
    ],
)
def test_what_a_copy_has_no_need_of_is_found(made: Made, plant: Plant, what: str) -> None:
    assert (what, False) in made.planted(plant)


def test_an_earlier_revision_is_found(made: Made) -> None:
    at = re.search(rb"startxref\s+(\d+)", made.file)
    assert at is not None
    later = made.file + b"\nxref\n0 0\ntrailer\n<</Prev " + at[1] + b">>\nstartxref\n" + at[1] + b"\n%%EOF\n"

    assert ("en tidigare version", False) in made.found(later)


def test_what_no_object_owns_is_found(made: Made) -> None:
    orphan = b"99 0 obj\n<<>>\nstream\n" + zlib.compress(SECRET.encode()) + b"\nendstream\nendobj\n"
    at = made.file.rindex(b"startxref")

    assert ("en dataström", True) in made.found(made.file[:at] + orphan + made.file[at:])
    assert ("filens råa innehåll", True) in made.found(made.file + b"% " + SECRET.encode())
    assert ("något utanför filen", False) in made.found(made.file + b"x")


def _fonts(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    return [f for f in pdf.objects if isinstance(f, pikepdf.Dictionary) and f.get("/Subtype") == "/Type0"]


def _one_more_character(pdf: pikepdf.Pdf) -> None:
    font = _fonts(pdf)[0]
    told = font.ToUnicode.read_bytes()
    font.ToUnicode = pikepdf.Stream(pdf, told.replace(b"endbfchar", b"<0019> <005A>\nendbfchar"))


def _one_more_width(pdf: pikepdf.Pdf) -> None:
    _fonts(pdf)[0].DescendantFonts[0].W.extend(pikepdf.Array([25, pikepdf.Array([500])]))


def _the_fonts_of_the_plan(unmasked: bytes) -> Plant:
    """Return what gives a copy the fonts of a file that shows everything: the mark of a copy that was blacked out."""

    def plant(pdf: pikepdf.Pdf) -> None:
        with pikepdf.open(BytesIO(unmasked)) as other:
            for own, more in zip(_fonts(pdf), _fonts(other), strict=True):
                program = more.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
                own.DescendantFonts[0].FontDescriptor.FontFile2 = pikepdf.Stream(pdf, program)

    return plant


def test_a_font_that_knows_more_than_the_pages_show_is_found(press: CopyRenderer, made: Made) -> None:
    unmasked = press._made(copy_of(plan(KEPT, SECRET)), COPY_TITLE, TODAY)

    for plant in (_one_more_character, _one_more_width, _the_fonts_of_the_plan(unmasked)):
        assert ("ett teckensnitt med tecken som inte visas", False) in made.planted(plant)


def test_a_font_that_no_text_can_be_read_by_is_found(made: Made) -> None:
    assert ("ett teckensnitt som inte går att läsa", False) in made.planted(lambda pdf: appended(pdf, b"(x) Tj"))


def test_bytes_that_are_no_pdf_are_not_handed_out(made: Made) -> None:
    assert made.found(b"%PDF-1.7 x") == [("filen går inte att läsa", False)]


def test_a_mask_that_forgets_a_place_stops_the_copy_and_its_message_says_nothing(press: CopyRenderer) -> None:
    whole = plan(KEPT, SECRET)

    with pytest.raises(LeakError) as stopped:
        press.copy(copy_of(whole), (SECRET,), (KEPT,), TODAY)

    told = stopped.value.message + stopped.value.hint
    assert "texten på sidorna" in told
    assert not any(word in told for word in SECRET.split())


@pytest.mark.parametrize("forgotten", [replace(plan(KEPT), pupil=SECRET), plan(KEPT, goal=SECRET)])
def test_a_part_of_a_withheld_text_is_enough(press: CopyRenderer, forgotten: PlanView) -> None:
    with pytest.raises(LeakError):
        press.copy(copy_of(forgotten), (f"Det är så att {SECRET.lower()} sedan i våras.",), (KEPT,), TODAY)


def test_words_that_stand_in_what_is_kept_are_told_apart_and_no_leak(press: CopyRenderer) -> None:
    both = plan(KEPT, "Hon läser gärna\nom  hästar.")
    cuts = {"fält/f/2": (Cut(MARK, "läser gärna om hästar"),)}
    masked = mask(both, cuts)
    kept = {place.key: place.text for place in places(masked)}
    gone = withheld(both, cuts)

    assert standing(gone, kept) == ((0, "fält/f/1"),)
    assert press.copy(copy_of(masked), gone, tuple(kept.values()), TODAY).startswith(b"%PDF-")
    assert standing(("Alva",), {"a": "Alvas bok", "b": "halva", "c": "med Alva."}) == ((0, "c"),)


def test_half_of_a_divided_word_is_no_leak_of_another() -> None:
    needles = WithheldTexts.of(("Grupperna arbetar",), ("Hon samarbetar väl.",))

    assert needles.in_texts(("Hon sam-\narbetar väl.",)) == frozenset()
    assert needles.in_texts(("Hon sam-\narbetar väl och arbe-\ntar på.",)) == {0}


def test_a_short_withheld_text_is_no_part_of_another_word(press: CopyRenderer) -> None:
    view = replace(plan("Bor nära skolan. Sida 1 är läst.", "och 2B"), group="", pupil="Bo")
    cuts = {"namn": (Cut(MARK),), "fält/f/2": (Cut(MARK),)}
    masked = mask(view, cuts)

    kept = tuple(place.text for place in places(masked))
    assert press.copy(copy_of(masked), withheld(view, cuts), kept, TODAY).startswith(b"%PDF-")
    with pytest.raises(LeakError):
        press.copy(copy_of(replace(masked, group="Bo")), withheld(view, cuts), kept, TODAY)
