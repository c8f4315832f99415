"""A copy in every script goes out whole, but for what is masked; and what is masked is found in it in every script."""

from __future__ import annotations

import page
import pytest

from iup.documents.assets import load_assets
from iup.documents.leak_check import verify
from iup.office.disclosure.mask import Cut, mask, withheld
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.masked_pdf import COPY_TITLE, CopyRenderer, blank
from tests.documents.test_leak_check import MARK, TODAY, copy_of, plan
from tests.support import outside

# A sentence in each script, and the invented name in it that is masked.
SENTENCES = {
    "Nguye\u0302\u0303n": "Läser med Nguye\u0302\u0303n 👍🏽 varje dag ⭐ CO₂.",
    "سميرة": "تقرأ مع سميرة كل يوم.",
    "רותם": "קורא עם רותם 3 ספרים.",
    "สมชาย": "อ่านหนังสือกับสมชายทุกวัน",
    "सुनीता": "वह सुनीता के साथ पढ़ता है",
    "Дарина": "Читає з Дарина щодня 漢.",
    "ሰላምነሽ": "ከ ሰላምነሽ ጋር ያነባል",
}


@pytest.fixture(scope="module")
def press() -> CopyRenderer:
    return CopyRenderer(load_assets())


def test_every_script_goes_out_without_what_is_masked(press: CopyRenderer) -> None:
    view = plan(*SENTENCES.values())
    cuts = {
        place.key: (Cut(MARK, name),)
        for name, text in SENTENCES.items()
        for place in places(view)
        if place.text == text
    }
    assert len(cuts) == len(SENTENCES)
    gone, masked = withheld(view, cuts), mask(view, cuts)
    assert set(gone) == set(SENTENCES)
    shown, whole = copy_of(masked), copy_of(view)
    made, empty = press._made(shown, COPY_TITLE, TODAY), press._made(blank(shown), COPY_TITLE, TODAY)

    kept = tuple(place.text for place in places(masked))
    assert verify(made, gone, kept, empty) == ()
    unmasked = verify(press._made(whole, COPY_TITLE, TODAY), gone, kept, empty)
    assert {number for finding in unmasked for number in finding.withheld} == set(range(len(gone)))
    assert "อ่านหนังสือกับ" in outside.run("pdftotext", "-", "-", feed=made).decode()
    for profile in ("ua1", "pdfa-3a"):
        report = page.validate_pdf_bytes(made, profile=profile)
        assert report.is_compliant, [failure.rule_id for failure in report.failures]
