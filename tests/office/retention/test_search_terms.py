"""What a purge looks for: a sentence is found however the program's own writers have put it down."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from iup.office.retention.scan import Matcher
from iup.office.retention.search_terms import SearchTerms, sentences
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
