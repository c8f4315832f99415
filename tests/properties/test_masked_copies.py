"""Random plans, random maskings: what was masked is in no finished copy by tools not of this project, and all else is.

poppler, qpdf and mutool; each searched for the words in several forms.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from iup.documents.assets import load_assets
from iup.errors import LeakError
from iup.office.disclosure.mask import Cut, mask, withheld, without
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.masked_pdf import CopyRenderer
from iup.view.types import (
    AssessmentView,
    Author,
    CommentView,
    EntryView,
    FieldView,
    GoalView,
    MoveView,
    ReadingView,
    SectionView,
)
from tests.documents.test_leak_check import TODAY, copy_of, plan
from tests.support import campaign, outside

if TYPE_CHECKING:
    from pathlib import Path

    from iup.office.disclosure.maskable_places import MaskablePlace
    from iup.view.types import PlanView

MARKS = ("[MASKAT OSL 21:1]", "[MASKAT OSL 23:2 3 st]")
ENDS = ("ande", "ning", "ström", "qvist", "zén", "wäll", "öja", "åker", "ühl")
STEPS = ("nytt", "pågående", "klart", "uppfyllt")
DAYS = ("2026-08-30", "2026-11-10", "2026-12-01")


class Writer:
    """Writes a plan whose every word is new but for a few that stand everywhere, so each can be told from others."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._count = 0

    def word(self) -> str:
        self._count += 1
        letters = "".join(self._chance.choices("bcdfghjklmnprstvåäö", k=4)) + f"{self._count:03d}"
        return letters.translate(str.maketrans("0123456789", "aeiouyåäöx")) + self._chance.choice(ENDS)

    def text(self, most: int = 40) -> str:
        """Return some sentences, wrapped as by an editor, sometimes with a list or in another normal form."""
        pieces = [
            self.word() if self._chance.random() < 0.7 else self._chance.choice(("och", "är", "med", "inte", "som"))
            for _ in range(self._chance.randint(1, most))
        ]
        glue = self._chance.choices(
            (" ", "\n", "\n\n", "\n- ", " \u00ad", ". ", ", "), (60, 8, 2, 3, 1, 6, 6), k=len(pieces)
        )
        text = "".join(f"{piece}{gap}" for piece, gap in zip(pieces, glue, strict=True)).strip()
        return unicodedata.normalize(self._chance.choice(("NFC", "NFC", "NFD")), text)

    def author(self) -> Author:
        return self._chance.choice(self.people)

    def plan(self) -> PlanView:
        self.people = [Author(f"{self.word().title()} {self.word().title()}", self._role()) for _ in range(4)]
        fields = tuple(self._field(number) for number in range(self._chance.randint(1, 4)))
        rows = tuple(self._row() for _ in range(self._chance.randint(0, 4)))
        goals = tuple(self._goal(number) for number in range(self._chance.randint(0, 2)))
        return replace(
            plan("x"),
            pupil=f"{self.word().title()} {self.word().title()}",
            group=self.word(),
            school=self.word(),
            present=tuple(person.name for person in self.people),
            sections=(
                SectionView("a", "Vårt samtal", "", "fält", (), fields=fields),
                SectionView("o", "Ämnen", "", "omdömen", (), assessments=rows),
                SectionView("m", "Mål", "", "mål", (), goals=goals),
            ),
            readings=(ReadingView(self.author(), self._chance.choice(DAYS)),),
        )

    def _role(self) -> str:
        return self._chance.choice(("vårdnadshavare", "personal", f"lärare i {self.word()}"))

    def _field(self, number: int) -> FieldView:
        entries = tuple(
            EntryView(self.text(), self.author(), "", self._chance.choice(DAYS))
            for _ in range(self._chance.randint(0, 2))
        )
        return FieldView(f"f{number}", "Insatser", "", entries, read_by=(), working=False)

    def _row(self) -> AssessmentView:
        return AssessmentView(
            self.word(), "x", f"{self.word()} kunskaper", self.text(), self.author(), self._chance.choice(DAYS)
        )

    def _goal(self, number: int) -> GoalView:
        course = tuple(
            MoveView(step, self._chance.choice(DAYS), self.author(), "", self.text(5))
            for step in STEPS[: self._chance.randint(1, 4)]
        )
        return GoalView(
            id=f"m{number}",
            text=self.text(12),
            subject=self.word(),
            step=course[-1].step,
            draft=False,
            proposed_by=self.author(),
            actions=(("skolan", self.text(10)),),
            outcome=self.text(8),
            course=course,
            comments=(CommentView(self.text(15), self.author(), self._chance.choice(DAYS), draft=False),),
        )


def cuts_in(place: MaskablePlace, chance: Random) -> tuple[Cut, ...]:
    """Return what a principal might mask in a place: mostly nothing, else all of it or a few words as they are read."""
    if chance.random() < 0.6:
        return ()
    words = place.text.split()
    if place.whole or len(words) < 3 or chance.random() < 0.4:
        return (Cut(chance.choice(MARKS)),)
    quotes = []
    for _ in range(chance.randint(1, 2)):
        start = chance.randrange(len(words))
        quotes.append(" ".join(words[start : start + chance.randint(1, 4)]))
    return tuple(Cut(chance.choice(MARKS), unicodedata.normalize("NFC", quote)) for quote in quotes if len(quote) > 3)


def telling(text: str) -> set[str]:
    """Return the words of a text that stand nowhere by chance."""
    plain = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    return {word.strip(".,-").casefold() for word in plain.split() if len(word.strip(".,-")) > 6}


def seen(file: bytes, folder: Path, *, tree: bool = True) -> str:
    """Return everything that tools of others get out of a file, in one case and normal form, words divided or not.

    Reading a page's text by its `tree` takes longer than all the rest; its strings are among the objects in any case.
    """
    path = folder / "copy.pdf"
    path.write_bytes(file)
    objects = outside.run("qpdf", "--qdf", "--object-streams=disable", path, "-")
    texts = [
        outside.run("pdftotext", path, "-").decode(),
        outside.run("pdftotext", "-raw", path, "-").decode(),
        outside.run("pdfinfo", path).decode(),
        outside.run("pdfinfo", "-struct-text", path).decode() if tree else "",
        objects.decode("latin-1"),
        objects.decode("utf-8", "ignore"),
        objects.replace(b"\0", b"").decode("latin-1"),
        outside.run("mutool", "draw", "-F", "text", path).decode(),
    ]
    return unicodedata.normalize("NFC", outside._SPLIT.sub("", "\n".join(texts))).casefold()


@campaign.cases(quick=2, full=1000)
def test_nothing_masked_is_in_a_copy_and_everything_else_is(cases: int, tmp_path: Path) -> None:
    press, masked_words, kept_words = CopyRenderer(load_assets()), 0, 0
    for case in range(cases):
        chance = Random(f"{campaign.SEED}/{case}")
        view = Writer(chance).plan()
        cuts = {place.key: some for place in places(view) if (some := cuts_in(place, chance))}
        masked = mask(view, cuts)
        kept = {place.key: without(place.text, cuts.get(place.key, ())) for place in places(view)}
        gone = withheld(view, cuts)

        file = press.copy(copy_of(masked), gone, tuple(kept.values()), TODAY)

        everything = seen(file, tmp_path, tree=case % 10 == 0)
        stays = set().union(*map(telling, kept.values()))
        # A teacher's role is not told beside an omdöme.
        shown = set().union(*(telling(text) for key, text in kept.items() if not key.endswith("/roll")))
        lost = {word for text in gone for word in telling(text)} - stays
        assert not {word for word in lost if word in everything}, f"seed {campaign.SEED}, case {case}"
        assert not {word for word in shown if word not in everything}, f"seed {campaign.SEED}, case {case}"
        masked_words, kept_words = masked_words + len(lost), kept_words + len(stays)
    assert masked_words > 20 * cases
    assert kept_words > 20 * cases


@campaign.cases(quick=1, full=100)
def test_a_mask_that_forgets_one_place_is_stopped(cases: int) -> None:
    press = CopyRenderer(load_assets())
    for case in range(cases):
        chance = Random(f"{campaign.SEED}/forgotten/{case}")
        view = Writer(chance).plan()
        forgotten = chance.choice([place for place in places(view) if telling(place.text)])
        others = {place.key: (Cut(MARKS[0]),) for place in places(view) if place.key != forgotten.key}
        kept = tuple(place.text for place in places(mask(view, others)) if place.key != forgotten.key)

        with pytest.raises(LeakError):
            press.copy(copy_of(mask(view, others)), (forgotten.text,), kept, TODAY)


def test_a_soft_hyphen_at_the_start_of_a_word_cuts_no_line_off(tmp_path: Path) -> None:
    words = (
        "kcådaåezén pnrgaåiande, dbjpaåoande inte nsccaåuqvist är ölcraåyning späpaåååker önösaåäande. mmjäaåöning "
        "åchdaåxning mgkgaäaåker\nönngaäeühl fhchaäining mrlraäoqvist nlkdaäuwäll ggsöaäywäll \u00adjvrhaäåöja "
        "lrhkaääöja kötsaäöström ågtraäxzén är, med hlvmaöaande"
    )
    row = AssessmentView("hej", "x", "y kunskaper", words, Author("Ingrid Ahlmark", "mentor"), DAYS[0])
    view = replace(plan("x"), sections=(SectionView("o", "Ämnen", "", "omdömen", (), assessments=(row,)),))

    file = CopyRenderer(load_assets()).copy(copy_of(view), (), (words,), TODAY)

    everything = seen(file, tmp_path)
    assert {word for word in telling(words) if word not in everything} == set()
