"""A filled form is read whatever program saved it, and what cannot be read is never taken for an empty field."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf
import pytest

from iup.errors import BrokenSealError, ExitCode
from iup.office.replies import pdf_form
from tests.conftest import own_copy
from tests.support.receiving import accept, configure, home, put, waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Place

SAVED = Path(__file__).resolve().parents[2] / "data" / "replies" / "pdfjs.pdf"
WORDS = "luta-reklam-alfabet-utveckla-giraff-mura-parabol"
COMMENT = "mål/m2/kommentar"
JENNY = "e5h7w"
HERS = "fält/framåt_hemmet"
TYPE_IN = "är det ett svar på papper, en utskrift eller en bild skrivs det in med receive --type-in"


def altered(data: bytes, words: str, change: Callable[[pikepdf.Pdf, dict[str, pikepdf.Object]], None]) -> bytes:
    """Return a PDF with its form altered, under the same words."""
    out = BytesIO()
    with pikepdf.open(BytesIO(data), password=words) as pdf:
        change(pdf, {str(field.T): field for field in pdf.Root.AcroForm.Fields})
        pdf.save(out, encryption=pikepdf.Encryption(user=words, owner="x" * 20, R=6))
    return out.getvalue()


def drop_the_list(pdf: pikepdf.Pdf, _: dict[str, pikepdf.Object]) -> None:
    pdf.Root.AcroForm.Fields = pikepdf.Array()


def lay_the_value_on_the_page(pdf: pikepdf.Pdf, known: dict[str, pikepdf.Object]) -> None:
    """Leave an empty twin in the form's list, as a program does that copies the fields."""
    twin = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=pikepdf.String(COMMENT)))
    rest = [field for name, field in known.items() if name != COMMENT]
    pdf.Root.AcroForm.Fields = pikepdf.Array([twin, *rest])


def divide_the_name(pdf: pikepdf.Pdf, known: dict[str, pikepdf.Object]) -> None:
    """Have a field under a parent that has its value and its name."""
    field = known[COMMENT]
    rest = [other for name, other in known.items() if name != COMMENT]
    parent = pdf.make_indirect(
        pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=field.T, V=field.V, Kids=pikepdf.Array([field]))
    )
    del field["/T"], field["/V"]
    field.Parent = parent
    pdf.Root.AcroForm.Fields = pikepdf.Array([*rest, parent])


def as_a_stream(pdf: pikepdf.Pdf, known: dict[str, pikepdf.Object]) -> None:
    known[COMMENT].V = pdf.make_stream(b"\xfe\xff" + "Räksmörgås".encode("utf-16-be"))


@pytest.mark.parametrize("change", [drop_the_list, lay_the_value_on_the_page, divide_the_name, as_a_stream])
def test_a_value_is_found_wherever_a_program_put_it(
    change: Callable[[pikepdf.Pdf, dict[str, pikepdf.Object]], None],
) -> None:
    before = pdf_form.form_of(SAVED.read_bytes(), WORDS)
    after = pdf_form.form_of(altered(SAVED.read_bytes(), WORDS, change), WORDS)
    assert before.values[COMMENT] == "Räksmörgås"
    assert {name: value for name, value in after.values.items() if value} == {
        name: value for name, value in before.values.items() if value
    }
    assert after.fields == before.fields
    assert before.shown == {}


@pytest.mark.parametrize("name", ["pdfjs", "pdfium"])
def test_what_a_viewer_drew_is_what_it_saved(name: str) -> None:
    assert pdf_form.form_of(SAVED.with_stem(name).read_bytes(), WORDS).shown == {}


def test_bytes_before_a_pdf_are_allowed_as_far_as_readers_do() -> None:
    for number in (0, 1, 60, 1000, 1024):
        assert pdf_form.start(b"x" * number + b"%PDF-1.7") == number
    assert pdf_form.start(b"x" * 1025 + b"%PDF-1.7") == -1


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_told_and_never_half_read(part: float) -> None:
    data = SAVED.read_bytes()
    with pytest.raises(BrokenSealError, match="avkortad"):
        pdf_form.form_of(data[: int(len(data) * part)], WORDS)
    assert pdf_form.form_of(data + b"\r\n-- \r\nSkickat med min telefon\r\n" * 3, WORDS).values[COMMENT] == "Räksmörgås"


# --- through the command


@pytest.fixture
def site(small: Place, tmp_path: Path) -> Iterator[Place]:
    with own_copy(small, tmp_path) as place:
        configure(place)
        yield place


def picture(pdf: pikepdf.Pdf, text: str) -> pikepdf.Object:
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    drawn = f"/Tx BMC BT /F 10 Tf 2 2 Td ({text}) Tj ET EMC".encode("cp1252")
    stream = pdf.make_stream(drawn, Subtype=pikepdf.Name.Form, BBox=[0, 0, 300, 20])
    stream.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    return pikepdf.Dictionary(N=stream)


def test_files_of_every_kind_are_told_for_what_they_are(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    words = jenny.secret.passphrase
    data = jenny.pdf({HERS: "Vi läser hemma."})

    def drawn_alone(pdf: pikepdf.Pdf, known: dict[str, pikepdf.Object]) -> None:
        del known[HERS]["/V"]
        known[HERS].AP = picture(pdf, "Bara ritat h\xe4r.")

    def drawn_otherwise(pdf: pikepdf.Pdf, known: dict[str, pikepdf.Object]) -> None:
        known[HERS].AP = picture(pdf, "N\xe5got annat.")

    def flattened(pdf: pikepdf.Pdf, _: dict[str, pikepdf.Object]) -> None:
        del pdf.Root["/AcroForm"]
        for page in pdf.pages:
            page.Annots = pikepdf.Array()

    def without_one(pdf: pikepdf.Pdf, known: dict[str, pikepdf.Object]) -> None:
        known[HERS].V = pikepdf.String("Ett f\xe4lt \xe4r borta.")
        rest = [field for name, field in known.items() if name != "läst"]
        pdf.Root.AcroForm.Fields = pikepdf.Array(rest)
        for page in pdf.pages:
            page.Annots = pikepdf.Array([one for one in page.get("/Annots", []) if str(one.get("/T")) != "läst"])

    opened = BytesIO()
    with pikepdf.open(BytesIO(data), password=words) as pdf:
        pdf.save(opened)
    inbox = put(
        tmp_path,
        a_pdf=b"Skickat via kommunen\r\n" + altered(data, words, drop_the_list),
        b_pdf=altered(data, words, drawn_alone),
        c_pdf=altered(data, words, drawn_otherwise),
        d_pdf=altered(data, words, flattened),
        e_pdf=altered(data, words, without_one),
        f_pdf=opened.getvalue(),
        g_pdf=data[: len(data) // 2],
    )
    done = site.run("receive", inbox, "--list")
    assert "7 nya" in done.err
    found = waiting(site)
    told = {
        (one["fault"] or "", *((v["key"], v["verdict"], v["reason"] or "") for v in one["values"])) for one in found
    }
    assert told == {
        ("", (HERS, "förs in", "")),
        (
            "",
            (
                HERS,
                "förs inte in",
                "texten syns på sidan men ligger inte i fältet; läs filen, och skriv in den med receive --type-in",
            ),
        ),
        ("", (HERS, "ändrat sedan", "sidan visar en annan text än den som ligger i fältet")),
        (f"formuläret är platt: det som är skrivet är en bild på sidan; {TYPE_IN}",),
        (f"PDF-filen är inte låst, så det syns inte vem den kommer från; {TYPE_IN}",),
        ("PDF-filen är avkortad på vägen; be avsändaren skicka den en gång till",),
    }
    assert "1 fält saknas i filen: se efter om det står något där på sidan" in done.out + done.err
    for one in found:
        if [value["verdict"] for value in one["values"]] == ["förs in"]:
            assert accept(site, one["id"]).code == 0


def test_a_file_sent_filled_further_and_sent_again_adds_only_what_is_new(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    first: dict[str, str | bool] = {HERS: "Vi läser.", COMMENT: "Vi övar.", "nytt_mål": "Cykla", "läst": True}
    (one,) = waiting(site, put(tmp_path, a_pdf=jenny.pdf(first)))
    assert accept(site, one["id"]).code == 0
    further: dict[str, str | bool] = {**first, "fält/förberedelse_hemmet": "Ny fråga."}
    (two,) = waiting(site, put(tmp_path, b_pdf=jenny.pdf(further)))
    told = {value["key"]: value["verdict"] for value in two["values"]}
    assert told == dict.fromkeys(first, "redan infört") | {"fält/förberedelse_hemmet": "förs in"}
    assert accept(site, two["id"]).code == 0
    goals = (site.site / "content/pupils/a6n4x/goals.yaml").read_text("utf-8")
    assert (goals.count("Vi övar."), goals.count("Cykla")) == (1, 1)
    # A comment is added to what stands, never put in its place: a longer one is for a person to see.
    changed: dict[str, str | bool] = {**further, COMMENT: "Vi övar varje dag."}
    (three,) = waiting(site, put(tmp_path, c_pdf=jenny.pdf(changed)))
    told = {value["key"]: value["verdict"] for value in three["values"]}
    assert told == dict.fromkeys(further, "redan infört") | {COMMENT: "ändrat sedan"}
    assert accept(site, three["id"]).code == ExitCode.REFUSED, "nothing of it is new unless a person says so"
    done = site.run("receive", "--accept", three["id"], "--replace", COMMENT)
    assert done.code == 0, done.err
    goals = (site.site / "content/pupils/a6n4x/goals.yaml").read_text("utf-8")
    assert (goals.count("Vi övar."), goals.count("Vi övar varje dag.")) == (1, 1)
    # A file saved once more with nothing new in it.
    out = BytesIO()
    with pikepdf.open(BytesIO(jenny.pdf(first)), password=jenny.secret.passphrase) as pdf:
        fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        del fields["nytt_mål"]["/V"]
        pdf.save(out, encryption=pikepdf.Encryption(user=jenny.secret.passphrase, owner="x" * 20, R=6))
    (four,) = waiting(site, put(tmp_path, d_pdf=out.getvalue()))
    assert four["fault"] == "allt i svaret är redan infört"


def test_an_answer_to_a_plan_made_final_meanwhile_is_told_with_its_own_words(site: Place, tmp_path: Path) -> None:
    data = home(site, JENNY).reply({HERS: "Det här ville jag säga."})
    path = site.site / "content/pupils/a6n4x/plan.yaml"
    path.write_text(path.read_text("utf-8").replace("läge: delad", "läge: fastställd", 1), encoding="utf-8")
    site.commit()
    (reply,) = waiting(site, put(tmp_path, a_iup=data))
    (value,) = reply["values"]
    assert (value["verdict"], value["reason"]) == ("förs inte in", "planen fastställdes innan svaret kom")
    assert site.run("receive", "--refuse", reply["id"]).code == 0
    kept = (site.office / "replies" / reply["id"] / "reply.yaml").read_text("utf-8")
    assert "Det här ville jag säga." in kept
    assert "planen fastställdes innan svaret kom" in kept
    assert "Okänt fält" not in kept


def test_the_same_answer_sent_in_two_ways_is_taken_in_once(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    said: dict[str, str | bool] = {HERS: "Vi läser.", COMMENT: "Vi övar.", "läst": True}
    (one,) = waiting(site, put(tmp_path, a_iup=jenny.reply(said)))
    assert accept(site, one["id"]).code == 0
    (two,) = waiting(site, put(tmp_path, b_pdf=jenny.pdf(said)))
    told = {value["key"]: (value["verdict"], value["reason"] or "") for value in two["values"]}
    assert told[HERS] == ("redan infört", "det står redan så")
    assert told[COMMENT][0] == "ändrat sedan"
    assert "samma text från samma avsändare" in told[COMMENT][1]
    assert told["läst"][0] == "förs inte in"
    assert accept(site, two["id"]).code == ExitCode.REFUSED
