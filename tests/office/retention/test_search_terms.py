"""What a purge looks for: a sentence is found however the program's own writers have put it down."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iup.office.retention.scan import Matcher
from iup.office.retention.search_terms import SearchTerms, SoughtPerson, TermKind, from_plain, sentences
from iup.site import strict_yaml

WORDS = st.sampled_from(
    ["Jag", "läser", "varje", "kväll", "hemma", "'min'", "bok:", '"nej"', "😀", "#1", "\\o/", "- och", "{x}", "så"]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(lambda words: f"{' '.join(words)} med vännerna i skolan")


@settings(max_examples=200, deadline=None)
@given(TEXTS)
@example("Jag vill spela fotboll 😀 med vännerna i skolan")
@example("Hon sa: det är 'min' bok och den läser jag hemma")
def test_a_sentence_is_found_in_what_the_program_writes(text: str) -> None:
    [sentence] = sentences([text])
    matcher = Matcher(SearchTerms(sentences=(sentence,)))

    assert matcher.seen(strict_yaml.written({"text": text}))[1] == {sentence}
    assert matcher.seen(json.dumps({"text": text}, ensure_ascii=False).encode())[1] == {sentence}


ALI = SearchTerms((SoughtPerson("a6n4x", "Ali", "", "20180317-2384", classes=("1B", "2B")),))


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        ("barn: Ali, 2B\n", {TermKind.NAME}),
        ("Alis mål i 1B", {TermKind.NAME}),
        ('<p class="text">Ali i <b>klass</b> 2B</p>', {TermKind.NAME}),
        ('{"text":"Ali, 2B"}', {TermKind.NAME}),
        ('{"role":"mentor för 2B"},"comment":"Ali är med."', {TermKind.FAMILY}),
        ("Ali och Ali i 5A", {TermKind.FAMILY}),
        ("Ali H, 2B; Alice 2B", {TermKind.FAMILY}),
        ("kvalitet i 2B", set()),
        ("a6n4x", {TermKind.ID}),
        ("201803172384", {TermKind.NUMBER}),
    ],
)
def test_an_only_name_is_a_name_beside_a_class(data: str, kinds: set[TermKind]) -> None:
    for terms in (ALI, from_plain(ALI.plain())):
        assert Matcher(terms).kinds(data.encode()) == kinds
        assert Matcher(terms).kinds(data.encode("utf-16")) == kinds


def test_of_a_guardian_who_has_one_name_no_name_is_looked_for() -> None:
    assert Matcher(SearchTerms((SoughtPerson("a6n4x", "Ali", "", pupil=False),))).kinds(b"Ali, 2B") == frozenset()


def test_what_an_earlier_version_sealed_is_read() -> None:
    known = {"id": "a6n4x", "given": "Alva", "family": "Ek", "number": "", "pupil": True}
    sealed = json.dumps({"people": [known], "sentences": [], "contacts": [], "files": []}).encode()

    assert from_plain(sealed).people == (SoughtPerson("a6n4x", "Alva", "Ek"),)
