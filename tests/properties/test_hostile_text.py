"""What people write stays text: scripts, tags, Markdown without end, and templates that could let something through."""

from __future__ import annotations

import ast
import re
import shutil
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from jinja2 import nodes

from iup.build.pipeline import checked
from iup.documents import html as documents_html
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.model.base import MAX_TEXT
from iup.policy.access import required_policy
from iup.site.paths import READ_WITH_CONTENT
from iup.system.git.trees import JoinedTree, WorkTree
from iup.view.bundle import Bundler, recipients
from tests.conftest import DAY, ROOT
from tests.support import campaign, canaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Request

BENIGN = "Ord"
CORPUS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    '"><script>window.pwned=1</script>',
    "' onmouseover='window.pwned=1' autofocus onfocus='window.pwned=1",
    "</textarea></title></style></script><script>window.pwned=1</script>",
    "<iframe src=javascript:window.pwned=1></iframe>",
    "[x](javascript:window.pwned=1)",
    "![x](x onerror=window.pwned=1)",
    "<a href='javascript:window.pwned=1'>x</a>",
    "<math><mtext></p><mglyph><style><img src=x onerror=window.pwned=1>",
    "<template><script>window.pwned=1</script></template>",
    "<!--><img src=x onerror=window.pwned=1>-->",
    "]]><img src=x onerror=window.pwned=1>",
    "<style>@import'http://127.0.0.1:9/';*{display:none}</style>",
    "<base href=http://127.0.0.1:9/><meta http-equiv=refresh content=0>",
    "<form action=http://127.0.0.1:9/><input name=x></form>",
    "<details open ontoggle=window.pwned=1>x</details>",
    "<table><td colspan=100000000>x</td></table>",
    "{{ 7*7 }} {% for x in range(9) %}{{ self }}{% endfor %} {{ ''.__class__ }}",
    "&lt;script&gt;window.pwned=1&lt;/script&gt; &#x3c;script>",
    "%3Cscript%3Ewindow.pwned=1%3C/script%3E \\u003cscript\\u003e",
    "`code` **b** _i_ ~~s~~ # h > q | t | <http://127.0.0.1:9/>",
    "SLOT __SLOT__ {slot} $slot",
)
READERS = ("t3m8k", "s7d5j", "h6d2q", "w2g9n", "l7b4n")


class Same(canaries.Planter):
    """Puts the same words, or each of some in turn, in every place."""

    words: tuple[str, ...] = (BENIGN,)

    def token(self) -> str:
        self.count += 1
        return self.words[self.count % len(self.words)]

    def text(self) -> str:
        return self.token()


def pages(root: Path, words: tuple[str, ...], readers: tuple[str, ...] = READERS) -> Iterator[tuple[str, list[str]]]:
    """Yield some readers with their page and their printed documents, with words in every place that takes any."""
    shutil.rmtree(root, ignore_errors=True)
    for name in ("content", "policies"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copytree(ROOT / "tests" / "data" / "office", root / "office")
    planter = Same(root, root / "office")
    planter.words = words
    planter.plant()
    (root / "policies" / "texts" / "public-documents.md").write_text("\n\n".join(words), encoding="utf-8")
    tree = JoinedTree(WorkTree(root), WorkTree(root / "office", READ_WITH_CONTENT))
    day = date.fromisoformat(DAY)
    school, _ = checked(tree, day)
    assert school is not None
    bundler = Bundler(school, required_policy(tree), day, b"k")
    renderer = Renderer(load_assets())
    for recipient in recipients(school, day):
        if recipient.id in readers:
            bundle = bundler.bundle(recipient)
            fragments = [
                renderer.fragment(d.view, d.version, d.anchor, () if number else bundle.targets)
                for number, d in enumerate(bundle.documents)
            ]
            page = renderer.page(bundle.documents[0].title, "\n".join(fragments), bundle.labels)
            yield recipient.id, [page, *(renderer.printed(d.view, d.version, d.title) for d in bundle.documents)]


# Long words are set with places to break, and have no other attribute than this class.
COUNT = """html => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("*")]
    .filter(e => !/^(<wbr>|<span class="(address|double|wraps)"><.span>)$/.test(e.cloneNode(false).outerHTML))
    .map(e => e.localName + [...e.attributes].map(a => " " + a.name).sort().join(""))"""
# Where the school's own Markdown is set, the corpus may make a list of it and a benign word may not.
MARKDOWN = re.compile(r"(?s)(<footer>.*?<h\d[^>]*>[^<]*</h\d>)(.*?)(<address>)")


@pytest.mark.browser
@campaign.cases(quick=2, full=len(CORPUS))
def test_the_tags_of_a_document_are_those_of_a_benign_one(cases: int, browser: Browser, tmp_path: Path) -> None:
    chosen = CORPUS[:: len(CORPUS) // cases]
    page = browser.new_page()

    def tags(html: str) -> Counter[str]:
        return Counter(page.evaluate(COUNT, MARKDOWN.sub(r"\1\3", html)))

    benign = {reader: [tags(html) for html in made] for reader, made in pages(tmp_path / "b", (BENIGN,))}
    assert len(benign) == len(READERS)
    for payload in chosen:
        for reader, made in pages(tmp_path / "h", (payload,)):
            assert [tags(html) for html in made] == benign[reader], payload
    page.close()


def heard(asked: list[str]) -> Callable[[Request], None]:
    return lambda request: asked.append(request.url)


@pytest.mark.browser
@pytest.mark.parametrize("readers", [("t3m8k", "w2g9n"), pytest.param(READERS, marks=pytest.mark.campaign)], ids=len)
def test_nothing_that_somebody_wrote_runs_in_a_browser(
    browser: Browser, tmp_path: Path, readers: tuple[str, ...]
) -> None:
    for reader, (html, *_) in pages(tmp_path / "h", CORPUS, readers):
        file = tmp_path / f"{reader}.html"
        file.write_text(html, encoding="utf-8")
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", heard(asked))
        page.goto(file.as_uri())
        page.wait_for_selector("#opened article")
        page.evaluate("document.querySelectorAll('*').forEach(e => e.dispatchEvent(new Event('mouseover')))")
        page.pdf(format="A4")
        assert page.evaluate("window.pwned") is None
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        page.close()
        without_policy = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", html)
        assert without_policy != html
        page = browser.new_page()  # the policy is the second wall; the first must hold alone
        page.set_content(without_policy)
        assert page.evaluate("window.pwned") is None
        page.close()


# Each fills a whole text, in words of the length that a text may have.
ENDLESS = {
    "brackets": "[ ",
    "brackets together": f"{'[' * 99} ",
    "pictures": f"{'![' * 49} ",
    "links": "[a]( ",
    "stars": "*a **b ",
    "stars together": f"{'*' * 99} ",
    "underlines": f"{'_a' * 49} ",
    "quotes": "> ",
    "lists": "- ",
    "code": "` `` ",
    "tags": f"{'<a/' * 33} ",
    "comments": "<!-- ",
    "entities": "&a; &# ",
    "references": "[a]: b\n",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_markdown_without_end_takes_no_time(kind: str) -> None:
    text = (ENDLESS[kind] * MAX_TEXT)[:MAX_TEXT]
    (html, _), seconds = campaign.soon(lambda: (documents_html.markdown(text), documents_html.prose(text)))
    assert seconds < campaign.MOST_SECONDS  # a reader's whole page takes less
    assert set(re.findall(r"</?(\w+)", html)) <= {"p", "ul", "ol", "li", "strong", "em", "br"}


@pytest.mark.parametrize("payload", CORPUS)
def test_the_schools_own_text_keeps_plain_tags_only(payload: str) -> None:
    html = documents_html.markdown(f"{payload}\n\n- {payload}\n\n{payload}")
    assert re.sub(r"</?(p|ul|ol|li|strong|em)>|<br>", "", html).count("<") == 0


# --- the templates themselves


TEMPLATES = sorted(path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.j2"))
# What a page asks its own server for: the address is fixed, and data stand in its query alone.
OWN_SERVER = {
    "review/review.html.j2": re.compile(r'"(?:copy|decision|file)\?\w+={{ \w+ }}"'),
    "preview/preview.html.j2": re.compile(
        r'"(?:page)?\?reader={{ [\w.]+ \| urlencode }}&amp;pupil={{ [\w.]+ \| urlencode }}(?:#{{ place }})?"'
    ),
}
# Our own files, what is made of fragments, and JSON in which no "<" is left; `Renderer` marks them.
RAW = {"css", "script", "slot", "body", "key", "grounds_json"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_lets_nothing_through_unescaped(name: str) -> None:
    source = (ROOT / "templates" / name).read_text(encoding="utf-8")
    assets = load_assets()
    tree = Renderer(assets)._environment("vanliga").parse(source)
    assert not [node.name for node in tree.find_all(nodes.Filter) if node.name in {"safe", "forceescape", "xmlattr"}]
    assert not list(tree.find_all((nodes.EvalContextModifier, nodes.ScopedEvalContextModifier, nodes.MarkSafe)))
    assert not [node for node in tree.find_all(nodes.Name) if node.name in {"Markup", "self", "caller"}]
    inside = re.findall(r"(?is)<(script|style)\b[^>]*>(.*?)</\1>", source)
    assert {value for _, body in inside for value in re.findall(r"{{\s*(.*?)\s*}}", body)} <= RAW
    if name in OWN_SERVER:
        source = OWN_SERVER[name].sub('""', re.sub(r"(?s){%.*?%}", "", source))
    assert not re.findall(r"=\s*{[{%]", re.sub(r"(?s){%.*?%}", "", source)), "every attribute stands in quotes"
    assert not re.findall(r"(?i)\b(?:on\w+|style|srcdoc)\s*=\s*[\"'][^\"']*{{", source)
    links = re.findall(r"(?i)\b(?:href|src|action)\s*=\s*[\"']([^\"']*{{[^\"']*)", source)
    assert all(link.startswith("#{{") for link in links), "a link made of data leads into the page only"


def test_text_is_marked_as_html_in_named_places_only() -> None:
    """`Markup(x)` of anything but a constant trusts it: our own files, fragments, JSON without "<", what is cleaned."""
    found = Counter(
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "iup").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rsplit(".", 1)[-1] == "Markup"
        and not isinstance(node.args[0], ast.Constant)
    )
    assert found == {"iup/documents/html.py": 7}
