"""How a text may be written: what is folded away, and that every way of writing bytes is also read and searched."""

from __future__ import annotations

import base64
import json
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iup.office.retention.scan import Matcher
from iup.office.retention.search_terms import SearchTerms, SoughtPerson, TermKind
from iup.text.encodings import bare, composed, decodings, folded, folded_markup, forms, unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCE = "Åsa läser ”själv” & räknar d'accord i <fem> minuter"
# Letters as people write them, and signs that HTML, JSON or a URL escape.
TEXTS = st.text("abcåäöÅÄÖéüñßłж😀&<>\"'\\%+-. ", min_size=1, max_size=40)
WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "hex": lambda data: data.hex().encode(),
    "hex in capitals, in pairs": lambda data: data.hex(" ").upper().encode(),
    "base64": base64.b64encode,
    "percent": lambda data: quote(data).encode(),
    "octal": lambda data: b"".join(b"\\%03o" % byte for byte in data),
}
AROUND = (b"", b"\xffsome: ", b"\n")


@pytest.mark.parametrize(
    ("fold", "text", "same"),
    [
        (composed, "No\u00adel A\u030asa", "Noel Åsa"),
        (composed, "e\u00ad\u0301", "é"),
        (folded, "STRA\u00adßE", "strasse"),
        (folded_markup, "R&auml;knar &amp; L&#228;SER", "räknar & läser"),
        (bare, "\ufb01n\u200bt \uff21\u0328", "fint a\u0328".replace("a\u0328", "ą")),
    ],
)
def test_what_differs_between_two_writings_is_folded_away(fold: Callable[[str], str], text: str, same: str) -> None:
    assert fold(text) == same


@given(TEXTS)
def test_a_text_is_folded_as_its_decomposed_writing(text: str) -> None:
    apart = unicodedata.normalize("NFD", text)

    assert [fold(apart) for fold in (composed, folded, bare)] == [fold(text) for fold in (composed, folded, bare)]


@given(TEXTS)
@example(SENTENCE)
def test_every_form_is_read_again(text: str) -> None:
    for form in forms(text):
        assert any(composed(text) in composed(read) for read in decodings(form)), form


@pytest.mark.parametrize("before", AROUND)
@pytest.mark.parametrize("wrapped", WRAPPED)
def test_every_form_is_read_in_every_wrapping(wrapped: str, before: bytes) -> None:
    plain = unicodedata.normalize("NFC", SENTENCE)
    written = {plain.encode(), plain.encode("utf-16-be"), unicodedata.normalize("NFD", SENTENCE).encode()}
    written.add("Åsa läser själv".encode("latin-1"))

    for form in written:
        readings = decodings(before + WRAPPED[wrapped](form))
        assert any(text in composed(read) for read in readings for text in (plain, "Åsa läser själv")), form


@pytest.mark.parametrize(
    "escaped",
    [
        "\\u00c5sa \\ud83d\\ude00",
        "\\xc5sa \U0001f600",
        "\\u00C5sa\\n\U0001f600",
        "&Aring;sa \U0001f600",
        "\\xC5sa \\U0001F600",
    ],
)
def test_escapes_are_read(escaped: str) -> None:
    assert any(" ".join(read.split()) == "Åsa \U0001f600" for read in decodings(escaped.encode()))


def matcher() -> Matcher:
    return Matcher(SearchTerms((SoughtPerson("k7q2m", "Åsa", "Lundén"),), (SENTENCE,)))


@pytest.mark.parametrize("before", AROUND)
@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("coding", ["utf-8", "utf-16-le", "utf-16-be", "json"])
def test_a_purge_finds_what_is_written_in_any_way(wrapped: str, before: bytes, coding: str) -> None:
    text = f"{SENTENCE}. Åsa Lundén, k7q2m, läser."
    if coding.startswith("utf-16"):
        text = text.replace("”", '"')
    data = json.dumps(text).encode() if coding == "json" else text.encode(coding)
    found = matcher().kinds(before + WRAPPED[wrapped](data))

    assert {TermKind.ID} <= found
    if coding in ("utf-8", "json"):
        assert TermKind.SENTENCE in found
    if coding == "utf-8":
        assert TermKind.NAME in found


def test_a_purge_finds_a_sentence_over_a_line_end_in_json() -> None:
    over = json.dumps({"text": SENTENCE.replace(" räknar", "\nräknar")}).encode()

    assert matcher().kinds(over) == {TermKind.SENTENCE}


def test_a_word_and_a_path_are_not_unwrapped() -> None:
    assert list(unwrapped("content/pupils/k7q2m: läser 100 % av planen".encode(), 24)) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    assert data.decode("latin-1") in decodings(data)


@pytest.mark.parametrize("unseen", ["\u200c", "\u00ad", "\u200b\u2060", "\ufe0f", "\\u200c", "\\u00AD"], ids=ascii)
def test_a_purge_finds_names_and_sentences_through_what_is_not_seen(unseen: str) -> None:
    name, sentence = f"\u00c5{unseen}sa Lun{unseen}dén", SENTENCE.replace("e", f"e{unseen}")
    assert TermKind.NAME in matcher().kinds(name.encode())
    assert TermKind.SENTENCE in matcher().kinds(f"Hej. {sentence} Slut.".encode())
