"""A record as the values of its file: what is left out, and that the file is read as the same record again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup.model.disclosure import Choice, DisclosureDecision, Masking, PlaceDecision, TermDecision
from iup.model.people import Name
from iup.site import strict_yaml
from iup.site.decode import decode, encode
from iup.site.load import SiteReader
from iup.system.git.trees import WorkTree
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pydantic import BaseModel

MASKED = PlaceDecision(
    val=Choice.SPANS, maskeringar=(Masking(grund="23-1", prövning=True, skäl="0123: nej\nja", text="12"),)
)
DECISION = DisclosureDecision(
    begäran=7,
    terminer=(TermDecision(mapp="2026-HT", version="0" * 40, platser={"mål/1": PlaceDecision(), "mål/2": MASKED}),),
)


@pytest.fixture(scope="module")
def records() -> list[BaseModel]:
    school = SiteReader(WorkTree(ROOT)).required_school()
    named = (school.pupils, school.people, school.units, school.plans, school.goals, school.forms)
    return [
        DECISION,
        Name(förnamn="Ali"),
        school.municipality,
        *school.retention,
        *(one for shelf in named for one in shelf.values()),
    ]


@pytest.mark.parametrize(("brief", "empty"), [(True, True), (False, True), (False, False)])
def test_a_file_is_read_as_the_record_that_it_was_made_of(records: list[BaseModel], brief: bool, empty: bool) -> None:  # noqa: FBT001
    assert len(records) > 60

    for record in records:
        data = strict_yaml.written(encode(record, brief=brief, empty=empty))
        assert decode(type(record), strict_yaml.parse(data), "x") == (record, ())


def test_what_holds_anyway_is_left_out_where_it_is_to_be_brief() -> None:
    assert encode(MASKED, brief=True) == {
        "val": "maskera delar",
        "maskeringar": [{"grund": "23-1", "prövning": "ja", "skäl": "0123: nej\nja", "text": "12"}],
    }
    assert encode(PlaceDecision(), brief=True) == {}
    assert encode(PlaceDecision()) == {"val": "obeslutad", "maskeringar": [], "granskat": []}
    assert encode(PlaceDecision(), empty=False) == {"val": "obeslutad"}


def test_numbers_are_texts_where_it_is_to_be_brief() -> None:
    assert encode(DECISION)["begäran"] == 7
    assert encode(DECISION, brief=True)["begäran"] == "7"


def test_what_the_path_tells_is_left_out() -> None:
    assert "begäran" not in encode(DECISION, without=("number",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ord " * 1253, "texten har 5 012 tecken, högst 4 000"),
        ("x" * 612, "ett ord har 612 tecken, högst 500"),
        ("a" + "\u0301" * 4, "texten har ett tecken med fler accenter på varandra än något språk har"),
        ("https://example.org/" + "a/" * 60, ""),
        ("学" * 3000, ""),
        ("\u0e01" * 136, ""),
    ],
    ids=len,
)
def test_a_limit_that_is_passed_is_told_with_both_numbers(text: str, message: str) -> None:
    masking = {"grund": "23-1", "prövning": "ja", "skäl": text, "text": "12"}
    record, findings = decode(Masking, masking, "p")
    assert [finding.message for finding in findings] == ([message] if message else [])
    assert (record is None) == bool(message)


def test_one_name_is_told_to_stand_where_the_given_name_does() -> None:
    record, [finding] = decode(Name, {"efternamn": "Ali"}, "x.yaml")

    assert record is None
    assert (finding.keys, "efternamn" in finding.hint) == (("förnamn",), True)
