"""A form that is handed out with words in its fields shows them, whatever script they are in, and gives them back."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf
import pytest
from markupsafe import escape

from iup.documents import appearances, pdf
from iup.documents.assets import load_assets
from tests.support import outside

if TYPE_CHECKING:
    from pathlib import Path

TIGRINYA = "ትግርኛ ሰላም ከመይ ኣለኻ.\nOch en rad på svenska."
SORANI = "سڵاو چۆنی باشی؟"
HINDI = "प्रणाली"
NO_FONT = "中文 och <kort> & gott"
SWEDISH = "Vanlig text med åäö."
VALUES = {"a": TIGRINYA, "b": SORANI, "c": HINDI, "d": NO_FONT, "e": SWEDISH, "f": "", "g": "Flera ord"}


def form(values: dict[str, str]) -> str:
    areas = "".join(
        f'<textarea name="{name}" title="{name}">{escape(value)}</textarea>'
        for name, value in values.items()
        if name not in "cg"
    )
    line = f'<input type="text" name="c" title="c" value="{escape(values["c"])}">' if "c" in values else ""
    choice = '<select name="g" title="g"><option value="2">Nej</option><option value="1" selected>Flera ord</option>'
    return (
        f'<!DOCTYPE html><html lang="sv"><head><title>Svar</title></head><body><form class="place">{areas}{line}'
        f"{choice}</select></form></body></html>"
    )


@pytest.fixture(scope="module")
def made() -> bytes:
    return pdf.setter(load_assets())(form(VALUES), bytes(16), form=True)


def fields(opened: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
    return {str(field.T): field for field in opened.Root.AcroForm.Fields}


def test_a_value_is_the_text_as_it_was_written_also_where_no_font_has_its_letters(made: bytes) -> None:
    with pikepdf.open(BytesIO(made)) as opened:
        found = {name: str(field.V) for name, field in fields(opened).items()}
    assert found == VALUES | {"g": "1"}


def test_each_field_with_a_value_has_a_picture_that_reads_as_it_looks(made: bytes, tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(made)) as opened:
        known = fields(opened)
        assert {name for name, field in known.items() if "/AP" in field} == VALUES.keys() - {"f"}
        assert not opened.Root.AcroForm.NeedAppearances
        assert all(field.AP.N.read_bytes().startswith(b"/Tx BMC") for name, field in known.items() if name != "f")
    (tmp_path / "form.pdf").write_bytes(made)
    drawn = outside.run("mutool", "draw", "-q", "-F", "text", tmp_path / "form.pdf").decode()
    for value in (*TIGRINYA.splitlines(), HINDI, "[U+4E2D U+6587] och <kort> & gott", SWEDISH, "Flera ord"):
        assert value in drawn


def test_the_same_form_is_the_same_bytes(made: bytes) -> None:
    assert pdf.setter(load_assets())(form(VALUES), bytes(16), form=True) == made


@pytest.mark.parametrize("values", [{"e": SWEDISH}, {"e": ""}, {"e": "Zoë <Ärlig> & co – ”så”"}])
def test_a_form_in_usual_letters_is_set_as_before(values: dict[str, str]) -> None:
    assert not appearances.are_needed(form(values))
