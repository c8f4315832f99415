"""Several documents as one: each comes back as it was, and every text stands as it was written."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from iup.archive.json_dedup import fold, unfold

TEXTS = ["Så här trivs jag i skolan, och det vill jag att alla vet", "Skolans insatser"]
WORDS = st.sampled_from([*TEXTS, "Tilde läser med flyt\noch gärna högt för de andra", 'a "b" \\', ""]) | st.text(
    max_size=40
)
VALUES = st.recursive(
    WORDS | st.booleans() | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=4),
    max_leaves=20,
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["mentor", "pupil", "guardian"]), st.fixed_dictionaries({"x": VALUES, "y": VALUES}), min_size=1
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_each_document_comes_back_as_it_was(documents: dict[str, dict[str, object]]) -> None:
    folded = fold({name: json.dumps(told).encode() for name, told in documents.items()}, TEXTS)
    assert {name: unfold(folded, name, TEXTS) for name in documents} == documents


def test_what_documents_share_stands_once_and_what_the_form_says_nowhere() -> None:
    said = "Tilde läser med flyt och gärna högt för de andra"
    row = {"label": TEXTS[0], "entries": [{"author": "Magnus Lagerqvist", "text": said}]}
    documents = {"mentor": {"rows": [row, "annat"]}, "pupil": {"rows": [row]}}
    folded = fold({name: json.dumps(told).encode() for name, told in documents.items()}, TEXTS)
    assert folded.count(said.encode()) == 1
    assert TEXTS[0].encode() not in folded
