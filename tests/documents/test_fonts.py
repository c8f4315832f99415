"""Documents are set with the shipped fonts alone, each with those of its own scripts, wherever the program runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from iup.documents import clusters, pdf, pdf_text
from iup.documents.assets import load_assets
from iup.documents.fonts import faces
from iup.documents.html import _author, prose
from iup.errors import IupError
from iup.text.withheld import WithheldTexts
from iup.view.types import Author
from tests.support import outside

ROOT = Path(__file__).resolve().parents[2]
# One line for each script that is shipped, as it is typed: with letters that join, stack, change places and are set
# with several glyphs. Names of people are invented; Nguyễn stands composed and in pieces.
LINES = (
    "Nguyễn Thị Hương, Nguye\u0302\u0303n Thi\u0323 Hu\u031bo\u031bng",
    "ə ʒ ǩ ŋ đ ẍ ʻ ʼ Čáhcesuolu ïhke Ǟ ǭ ȭ ḯ ȱ",
    "C\u0328\u0306 M\u0302 m\u0302 m\u0304 x\u0302 k\u0307 L\u0325\u0304 R\u0325\u0304 Z\u0327",
    "Ελληνικά Ἀθῆναι Київ Ґ ґ Қазақ Әә Ғғ Ұұ Һһ",
    "Հայերեն Բարեւ",
    "ქართული ენა",
    "ሰላም ልዑል ትግርኛ",
    "เขาน้ำที่ผู้ใหญ่ ครู",
    "नमस्ते हिन्दी क्षत्रिय कार्य र्कि विद्यार्थी",
    "CO₂ √2 ≈ 1,41 10⁻³ ∞ ‡ ∑ ∫ ∈ ℝ ①",
    "⭐ 👍🏽 🇸🇪 👨\u200d👩\u200d👧 ❤️ 1️⃣ 😀 ☺ ✓ ☐ • ▸",
)
FROM_RIGHT = (
    "سلام محمد الله لا إله",
    "می\u200cخواند کتاب گچپژ",
    "کوردی ڕۆژ ێوار ڵ ۆ",
    "שלום עליכם שָׁלוֹם",
)


SENTENCE = "قرأ Anna Karin صفحة 123 اليوم"
QUOTED = "كتاب 12 جميل"


def page(*lines: str) -> str:
    body = "".join(f"<p>{line}</p>" for line in lines)
    return f'<!DOCTYPE html><html lang="sv"><head><title>Prov</title></head><body><h1>Prov</h1>{body}</body></html>'


@pytest.fixture(scope="module")
def many() -> bytes:
    """Return a document with every script in it."""
    return pdf.setter(load_assets())(page(*LINES, *FROM_RIGHT), bytes(16))


def families(data: bytes) -> set[str]:
    with pikepdf.open(BytesIO(data)) as opened:
        fonts = [o for o in opened.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"]
        return {str(font.BaseFont).partition("+")[2].partition("-Semi")[0] for font in fonts}


def test_text_of_every_script_comes_back_letter_by_letter(many: bytes, tmp_path: Path) -> None:
    (tmp_path / "many.pdf").write_bytes(many)
    told = outside.run("pdftotext", "-", "-", feed=many).decode()
    drawn = outside.run("mutool", "draw", "-q", "-F", "text", tmp_path / "many.pdf").decode()
    read = pdf_text.read(pikepdf.open(BytesIO(many)))
    assert read.faults == ()
    for line in LINES:
        for word in line.split():
            assert word in told
            assert word in drawn
            assert word in read.body
    for line in FROM_RIGHT:
        assert line in told  # which puts it into the order that it is read in
        for word in line.split():
            assert word[::-1] in drawn  # which leaves it as it is seen
            assert word[::-1] in read.body


@pytest.mark.parametrize("beside", ["läser", "ሰላም"])
def test_an_address_is_copied_without_what_lets_it_break(beside: str) -> None:
    address = "https://www.example.test/" + "kapitel/" * 12
    told = outside.run(
        "pdftotext", "-", "-", feed=pdf.setter(load_assets())(page(prose(f"{beside} {address}")), bytes(16))
    )
    assert address in told.decode().replace("\n", "")


def test_a_swedish_document_has_the_usual_family_alone() -> None:
    assert families(pdf.setter(load_assets())(page("Åsa läser – ”bra”"), bytes(16))) == {"Plansans"}


def test_a_document_has_the_families_of_its_scripts_whatever_was_set_before_it() -> None:
    fresh, used = pdf.setter(load_assets()), pdf.setter(load_assets())
    used(page(*LINES, *FROM_RIGHT), bytes(16))
    hebrew = used(page("Kort: שלום"), bytes(16))
    assert hebrew == fresh(page("Kort: שלום"), bytes(16))
    assert families(hebrew) == {"Plansans", "NotoSansHebrew"}


def test_a_document_is_the_same_whatever_fonts_the_machine_has(tmp_path: Path) -> None:
    """The machine of this process has none; that of the other has some, and says that they are the ones to use."""
    config = tmp_path / "fonts.conf"
    config.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{ROOT}/templates/fonts</dir><dir>/usr/share/fonts</dir>'
        f"<cachedir>{tmp_path}/cache</cachedir><match target='pattern'>"
        "<edit name='family' mode='assign' binding='strong'><string>Noto Emoji</string></edit></match></fontconfig>",
        encoding="utf-8",
    )
    script = (
        "import sys; from iup.documents import pdf; from iup.documents.assets import load_assets\n"
        "sys.stdout.buffer.write(pdf.setter(load_assets())(sys.stdin.read(), bytes(16)))"
    )
    html = page("Två 12: 漢 ▸ سلام")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        input=html.encode(),
        env={**os.environ, "FONTCONFIG_FILE": str(config), "FONTCONFIG_PATH": str(tmp_path), "HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (pdf.setter(load_assets())(html, bytes(16)), b"")
    assert list(tmp_path.iterdir()) == [config]  # no list of fonts is kept anywhere


def test_text_comes_back_from_a_form_too() -> None:
    text = "x\u0302y नमस्ते"
    html = page(text).replace("</body>", '<form><textarea name="a" style="height: 40pt">Ja</textarea></form></body>')
    data = pdf.setter(load_assets())(html, bytes(16), form=True)
    assert text in outside.run("pdftotext", "-", "-", feed=data).decode()
    assert {"Plansans", "Planfields"} <= families(data)


def test_what_no_font_has_is_written_out() -> None:
    data = pdf.setter(load_assets())(page("Boken 漢字 och \uf0b7 slut"), bytes(16))
    assert "Boken [U+6F22 U+5B57] och [U+F0B7] slut" in pdf_text.read(pikepdf.open(BytesIO(data))).body


def test_a_document_that_would_show_an_empty_box_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "drawable", lambda html: html)
    with pytest.raises(IupError, match="tom ruta"):
        pdf.setter(load_assets())(page("漢"), bytes(16))


def test_a_list_in_a_list_in_a_list_has_signs_of_the_usual_family_and_is_read_in_order() -> None:
    lists = prose("- Mål\n  - Delmål\n    - En punkt\n    1. Ett\n    10. Tio\n  - Två\n- Tre")
    data = pdf.setter(load_assets())(page(lists), bytes(16))

    assert families(data) == {"Plansans"}
    lines = outside.run("pdftotext", "-", "-", feed=data).decode().split("\n")
    assert [line for line in lines if line and line != "Prov"][:7] == [
        *("• Mål", "• Delmål", "• En punkt", "1. Ett", "10. Tio", "• Två", "• Tre")
    ]


def test_the_usual_letters_are_drawn_as_the_library_draws_them() -> None:
    assert not clusters.is_needed(page("Åsa läser – ”bra”\n½ Київ"))
    assert clusters.is_needed(page("x\u0302"))
    assert "Wide" not in faces(load_assets(), ())
    assert faces(load_assets(), ("SourceSans3Wide", "NotoEmoji")).count("@font-face") == 4


@pytest.fixture(scope="module")
def right() -> bytes:
    """Return a document with an Arabic sentence that has a number and a Latin name in it, a list of it, and Swedish."""
    text = f"Svensk text om {QUOTED} och mer.\n\n{SENTENCE}\n\n- {SENTENCE}\n- כן"
    return pdf.setter(load_assets())(page().replace("<h1>Prov</h1>", prose(text)), bytes(16))


def test_a_paragraph_that_is_read_from_the_right_stands_there(right: bytes, tmp_path: Path) -> None:
    (tmp_path / "right.pdf").write_bytes(right)
    boxes = outside.run("pdftotext", "-bbox", tmp_path / "right.pdf", "-").decode()
    left = {word: float(x) for x, word in re.findall(r'xMin="([\d.]+)" [^>]*>([^<]+)<', boxes)}
    seen = [left[word] for word in ("قرأ"[::-1], "Karin", "Anna", "صفحة"[::-1], "123", "اليوم"[::-1])]
    assert seen == sorted(seen, reverse=True)
    assert left["Svensk"] < 100  # 68 is the margin, 499 the other one
    assert min(seen) > 300
    assert left["כן"[::-1]] > 450
    assert left["•"] > 480


@pytest.mark.parametrize("withheld", [SENTENCE, QUOTED, "صفحة", "صفحة 123", "Anna Karin"])
def test_what_is_drawn_from_the_right_is_found_as_it_was_written(right: bytes, withheld: str) -> None:
    body = pdf_text.read(pikepdf.open(BytesIO(right))).body
    for words in (True, False):
        assert WithheldTexts.of((withheld, "ليس هنا أبدا"), (), words=words).in_texts((body,)) == {0}


def test_a_name_from_the_right_does_not_turn_what_stands_beside_it() -> None:
    assert _author(Author("Ingrid Ahlmark", "mentor")) == "Ingrid Ahlmark (mentor)"
    assert _author(Author("علي <حسن>", "vårdnadshavare")) == "<bdi>علي &lt;حسن&gt;</bdi> (vårdnadshavare)"
