"""Turn a view into HTML. Templates see a view and a version mark, never a pupil, a policy or a recipient.

The same macros make three forms: a printed document (which `pdf` sets), a fragment (a document inside a page), and a
page (fragments with navigation and a print button, either open or as the shell that `seal.page` fills). Text from
people goes through autoescape or one of two filters here. Nothing is ever marked safe in a template.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import markdown as markdown_library
import nh3
from jinja2 import BytecodeCache, DictLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from iup.documents import wording
from iup.documents.goal_chart import goal_picture, terms_picture
from iup.model.people import Labels
from iup.model.plan import Step
from iup.text.direction import from_right, has_right
from iup.text.prose import Family, Paragraph, Table, blocks
from iup.text.script import is_unspaced
from iup.view.types import StartView

if TYPE_CHECKING:
    from types import CodeType

    from jinja2.bccache import Bucket

    from iup.documents.assets import Assets
    from iup.text.prose import Block
    from iup.view.letter_types import DecisionView
    from iup.view.types import Author, CopyView, View

_LETTERS = re.compile(r"([^\W\d_]{5,})")
# A soft hyphen that divides no word: with one at the start of a word the line runs off the page, and is cut there.
_STRAY = re.compile("(?<![^\\W\\d_])\u00ad|\u00ad(?![^\\W\\d_])")
# A word that is too long for a narrow line, or a double name (of two capitals), which is found as one.
_LONG_WORD, _COMPOUND = 30, 60
_SPECIAL = re.compile(rf"(\S{{{_LONG_WORD + 1},}}|\b[^\W\d_a-zåäö][\w’]{{1,12}}-[^\W\d_a-zåäö][\w’]{{1,12}}\b)")
# Where a long word may break: about every ten characters, between two letters or digits, so never inside one of them.
_PLACES = re.compile(r"(.{9,}?[^\W_])(?=[^\W_])")
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "br"}
# No text has links or pictures, and looking for them takes a second where brackets are never closed.
_LINKS = ("reference", "link", "image_link", "image_reference", "short_reference", "short_image_ref")


def prose(text: str, unbroken: frozenset[str] = frozenset()) -> Markup:
    """Set what somebody wrote: lines, lists, tables, and every other character as it stands (`iup.text.prose`)."""
    return Markup("\n").join(_block(block, unbroken) for block in blocks(_STRAY.sub("", text)))


def _block(block: Block, unbroken: frozenset[str]) -> Markup:
    """Set a paragraph, a list or a table. What a point begins with is shown as it was written, but for a bullet."""

    def lines(some: tuple[str, ...]) -> Markup:
        return Markup("<br>").join(_words_of(line, unbroken) for line in some)

    match block:
        case Paragraph():
            return Markup("<p{}>{}</p>").format(_direction("\n".join(block.lines)), lines(block.lines))
        case Table():
            cells = (
                Markup("").join(Markup("<td>{}</td>").format(_words_of(c, unbroken)) for c in r) for r in block.rows
            )
            rows = Markup("").join(Markup("<tr>{}</tr>").format(row) for row in cells)
            turned = _direction(block.rows[0][0])
            return Markup('<table class="pasted"{}><tbody>{}</tbody></table>').format(turned, rows)
        case _:
            numbered = block.family is Family.NUMBERS
            mark = Markup('<span class="number">{}</span> ')
            items = (
                Markup("<li>{}{}{}</li>").format(
                    mark.format(p.mark) if numbered else "",
                    lines(p.lines),
                    Markup("").join(_block(inner, unbroken) for inner in p.inner),
                )
                for p in block.points
            )
            named = {Family.NUMBERS: Markup(' class="numbers"'), Family.DASHES: Markup(' class="dashes"')}
            turned = _direction("\n".join(block.points[0].lines))
            return Markup("<ul{}{}>{}</ul>").format(named.get(block.family, ""), turned, Markup("").join(items))


def _words_of(line: str, unbroken: frozenset[str]) -> Markup:
    """Set the words of a line: long ones may break, and a double name is kept on one line with its hyphen."""
    parts = _SPECIAL.split(line.replace("\t", "\u2003"))
    return Markup("").join(
        _special(part) if number % 2 else _whole_words(part, unbroken) for number, part in enumerate(parts)
    )


def _special(word: str) -> Markup:
    if len(word) <= _LONG_WORD:
        return Markup('<span class="double">{}</span>').format(word)
    # A compound has hyphenation, and scripts without spaces have rules of their own; both break elsewhere only in need.
    if is_unspaced(word) or (word.isalpha() and len(word) <= _COMPOUND):
        return Markup('<span class="wraps">{}</span>').format(word)
    pieces = _PLACES.sub("\\1\n", word).split("\n")
    return Markup('<span class="address">{}</span>').format(Markup("<wbr>").join(map(_piece, pieces)))


def _piece(text: str) -> Markup:
    """Set a piece of an address; a hyphen of its own is never last on a line, where it would be taken for a break."""
    whole = "-" in text and len(text) <= _LONG_WORD
    return Markup('<span class="double">{}</span>').format(text) if whole else escape(text)


def _direction(text: str) -> Markup:
    """Return the attribute of a paragraph that is read from the right. The layout library knows no `dir="auto"`."""
    return Markup(' dir="rtl"') if from_right(text) else Markup("")


def _author(who: Author) -> Markup | str:
    """Name an author; a name with letters from the right in it does not turn what stands beside it."""
    said = wording.author(who)
    if not has_right(who.name):
        return said
    return escape(said).replace(escape(who.name), Markup("<bdi>{}</bdi>").format(who.name), 1)


def _whole_words(text: str, unbroken: frozenset[str]) -> Markup:
    """Escape a text and keep the words together that hyphenation would break wrongly."""
    parts = _LETTERS.split(text)
    if unbroken.isdisjoint(part.lower() for part in parts):
        return escape(text)
    return Markup("").join(
        Markup('<span class="whole">{}</span>').format(part) if part.lower() in unbroken else escape(part)
        for part in parts
    )


def _words(assets: Assets) -> frozenset[str]:
    lines = assets.text("base/hyphenation.txt").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def reflow(text: str) -> str:
    """Join the lines of a short text that was wrapped for the editor."""
    return " ".join(_STRAY.sub("", text).split())


def markdown(text: str) -> Markup:
    """Set a text of the school's own (`policies/texts/`): Markdown, then sanitised; no links, pictures or HTML."""
    parser = markdown_library.Markdown(output_format="html")
    for pattern in _LINKS:
        parser.inlinePatterns.deregister(pattern)
    return Markup(nh3.clean(parser.convert(text), tags=_TAGS, attributes={}, strip_comments=True))  # noqa: S704  sanitised here


class Renderer:
    """The templates of one set of assets, ready to use."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._style = _screen_style(assets)
        self._script = assets.text("page/reply.js") + assets.text("page/reader.js") + assets.text("overview/sort.js")
        self._environments: dict[str, SandboxedEnvironment] = {}

    def _environment(self, labels: str) -> SandboxedEnvironment:
        """Return the templates with their labels in some words, made at the first use."""
        if labels not in self._environments:
            self._environments[labels] = _environment(self._assets, Labels(labels))
        return self._environments[labels]

    def printed(self, view: View, mark: str, title: str) -> str:
        """Return a whole HTML document to be set on paper; `pdf` has its style sheet."""
        targets = (
            [""] * (len(view.children) + len(view.overviews) + len(view.earlier)) if isinstance(view, StartView) else []
        )
        return self._render(
            view.labels, "base/print.html.j2", view=view, mark=mark, title=title, targets=targets, paper=True
        )

    def fragment(self, view: View, mark: str, anchor: str, targets: tuple[str, ...] = ()) -> str:
        """Return a document as part of a page; a start page links to `targets`: its children, then its overviews."""
        values = {"view": view, "mark": mark, "anchor": anchor, "targets": targets, "paper": False}
        return self._render(view.labels, "page/fragment.html.j2", **values)

    def page(self, title: str, body: str, labels: str = Labels.USUAL, key: str = "") -> str:
        """Return an open page with fragments in it; `key` is the school's (JSON), for whoever answers by OpenPGP."""
        values = {"locked": False, "title": title, "body": Markup(body), "sender": "", "slot": "", "key": Markup(key)}  # noqa: S704  our own
        return self._page(labels, values)

    def shell(self, title: str, sender: str, slot: str) -> str:
        """Return a locked page with a slot for what is sealed; it names the sender only."""
        values = {"locked": True, "title": title, "body": "", "sender": sender, "slot": Markup(slot), "key": ""}  # noqa: S704  our own
        return self._page(Labels.USUAL, values)

    def frame(self, **values: Any) -> str:  # noqa: ANN401  template variables
        """Return the page that `preview` shows the pages of others in."""
        style, script = self._assets.text("preview/preview.css"), self._assets.text("preview/preview.js")
        return self._inline(Labels.USUAL, "preview/preview.html.j2", style, script, values)

    def review(self, grounds: Any, **values: Any) -> str:  # noqa: ANN401  template variables
        """Return the page that a principal reviews a request on; `grounds` is what its script knows of them."""
        style = _faces(self._assets) + self._assets.text("review/review.css")
        # No "<" inside: whatever stands in a policy cannot end the element that holds it.
        held = json.dumps(grounds, ensure_ascii=False).replace("<", "\\u003c")
        values["grounds_json"] = Markup(held)  # noqa: S704  JSON without markup
        return self._inline(Labels.USUAL, "review/review.html.j2", style, self._assets.text("review/review.js"), values)

    def shown(self, view: CopyView | DecisionView, mark: str, title: str) -> str:
        """Return a copy or a decision as a page to look at before it is set."""
        style = self._style + self._assets.text("review/shown.css")
        values = {"view": view, "mark": mark, "title": title, "paper": False, "targets": ()}
        return self._inline(Labels.USUAL, "review/shown.html.j2", style, "", values)

    def _page(self, labels: str, values: dict[str, Any]) -> str:
        return self._inline(labels, "page/shell.html.j2", self._style, self._script, values)

    def _inline(self, labels: str, template: str, css: str, script: str, values: dict[str, Any]) -> str:
        """Return a page with its style and script in it, each named by its hash in the page's own policy."""
        return self._render(
            labels,
            template,
            css=Markup(css),  # noqa: S704  our own file
            script=Markup(script),  # noqa: S704  our own file
            style_hash=_hash(css),
            script_hash=_hash(script),
            **values,
        )

    def _render(self, labels: str, template: str, **values: Any) -> str:  # noqa: ANN401  template variables
        return self._environment(labels).get_template(template).render(**values)


class _Compiled(BytecodeCache):
    """Templates as they were compiled, by name and text, for as long as the process lives."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code


@cache
def _compiled(labels: Labels) -> _Compiled:
    del labels  # what is compiled for some words is used for no others
    return _Compiled()


def _environment(assets: Assets, labels: Labels) -> SandboxedEnvironment:
    jinja = SandboxedEnvironment(
        loader=DictLoader({name: assets.text(name) for name in assets.files if name.endswith(".j2")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_compiled(labels),
    )
    # The i18n extension adds this method at run time.
    jinja.install_gettext_translations(wording.catalogue(labels), newstyle=True)  # type: ignore[attr-defined]
    jinja.filters.update(
        prose=partial(prose, unbroken=_words(assets)),
        reflow=reflow,
        markdown=markdown,
        roles=wording.roles,
        author=_author,
        day=wording.day,
        moment=wording.moment,
        mark=wording.step_mark,
        picture=goal_picture,
        terms_picture=terms_picture,
        shortday=wording.short_day,
        listed=wording.listed,
        span=wording.span,
    )
    jinja.globals["all_steps"] = [step.value for step in Step]
    return jinja


def _screen_style(assets: Assets) -> str:
    styles = ("base/base.css", "plan/places.css", "page/screen.css", "overview/overview.css")
    return _faces(assets) + "".join(assets.text(name) for name in styles)


def _faces(assets: Assets) -> str:
    """Return the fonts as part of a style sheet."""
    fonts = (("Regular", "400", "normal"), ("Semibold", "600", "normal"), ("It", "400", "italic"))
    return "".join(
        f'@font-face{{font-family:Plansans;font-weight:{weight};font-style:{style};src:url("data:font/woff2;base64,'
        f'{base64.b64encode(assets.files[f"fonts/SourceSans3-{face}.woff2"]).decode()}")}}'
        for face, weight, style in fonts
    )


def _hash(text: str) -> str:
    """Return what a content security policy names an inline block by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
