"""A goal's course as a small drawing, made from a view's values alone.

In: a `GoalView`. Out: inline SVG with a `<title>` that says the same in words. The height shows the state, and left to
right is the order of the steps, so the drawing reads in grey and does not depend on colour. No style attributes: the
pages' content security policy forbids them. `page/screen.css` recolours it by class for dark screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from iup.documents import wording
from iup.model.plan import Step

if TYPE_CHECKING:
    from iup.view.change_types import TermCount
    from iup.view.types import GoalView

_STEPS = [step.value for step in Step]
_LEFT = 76  # room for the names of the states
_TOP = 12
_ROW = 18
_COLUMN = 62
_FOOT = 20
_MOST = 7  # a longer course shows its last steps; the list beside it holds all of them


def goal_picture(goal: GoalView) -> Markup:
    """Return a drawing of a goal's course."""
    moves = goal.course[-_MOST:]
    bottom = _TOP + _ROW * (len(_STEPS) - 1)
    width = _LEFT + _COLUMN * max(len(moves), len(_STEPS))
    points = [(_LEFT + 24 + _COLUMN * n, bottom - _ROW * _STEPS.index(move.step)) for n, move in enumerate(moves)]
    parts = [_rows(width, goal.step)]
    if len(points) > 1:
        path = " ".join(f"{x},{y}" for x, y in points)
        parts.append(
            Markup('<polyline class="way" points="{}" fill="none" stroke="#222" stroke-width="2"/>').format(path)
        )
    for number, ((x, y), move) in enumerate(zip(points, moves, strict=True)):
        last = number == len(points) - 1
        parts.append(_point(x, y, last=last))
        parts.append(
            Markup(
                '<text class="when" x="{}" y="{}" font-size="9.5" text-anchor="middle" fill="#444">{}</text>'
            ).format(x, bottom + 17, wording.short_day(move.day))
        )
    return Markup(
        '<svg class="picture" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'font-family="Plansans, sans-serif"><title>{title}</title>{body}</svg>'
    ).format(w=width, h=bottom + _FOOT + 2, title=_in_words(goal), body=Markup("").join(parts))


def _rows(width: int, now: str) -> Markup:
    """Draw a thin line and a name for each state; the present one in bold."""
    bottom = _TOP + _ROW * (len(_STEPS) - 1)
    rows = []
    for number, step in enumerate(_STEPS):
        y = bottom - _ROW * number
        weight = "600" if step == now else "400"
        rows.append(
            Markup(
                '<line class="row" x1="{}" y1="{}" x2="{}" y2="{}" stroke="#bbb" stroke-width="0.75"/>'
                '<text class="state" x="0" y="{}" font-size="10.5" font-weight="{}" fill="#222">{}</text>'
            ).format(_LEFT, y, width, y, y + 3.5, weight, step.capitalize())
        )
    return Markup("").join(rows)


def _point(x: int, y: int, *, last: bool) -> Markup:
    if not last:
        return Markup('<circle class="past" cx="{}" cy="{}" r="4" fill="#fff" stroke="#222" stroke-width="2"/>').format(
            x, y
        )
    return Markup('<circle class="now" cx="{}" cy="{}" r="6" fill="#222"/>').format(x, y)


def _in_words(goal: GoalView) -> str:
    way = ", ".join(f"{move.step} {wording.day(move.day)}" for move in goal.course)
    return f"Målets väg: {way}. Nu: {goal.step}."


_BAR, _GAP, _UNIT = 46, 22, 12
_INKS = ("#fff", "#bbb", "#777", "#222")  # from new to met: darker is further


def terms_picture(terms: tuple[TermCount, ...]) -> Markup:
    """Return a drawing of how many goals were in each state, a pile for each term, as the table beside it says."""
    shown = terms[-_MOST:]
    tallest = max((sum(count for _, count in term.counts) for term in shown), default=0)
    height = _UNIT * max(tallest, 1)
    parts = []
    for number, term in enumerate(shown):
        x, y = 4 + number * (_BAR + _GAP), height + 4
        for (_, count), ink in zip(term.counts, _INKS, strict=True):
            y -= _UNIT * count
            if count:
                parts.append(
                    Markup('<rect class="pile" x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="#222"/>').format(
                        x, y, _BAR, _UNIT * count, ink
                    )
                )
        parts.append(
            Markup(
                '<text class="when" x="{}" y="{}" font-size="9.5" text-anchor="middle" fill="#444">{}</text>'
            ).format(x + _BAR // 2, height + 18, term.term)
        )
    told = "; ".join(
        f"{term.term}: {', '.join(f'{count} {step}' for step, count in term.counts if count) or 'inga mål'}"
        for term in shown
    )
    return Markup(
        '<svg class="picture" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'font-family="Plansans, sans-serif"><title>{title}</title>{body}</svg>'
    ).format(
        w=max(len(shown) * (_BAR + _GAP), 100),
        h=height + 24,
        title=f"Mål efter termin. {told}.",
        body=Markup("").join(parts),
    )
