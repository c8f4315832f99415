"""Overviews: the numbers of the invented school counted by hand, who gets which, and what none of them gives away."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import pytest

from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.model import law
from iup.model.coverage import Tally
from iup.policy.access import required_policy
from iup.site.load import load
from iup.view.bundle import Bundle, Bundler, recipients
from iup.view.overview_types import ClassOverview, MunicipalOverview, SchoolOverview, TeachingOverview
from iup.view.small_numbers import FEWEST, Counted, parted, pooled, row
from iup.view.types import canonical
from tests.conftest import DAY, changed
from tests.support import outside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from iup.model.school import School
    from iup.system.git.trees import MemoryTree
    from tests.conftest import Place

TODAY = date.fromisoformat(DAY)
MENTOR_2B, MENTOR_5B, MENTOR_8C = "t3m8k", "m5c3t", "q2j9f"
PRINCIPAL, OTHER_PRINCIPAL, BOARD = "r4x8w", "h6d2q", "l7b4n"
SPORTS, ART, MOTHER_TONGUE, SPORTS_5B_8C = "g4s7e", "j2y8c", "w6t2y", "z5q4m"
ELIAS, ALVA = "r9e2h", "k7q2m"

Files = dict[str, bytes]
V = TypeVar("V")


def school_of(tree: MemoryTree) -> School:
    school, _ = load(tree)
    assert school is not None
    return school


def bundles(files: Files, day: date = TODAY, edits: Files | None = None, only: str = "") -> dict[str, Bundle]:
    """Return everybody's bundle on a day, or those of some, with some files edited."""
    tree = changed(files, **(edits or {}))
    school = school_of(tree)
    bundler = Bundler(school, required_policy(tree), day, b"k" * 32)
    return {
        recipient.id: bundler.bundle(recipient)
        for recipient in recipients(school, day)
        if not only or recipient.id in only.split()
    }


def views(bundle: Bundle) -> list[object]:
    return [document.view for document in bundle.documents if document.view.document.startswith("översikt.")]


def view_of(kind: type[V], bundle: Bundle) -> V:
    (found,) = [view for view in views(bundle) if isinstance(view, kind)]
    return found


def bytes_of(bundle: Bundle) -> list[bytes]:
    return [canonical(d.view) for d in bundle.documents if d.view.document.startswith("översikt.")]


def plan(pupil: str) -> str:
    return f"content/pupils/{pupil}/plan.yaml"


def replaced(files: Files, path: str, old: str, new: str) -> dict[str, bytes]:
    text = files[path].decode()
    assert old in text
    return {path: text.replace(old, new, 1).encode()}


@pytest.fixture(scope="module")
def today(files: Files) -> Mapping[str, Bundle]:
    return bundles(files)


# --- the numbers, counted by hand in content/


def test_a_mentor_sees_how_far_each_pupil_of_the_class_has_come(today: Mapping[str, Bundle]) -> None:
    view = view_of(ClassOverview, today[MENTOR_2B])

    assert [(p.name, p.talk, p.talk_day, p.state, p.missing, p.goals) for p in view.pupils] == [
        ("Alva Lundén", "hållet", "2026-11-12", "fastställd", (), (0, 1, 0, 1)),
        ("Elias Nyqvist", "bokat", "2026-12-08", "utkast", ("Bild", "Biologi", "Engelska", "Musik"), (1, 1, 0, 0)),
        ("Iris Owusu", "hållet", "2026-11-17", "delad", (), (1, 1, 0, 0)),
        ("Noel Bergdahl", "hållet", "2026-11-16", "delad", (), (1, 0, 1, 0)),
    ]
    assert [(bar.label, bar.text) for bar in view.bars] == [
        ("Samtal hållna", "3 av 4"),
        ("Planer delade eller fastställda", "3 av 4"),
        ("Omdömen skrivna", "24 av 28"),
        ("Mål: nytt", "3 av 8"),
        ("Mål: pågående", "3 av 8"),
        ("Mål: klart", "1 av 8"),
        ("Mål: uppfyllt", "1 av 8"),
    ]
    assert {row.subject: row.missing for row in view.subjects if row.missing} == dict.fromkeys(
        ("Bild", "Biologi", "Engelska", "Musik"), ("Elias Nyqvist",)
    )


def test_year_8_needs_a_samtal_and_no_plan_and_both_are_said(today: Mapping[str, Bundle]) -> None:
    view = view_of(ClassOverview, today[MENTOR_8C])

    assert [(duty.what, duty.required, duty.grades, duty.by) for duty in view.head.duties] == [
        ("samtal", True, (8,), "2026-12-21"),
        ("plan", False, (8,), ""),
    ]
    assert not any(pupil.plan_required or pupil.missing for pupil in view.pupils)
    assert [bar.label for bar in view.bars if "Plan" in bar.label or "Omdömen" in bar.label] == []
    html = rendered(today[MENTOR_8C])
    assert "Skriftlig utvecklingsplan krävs inte" in html
    assert html.count("Krävs inte") >= 2 * len(view.pupils)


def test_a_plan_is_required_once_a_school_year_and_not_in_a_certain_term(today: Mapping[str, Bundle]) -> None:
    view = view_of(ClassOverview, today[MENTOR_2B])

    assert [(duty.what, duty.by) for duty in view.head.duties] == [("samtal", "2026-12-21"), ("plan", "2027-06-15")]


def test_a_subject_teacher_sees_the_own_subject_in_each_class(today: Mapping[str, Bundle]) -> None:
    view = view_of(TeachingOverview, today[SPORTS])

    assert [(t.group, t.subject, t.pupils, t.asked, t.written) for t in view.taught] == [
        ("2B", "Idrott och hälsa", 4, 4, 4),
        ("5A", "Idrott och hälsa", 4, 4, 3),
    ]
    assert [row.name for row in view.pupils if not row.day] == ["Vilgot Åkerlund"]


def test_a_subject_teacher_owes_no_omdöme_where_grades_are_set(today: Mapping[str, Bundle]) -> None:
    view = view_of(TeachingOverview, today[SPORTS_5B_8C])

    assert [(t.group, t.subject, t.asked, t.written) for t in view.taught] == [
        ("5B", "Idrott och hälsa", 4, 3),
        ("5B", "Slöjd", 4, 3),
        ("8C", "Idrott och hälsa", 0, 0),
    ]
    assert {row.group for row in view.pupils} == {"5B"}


def test_a_teacher_of_one_pupil_sees_that_pupil_only(today: Mapping[str, Bundle]) -> None:
    view = view_of(TeachingOverview, today[MOTHER_TONGUE])

    assert [(row.name, row.subject) for row in view.pupils] == [("Daryna Kovalenko", "Modersmål")]


def test_a_principal_sees_coverage_by_class_and_who_lacks_what(today: Mapping[str, Bundle]) -> None:
    view = view_of(SchoolOverview, today[PRINCIPAL])

    numbers = [(c.group, c.pupils, c.held, c.booked, c.unbooked) for c in (*view.classes, view.total)]
    assert numbers == [("2B", 4, 3, 1, 0), ("5A", 4, 2, 2, 0), ("", 8, 5, 3, 0)]
    plans = [(c.group, c.required, c.shared, c.final, c.lacking) for c in (*view.classes, view.total)]
    assert plans == [("2B", 4, 2, 1, 1), ("5A", 4, 2, 1, 1), ("", 8, 4, 2, 2)]
    assert [(row.name, row.group_id, row.talk, row.plan) for row in view.lacking] == [
        ("Elias Nyqvist", "kv2b", "bokat", "ingen delad plan"),
        ("Liv Sandgren", "kv5a", "bokat", ""),
        ("Vilgot Åkerlund", "kv5a", "bokat", "ingen delad plan"),
    ]


def test_the_nämnd_sees_numbers_of_groups_that_are_large_enough(today: Mapping[str, Bundle]) -> None:
    view = view_of(MunicipalOverview, today[BOARD])

    # By hand: eight pupils in each school, five with a samtal held; in the first school six of eight plans shared.
    assert [(r.school, r.groups, r.pupils.least, (r.held.least, r.held.most)) for r in view.groups] == [
        ("Kvarnrisets skola", ("2B", "5A"), 8, (4, 7)),
        ("Ljusfallets skola", ("5B", "8C"), 8, (4, 7)),
    ]
    assert [(r.planned.least, r.planned.most, r.planned.hidden) for r in view.groups] == [(4, 7, False), (0, 4, True)]
    assert [(duty.what, duty.required, duty.grades) for duty in view.head.duties] == [
        ("samtal", True, (2, 5, 8)),
        ("plan", True, (2, 5)),
        ("plan", False, (8,)),
    ]


# --- who gets them


def test_everybody_gets_the_overviews_of_their_relations_and_no_other(today: Mapping[str, Bundle]) -> None:
    titles = {
        name: [d.title.removesuffix(", HT 2026") for d in bundle.documents if d.view.document.startswith("översikt.")]
        for name, bundle in today.items()
    }
    subjects = ["Mina ämnen"]

    assert {name: found for name, found in titles.items() if found} == {
        "t3m8k": ["Klassöversikt 2B", *subjects],
        "b7w4n": ["Klassöversikt 5A", *subjects],
        "m5c3t": ["Klassöversikt 5B", *subjects],
        "q2j9f": ["Klassöversikt 8C", *subjects],
        **dict.fromkeys(("g4s7e", "j2y8c", "k3v9r", "n7f5b", "p8r6d", "w6t2y", "x8p6h", "z5q4m"), subjects),
        PRINCIPAL: ["Skolöversikt Kvarnrisets skola"],
        OTHER_PRINCIPAL: ["Skolöversikt Ljusfallets skola"],
        BOARD: ["Kommunöversikt Älvhamra kommun"],
    }


def test_overviews_stand_after_the_start_page_with_anchors_of_their_own(today: Mapping[str, Bundle]) -> None:
    for bundle in today.values():
        anchors = [document.anchor for document in bundle.documents]
        assert len(set(anchors)) == len(anchors)
        assert anchors[0] == "d0"
        kinds = [document.view.document.partition(".")[0] for document in bundle.documents]
        assert kinds == sorted(kinds, key=["start", "översikt", "plan"].index)
        start = bundle.documents[0].view
        shown = [(d.title, d.anchor) for d in bundle.documents if d.view.document.startswith("översikt.")]
        overviews = getattr(start, "overviews", ())
        assert list(zip(overviews, bundle.targets[len(bundle.recipient.pupils) :], strict=True)) == shown


def test_principal_and_nämnd_get_pdf_and_a_mentor_does_not(today: Mapping[str, Bundle]) -> None:
    pdf = {name: [d.pdf for d in today[name].documents[:2]] for name in (PRINCIPAL, BOARD, MENTOR_2B)}

    assert pdf == {PRINCIPAL: [True, True], BOARD: [True, True], MENTOR_2B: [False, False]}


def test_a_reader_for_the_nämnd_gets_nothing_outside_their_dates(files: Files) -> None:
    path = "content/municipality.yaml"
    ended = replaced(
        files, path, "{person: l7b4n, från: 2023-01-01}", "{person: l7b4n, från: 2023-01-01, till: 2026-11-23}"
    )

    assert BOARD in bundles(files, date(2026, 11, 23), ended, BOARD)
    assert BOARD not in bundles(files, TODAY, ended, BOARD)


def test_without_its_rule_nobody_gets_an_overview(files: Files) -> None:
    path = "policies/access.yaml"
    rules = re.sub(rb"vad: \[\xc3\xb6versikt\.\w+\]", b"vad: [person.adress]", files[path])
    assert rules.count("översikt.".encode()) == 0

    assert [view for bundle in bundles(files, edits={path: rules}).values() for view in views(bundle)] == []


# --- what they must not tell


def test_the_nämnd_gets_no_name_no_id_and_no_text_of_anybody(files: Files, today: Mapping[str, Bundle]) -> None:
    school = school_of(changed(files))
    bundle = today[BOARD]
    words = {word for pupil in school.pupils.values() for word in (pupil.id, pupil.name.given, pupil.name.family)}
    words |= {word for person in school.people.values() for word in (person.id, person.name.given, person.name.family)}
    words |= {entry.text for p in school.plans.values() for entries in p.fields.values() for entry in entries}
    words |= {goal.text for goals in school.goals.values() for goal in goals.goals}
    text = "".join(canonical(document.view).decode() for document in bundle.documents) + rendered(bundle)

    assert [document.view.document for document in bundle.documents] == ["start", "översikt.kommun"]
    assert {word for word in words if re.search(rf"\b{re.escape(word)}\b", text)} == set()


def test_what_is_told_of_few_can_be_narrowed_down_to_no_single_number() -> None:
    # The reader knows the rule and how large the group is: whatever else could have been told the same way is possible.
    for whole in range(1, 60):
        possible: dict[object, list[int]] = defaultdict(list)
        for part in range(whole + 1):
            possible[parted(part, whole)].append(part)
        for parts in possible.values():
            few = [part for part in parts if 0 < part < FEWEST or 0 < whole - part < FEWEST]
            assert not few or len(parts) > 1, (whole, parts)


def test_no_sum_tells_more_than_its_rows(files: Files) -> None:
    view = view_of(MunicipalOverview, bundles(files, only=BOARD)[BOARD])
    for field in ("pupils", "held", "not_held", "required", "planned", "lacking"):
        rows = [getattr(row, field) for row in view.groups]
        total = getattr(view.total, field)
        assert (total.least, total.most) == (sum(r.least for r in rows), sum(r.most for r in rows))


def counted(group: str, pupils: int, held: int) -> Counted:
    return Counted(group, Tally(pupils, held, 0, pupils - held, pupils, 0, held, pupils - held, 0, 0))


def test_one_child_without_a_samtal_in_a_large_class_is_not_found_by_subtraction() -> None:
    first, second = row("S", [counted("2A", 24, 24)]), row("S", [counted("2B", 24, 23)])
    total = first + second

    assert (second.held.least, second.held.most, second.not_held.least, second.not_held.most) == (20, 23, 1, 4)
    assert (total.held.least, total.held.most) == (44, 47)  # and not 47, from which 24 can be taken away


def test_small_classes_are_told_of_together_whatever_they_have_done() -> None:
    sizes = [("1A", 20), ("1B", 3), ("2A", 9)]
    for done in (0, 3):
        groups = pooled([counted(name, size, min(done, size)) for name, size in sizes])
        assert [[one.group for one in group] for group in groups] == [["1A"], ["1B", "2A"]]


def test_a_school_of_three_pupils_shows_neither_how_many_nor_what_they_have() -> None:
    told = row("S", [counted("1A", 3, 2)])

    assert (told.pupils.least, told.pupils.most) == (1, 4)
    assert told.held.hidden
    assert told.planned.hidden


def test_another_subject_s_omdöme_changes_nothing_for_a_subject_teacher(
    files: Files, today: Mapping[str, Bundle]
) -> None:
    text = files[plan(ELIAS)].decode()
    without = re.sub(r"(?m)^  Svenska:\n(    .*\n)+", "", text)
    assert without != text
    after = bundles(
        files, edits={plan(ELIAS): without.encode()}, only=f"{ART} {SPORTS} {PRINCIPAL} {BOARD} {MENTOR_2B}"
    )

    for reader in (ART, SPORTS, PRINCIPAL, BOARD):
        assert bytes_of(after[reader]) == bytes_of(today[reader]), reader
    assert view_of(ClassOverview, after[MENTOR_2B]).pupils[1].missing[-1] == "Svenska"


def test_a_draft_s_texts_and_goals_change_nothing_for_principal_and_nämnd(
    files: Files, today: Mapping[str, Bundle]
) -> None:
    path = f"content/pupils/{ELIAS}/goals.yaml"
    after = bundles(files, edits=replaced(files, path, "läge: delad", "läge: utkast"), only=f"{PRINCIPAL} {BOARD}")

    for reader in (PRINCIPAL, BOARD):
        assert bytes_of(after[reader]) == bytes_of(today[reader])


def test_the_principal_is_not_told_of_a_draft_where_the_rule_leaves_drafts_out(files: Files) -> None:
    path = "policies/access.yaml"
    narrow = replaced(
        files, path, "vad: [översikt.skola]\n    läge: [utkast, delad, fastställd]", "vad: [översikt.skola]"
    )
    view = view_of(SchoolOverview, bundles(files, edits=narrow, only=PRINCIPAL)[PRINCIPAL])

    assert (view.total.held, view.total.booked, view.total.unbooked) == (5, 1, 2)  # two bookings stand in drafts


def test_a_draft_is_not_counted_as_shared(files: Files) -> None:
    drafted = replaced(files, plan(ALVA), "läge: fastställd", "läge: utkast")
    after = bundles(files, edits=drafted, only=f"{PRINCIPAL} {MENTOR_2B}")

    school = view_of(SchoolOverview, after[PRINCIPAL])
    assert (school.classes[0].final, school.classes[0].shared, school.classes[0].lacking) == (0, 2, 2)
    assert ("Alva Lundén", "ingen delad plan") in [(row.name, row.plan) for row in school.lacking]
    assert view_of(ClassOverview, after[MENTOR_2B]).bars[1].text == "2 av 4"


def test_a_plan_of_last_year_is_no_plan_this_year(files: Files) -> None:
    old = replaced(files, plan(ALVA), "läsår: 2026/2027", "läsår: 2025/2026")
    after = bundles(files, edits=old, only=f"{PRINCIPAL} {MENTOR_2B} {SPORTS}")

    assert view_of(SchoolOverview, after[PRINCIPAL]).classes[0].final == 0
    alva = view_of(ClassOverview, after[MENTOR_2B]).pupils[0]
    assert (alva.state, len(alva.missing)) == ("", 7)
    assert "Alva Lundén" in [row.name for row in view_of(TeachingOverview, after[SPORTS]).pupils if not row.day]


def test_an_omdöme_that_a_teacher_may_not_read_is_not_in_the_overview_at_all(files: Files) -> None:
    path = "policies/access.yaml"
    shut = replaced(
        files, path, "vad: [plan.omdöme, mål, mål.kommentar]\n    läge: [utkast]", "vad: [mål]\n    läge: [utkast]"
    )
    view = view_of(TeachingOverview, bundles(files, edits=shut, only=ART)[ART])

    # The plans of Elias and Vilgot are drafts.
    assert [(t.group, t.pupils, t.asked) for t in view.taught] == [("2B", 4, 3), ("5A", 4, 3)]
    assert not {"Elias Nyqvist", "Vilgot Åkerlund"} & {row.name for row in view.pupils}


def test_an_omdöme_that_a_form_keeps_from_the_mentor_is_not_counted_as_missing(files: Files) -> None:
    path = "policies/forms/iup-1-3.yaml"
    narrow = replaced(files, path, "    typ: omdömen\n", "    typ: omdömen\n    läses_av: [eleven]\n")
    view = view_of(ClassOverview, bundles(files, edits=narrow, only=MENTOR_2B)[MENTOR_2B])

    with_plan = [pupil for pupil in view.pupils if pupil.state]
    assert with_plan
    assert {pupil.missing for pupil in with_plan} == {()}


def test_a_form_that_keeps_goals_from_the_mentor_keeps_them_out_of_the_count(files: Files) -> None:
    path = "policies/forms/iup-1-3.yaml"
    narrow = replaced(files, path, "    typ: mål\n", "    typ: mål\n    läses_av: [eleven]\n")
    view = view_of(ClassOverview, bundles(files, edits=narrow, only=MENTOR_2B)[MENTOR_2B])

    assert {pupil.goals for pupil in view.pupils} == {(0, 0, 0, 0)}


def test_a_protected_pupil_is_in_the_mentor_s_and_the_teacher_s_overview(today: Mapping[str, Bundle]) -> None:
    saga = "Saga Ståhl"

    assert saga in [pupil.name for pupil in view_of(ClassOverview, today[MENTOR_5B]).pupils]
    assert saga in [pupil.name for pupil in view_of(TeachingOverview, today[SPORTS_5B_8C]).pupils]


# --- terms


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-08-16", None),
        ("2026-08-17", "HT 2026"),
        ("2026-12-21", "HT 2026"),
        ("2027-01-07", "HT 2026"),  # the holidays belong to the term before
        ("2027-01-08", "VT 2027"),
        ("2027-06-15", "VT 2027"),
        ("2027-06-16", None),
    ],
)
def test_a_day_belongs_to_a_term(files: Files, day: str, name: str | None) -> None:
    term = law.term_on(school_of(changed(files)), date.fromisoformat(day))

    assert (term.name if term else None) == name


def test_with_the_new_term_samtal_begin_anew_and_the_year_s_plans_stay(files: Files) -> None:
    last, first = (
        view_of(SchoolOverview, bundles(files, day, only=PRINCIPAL)[PRINCIPAL]).total
        for day in (date(2027, 1, 7), date(2027, 1, 8))
    )

    assert (last.held, last.booked, last.unbooked) == (5, 3, 0)
    assert (first.held, first.booked, first.unbooked) == (0, 0, 8)
    assert (first.required, first.shared, first.final) == (last.required, last.shared, last.final) == (8, 4, 2)


def test_a_samtal_that_lies_ahead_is_booked_and_one_that_was_missed_is_told(files: Files) -> None:
    before = view_of(ClassOverview, bundles(files, date(2026, 11, 11), only=MENTOR_2B)[MENTOR_2B])
    after = view_of(ClassOverview, bundles(files, date(2026, 12, 9), only=MENTOR_2B)[MENTOR_2B])

    assert [pupil.talk for pupil in before.pupils] == ["bokat"] * 4
    assert [pupil.talk for pupil in after.pupils] == ["hållet", "bokad dag har gått", "hållet", "hållet"]


def test_without_a_term_the_overview_says_so_and_counts_nothing(files: Files) -> None:
    view = view_of(SchoolOverview, bundles(files, date(2027, 6, 20), only=PRINCIPAL)[PRINCIPAL])

    assert "municipality.yaml" in view.head.note
    assert (view.total.held, view.total.shared, view.total.final) == (0, 0, 0)


# --- as documents


def rendered(bundle: Bundle) -> str:
    renderer = Renderer(load_assets())
    body = [renderer.fragment(d.view, d.version, d.anchor, bundle.targets) for d in bundle.documents]
    return renderer.page("Provsida", "\n".join(body))


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.unscoped: list[str] = []
        self.styled: list[str] = []
        self.tables = self.captions = self.pictures = self.named = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.tables += tag == "table" and known.get("class") == "overview"
        self.captions += tag == "caption"
        self.pictures += tag == "svg" and known.get("role") == "img"
        self.named += tag == "title"
        if tag == "th" and "scope" not in known:
            self.unscoped.append(tag)
        if "style" in known:
            self.styled.append(tag)


@pytest.mark.parametrize("reader", [MENTOR_2B, PRINCIPAL, BOARD])
def test_the_start_page_leads_to_every_overview(today: Mapping[str, Bundle], reader: str) -> None:
    bundle = today[reader]
    start, *rest = bundle.documents
    page = Renderer(load_assets()).fragment(start.view, start.version, start.anchor, bundle.targets)

    for document in rest:
        if document.view.document.startswith("översikt."):
            assert f'<a href="#{document.anchor}">{document.title}</a>' in page


def test_a_start_page_without_pupils_has_no_empty_list(today: Mapping[str, Bundle]) -> None:
    bundle = today[BOARD]
    page = Renderer(load_assets()).fragment(bundle.documents[0].view, "V", "d0", bundle.targets)

    assert re.search(r"<ul[^>]*>\s*</ul>", page) is None
    assert "relation till barnet" not in page


@pytest.mark.parametrize("reader", [MENTOR_2B, MENTOR_8C, PRINCIPAL, BOARD, SPORTS_5B_8C])
def test_headings_do_not_jump_and_every_table_has_caption_and_scopes(today: Mapping[str, Bundle], reader: str) -> None:
    seen = _Seen()
    seen.feed(rendered(today[reader]))

    assert seen.levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(seen.levels))
    assert seen.tables == seen.captions > 0
    assert seen.named == seen.pictures + 1  # and the page's own title
    assert (seen.unscoped, seen.styled) == ([], [])


def column(page: Page, table: int, number: int) -> list[str]:
    rows = page.locator("table.overview").nth(table).locator("tbody tr").all()
    return [row.locator("th, td").nth(number).inner_text().strip() for row in rows]


@pytest.mark.browser
def test_a_table_is_sorted_by_keyboard_and_the_page_asks_for_nothing(
    browser: Browser, today: Mapping[str, Bundle], tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text(rendered(today["b7w4n"]), encoding="utf-8")

    with outside.opened_page(browser, file) as page:  # ends by seeing that no request was made
        heads = page.locator("table.overview").first.locator("thead th")
        name, missing = heads.nth(0).locator("button"), heads.nth(3).locator("button")
        assert heads.nth(0).get_attribute("aria-sort") == "ascending"

        missing.focus()
        page.keyboard.press("Enter")
        assert heads.nth(3).get_attribute("aria-sort") == "ascending"
        assert heads.nth(0).get_attribute("aria-sort") is None
        assert column(page, 0, 0)[-1] == "Vilgot Åkerlund"
        page.keyboard.press("Space")
        assert heads.nth(3).get_attribute("aria-sort") == "descending"
        assert column(page, 0, 0)[0] == "Vilgot Åkerlund"
        assert page.evaluate("document.activeElement.textContent") == missing.inner_text()

        name.focus()
        page.keyboard.press("Enter")
        assert column(page, 0, 0) == ["Daryna Kovalenko", "Hugo Lundén", "Liv Sandgren", "Vilgot Åkerlund"]
        heads.nth(1).locator("button").focus()
        page.keyboard.press("Enter")  # days by the almanac: 11 and 18 November, 3 and 7 December
        assert column(page, 0, 0) == ["Hugo Lundén", "Daryna Kovalenko", "Liv Sandgren", "Vilgot Åkerlund"]


@pytest.mark.browser
def test_sorting_knows_numbers_and_the_swedish_alphabet(
    browser: Browser, today: Mapping[str, Bundle], tmp_path: Path
) -> None:
    cells = [("Öst", "9"), ("Zeta", "10"), ("Äng", "2"), ("Ås", "1"), ("alm", "33")]
    rows = "".join(f'<tr><th scope="row">{word}</th><td>{number}</td></tr>' for word, number in cells)
    html = rendered(today[PRINCIPAL])
    html = re.sub(r"(<tbody[^>]*>).*?(</tbody>)", lambda m: m[1] + rows + m[2], html, count=1, flags=re.DOTALL)
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")

    with outside.opened_page(browser, file, width=390) as page:
        buttons = page.locator("table.overview").first.locator("thead button")
        buttons.nth(1).press("Enter")
        assert column(page, 0, 1) == ["1", "2", "9", "10", "33"]
        buttons.nth(0).press("Enter")
        assert column(page, 0, 0) == ["alm", "Zeta", "Ås", "Äng", "Öst"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
def test_the_nämnd_s_sealed_files_open_and_hold_the_overview(place: Place, browser: Browser, tmp_path: Path) -> None:
    done = place.run("build", "--recipient", BOARD, "--json")
    assert done.code == 0, done.err
    opened = outside.Opener(place, outside.told(done.out), browser, tmp_path).open(BOARD)

    assert [shown.title for shown in opened.pdfs][1] == "Kommunöversikt Älvhamra kommun, HT 2026"
    assert len(opened.keys) == 1
    for text in (opened.pdfs[1].text, opened.articles[1].text):
        assert "färre än 5" in text
        assert "krävs inte i årskurs 8" in " ".join(text.split())


def test_the_mentor_sees_how_many_at_home_have_read_each_plan(files: Files) -> None:
    def told(edits: Files | None = None) -> dict[str, tuple[int, int]]:
        seen = view_of(ClassOverview, bundles(files, edits=edits, only=MENTOR_2B)[MENTOR_2B])
        return {row.name: (row.read, row.home) for row in seen.pupils}

    # Noel cannot write yet and has one guardian; Iris can, and one of her two has read; Elias's plan is a draft.
    assert told()["Noel Bergdahl"] == (0, 1)
    assert told()["Iris Owusu"] == (1, 3)
    assert told()["Elias Nyqvist"] == (0, 0)
    path = "content/pupils/a6n4x/plan.yaml"
    read = files[path] + "läst:\n  - {av: e5h7w, datum: 2026-11-20}\n".encode()
    assert told({path: read})["Noel Bergdahl"] == (1, 1)
