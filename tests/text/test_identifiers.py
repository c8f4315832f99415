"""How personnummer, addresses and telephone numbers are written: what is one, and what only looks a little like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iup.text.identifiers import (
    EMAIL,
    PERSONNUMMER,
    PHONE,
    STREET,
    TEN_DIGITS,
    contact_forms,
    last_ten,
    personnummer_forms,
    phone_digits,
    plain_sign,
)
from tests.support.telephones import NONE, WRITTEN

NUMBER = "20180317-2384"  # published by the tax authority for tests


@pytest.mark.parametrize(
    "text",
    [NUMBER, "180317-2384", "180317+2384", "180317 2384", "201803172384", "1803172384", "180377-2384"]
    + [f"20180317{sign}2384" for sign in "\u2010\u2011\u2013\u2014\u2212\u00a0"]
    + ["20000101-T220", "20150312-TF12", "20150312\u2013TF12", "150312TF12", "000101-R220"],
)
def test_a_personnummer_is_found_however_it_is_written(text: str) -> None:
    found = PERSONNUMMER.search(f"född {text}.")

    assert found
    assert found[0] == text


@pytest.mark.parametrize(
    "text",
    [
        "181317-2384",
        "180332-2384",
        "180317-23845",
        "2010:800",
        "1020180317-2384",
        "180317",
        "20150312-TF123",
        "20150312-TX12",
    ],
)
def test_other_digits_are_no_personnummer(text: str) -> None:
    assert not PERSONNUMMER.search(text)


def test_a_form_of_a_personnummer_is_found_as_one_and_has_its_digits() -> None:
    forms = personnummer_forms(NUMBER)

    assert forms == ("1803172384", "180317-2384", "180317+2384", "180317 2384")
    assert {last_ten(form) for form in forms} == {last_ten(NUMBER)} == {"1803172384"}
    assert all(PERSONNUMMER.fullmatch(form) for form in forms)
    dashed = [NUMBER.replace("-", sign) for sign in "\u2010\u2011\u2013\u2212\u00a0"]
    assert all(TEN_DIGITS.findall(form.encode()) == [(b"180317", b"2384")] for form in (NUMBER, *forms, *dashed))
    assert {plain_sign(form) for form in dashed} == {NUMBER, NUMBER.replace("-", " ")}


@pytest.mark.parametrize("number", ["", "180317", "saknas"])
def test_what_is_too_short_for_a_personnummer_has_no_forms(number: str) -> None:
    assert personnummer_forms(number) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("skriv till anna.berg+skola@kommun.example.", ["anna.berg+skola@kommun.example"]),
        ("a@b och @namn", []),
        ("ett@hem.example, två@hem.example", ["ett@hem.example", "två@hem.example"]),
    ],
)
def test_an_email_address_ends_where_its_domain_does(text: str, found: list[str]) -> None:
    assert EMAIL.findall(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("De bor på Kornvägen 3 nu", ["Kornvägen 3"]),
        ("på Sveavägen 12 B", ["Sveavägen 12 B"]),
        ("på Solstig 4", ["Solstig 4"]),
        ("123 45 Kvarnby", ["123 45 Kvarnby"]),
        ("på vägen 3 gånger", []),
    ],
)
def test_a_street_address_has_a_street_and_a_number(text: str, found: list[str]) -> None:
    assert STREET.findall(text) == found


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("070-174 06 05", {"070-174 06 05", "070-1740605", "0701740605"}),
        ("nagon@hem.example", {"nagon@hem.example"}),
        ("", set()),
    ],
)
def test_the_forms_of_contact_data(text: str, forms: set[str]) -> None:
    assert set(contact_forms(text)) == forms


@pytest.mark.parametrize("text", WRITTEN)
def test_a_telephone_number_is_found_however_it_is_written(text: str) -> None:
    [found] = PHONE.finditer(f"nå oss på {text}, helst kväll")

    assert found[0] in text
    assert phone_digits(found[0]) == WRITTEN[text]


@pytest.mark.parametrize("text", NONE)
def test_other_digits_are_no_telephone_number(text: str) -> None:
    assert not PHONE.search(text)


@given(st.lists(st.sampled_from(sorted(WRITTEN)), min_size=2, max_size=4), st.sampled_from((" ", "/", "\n", ", ")))
def test_of_several_numbers_in_a_row_no_digit_is_left(numbers: list[str], between: str) -> None:
    assert not any(map(str.isdigit, PHONE.sub("", between.join(numbers)).replace("(0)", "")))
