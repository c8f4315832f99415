"""The marks of a protocol: what they find of a pupil in a clone, without telling what it is."""

from __future__ import annotations

import pytest

from iup.office.retention.protocol import Marks, marks
from iup.office.retention.search_terms import SearchTerms, SoughtPerson, TermKind

KEY = b"k" * 32


def found(text: str, *people: SoughtPerson) -> frozenset[TermKind]:
    known = Marks(KEY)
    known.add(marks(SearchTerms(people), KEY))
    return known.kinds(text.encode())


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("barn: Ali, 2B", True),
        ("ALI I KLASS 2B", True),
        ("2B: Ali", True),
        ("Ali läser i 2B", False),  # words in a row are all that a mark can tell
        ("Ali, 5A", False),
        ("Ali H, 2B", False),
        ("Ali i klass 3", True),
        ("Ali 3 mål", False),
    ],
)
def test_an_only_name_is_found_with_a_class(text: str, is_named: bool) -> None:  # noqa: FBT001  a column of a table
    ali = SoughtPerson("a6n4x", "Ali", "", classes=("2B", "3"))

    assert found(text, ali) == ({TermKind.NAME} if is_named else frozenset())
    assert found(f"{text} a6n4x", ali) >= {TermKind.ID}


def test_a_full_name_is_found_in_either_order() -> None:
    alva = SoughtPerson("k7q2m", "Alva", "Lundén")

    assert found("Alva Lundén", alva) == found("Lundén, Alva", alva) == {TermKind.NAME}
    assert found("Alva L, 2B", alva) == frozenset()
