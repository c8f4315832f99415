"""How the values of a form's fields look, where the font of the fields has not all their letters.

In: a PDF with fields and what sets pages. Out: the same PDF, in which each field that has a value carries its picture,
set like any other text and with subset fonts. A reader draws the value itself otherwise, with the one font that a field
embeds whole, and shows an empty box for each letter that it lacks. The value is the text as it was written, also where
the picture shows a code for a character that no shipped font has. What is filled in later is drawn by the reader.
"""

from __future__ import annotations

import re
from html import escape, unescape
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import pikepdf

from iup.text.direction import from_right
from iup.text.letters import drawable, families_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Values are escaped, so that no `<`, `>` or `"` stands in one.
_CONTROLS = re.compile(
    r'<(?:textarea|input type="text")[^>]* name="([^"]*)"[^>]*?(?: value="([^"]*)">|>([^<]*)</textarea>)'
)
_SIZE = re.compile(r"([\d.]+) Tf")
_TEXT, _CHOICE = "/Tx", "/Ch"
_LINES = 1 << 12  # ISO 32000-2, table 231: a field of several lines
# What stands by itself is not broken over pages by the layout library.
_CSS = """@page { margin: 0 } body { margin: 0; font-family: Plansans } div { position: relative }
p { position: absolute; top: 2pt; left: 3pt; margin: 0; overflow: hidden; overflow-wrap: anywhere }"""


class _Field(NamedTuple):
    widget: pikepdf.Object
    value: str
    width: float
    height: float
    size: float


def are_needed(html: str) -> bool:
    """Say whether some value in a form's HTML has letters that the font of the fields lacks."""
    if html == drawable(html) and not families_for(html):
        return False
    return any(families_for(value) or value != drawable(value) for value in _values(html).values())


def added(plain: bytes, html: str, set_pages: Callable[[str], bytes]) -> bytes:
    """Return the PDF of a form's HTML in which each field with a value has its picture.

    `set_pages` sets HTML with the program's fonts.
    """
    # The layout library had them with the codes in them.
    whole = {name: value for name, value in _values(html).items() if value != drawable(value)}
    out = BytesIO()
    with pikepdf.open(BytesIO(plain)) as pdf:
        fields = tuple(_fields(pdf))
        with pikepdf.open(BytesIO(set_pages(_pages(fields)))) as drawn:
            for field, page in zip(fields, drawn.pages, strict=True):
                picture = pdf.copy_foreign(page.as_form_xobject())
                # The mark by which a program that edits the field finds what to replace (ISO 32000-2, 12.7.4.3).
                picture.write(b"/Tx BMC\n" + picture.read_bytes() + b"\nEMC")
                field.widget.AP = pikepdf.Dictionary(N=picture)
                if field.widget.T in whole:
                    field.widget.V = pikepdf.String(whole[str(field.widget.T)])
        # Otherwise a reader throws the pictures away and draws every value anew.
        pdf.Root.AcroForm.NeedAppearances = False
        pdf.save(out, static_id=True)
    return out.getvalue()


def _values(html: str) -> dict[str, str]:
    return {unescape(found[1]): unescape(found[2] or found[3] or "") for found in _CONTROLS.finditer(html)}


def _fields(pdf: pikepdf.Pdf) -> Iterator[_Field]:
    for page in pdf.pages:
        for widget in page.get("/Annots", []):
            if widget.get("/FT") in (_TEXT, _CHOICE) and (value := str(widget.get("/V", ""))):
                left, bottom, right, top = (float(number) for number in widget.Rect)
                size = _SIZE.search(str(widget.DA))
                words = {str(key): str(word) for key, word in widget.get("/Opt", [])}
                yield _Field(
                    widget,
                    words.get(value, value),
                    abs(right - left),
                    abs(top - bottom),
                    float(size[1]) if size else 10.0,
                )


def _pages(fields: tuple[_Field, ...]) -> str:
    """Return a document with one page for each field, of its size; what does not fit is cut off, as in any reader."""
    rules, boxes = [], []
    for number, field in enumerate(fields):
        several = field.widget.FT == _TEXT and int(field.widget.get("/Ff", 0)) & _LINES
        way = "rtl" if from_right(field.value) else "ltr"
        rules.append(
            f"@page f{number} {{ size: {field.width:.2f}pt {field.height:.2f}pt }}"
            f"#f{number} {{ page: f{number}; height: {field.height - 1:.2f}pt }}"
            f"#f{number} p {{ font-size: {field.size:g}pt; width: {field.width - 6:.2f}pt;"
            f" height: {field.height - 4:.2f}pt; white-space: {'pre-wrap' if several else 'pre'};"
            f" line-height: {'1.25' if several else f'{field.height - 4:.2f}pt'} }}"
        )
        boxes.append(f'<div id="f{number}"><p dir="{way}">{escape(drawable(field.value))}</p></div>')
    return (
        f"<html><head><title>-</title><style>{_CSS}{''.join(rules)}</style></head><body>{''.join(boxes)}</body></html>"
    )
