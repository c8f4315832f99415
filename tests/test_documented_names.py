"""Files, modules, classes, functions, keys and words that a document names between backticks exist.

What belongs to others' programs, and words that are neither, stand in lists here.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from iup.cli.explain import EVERY_RULE
from iup.keys.keyring import OfficeFile
from iup.model.reply import ReceivedReply
from iup.model.retention import Hold
from iup.site.paths import routed
from tests.conftest import ROOT
from tests.test_architecture import MODULES, _tree
from tests.test_documented import COMMANDS, _commands
from tests.test_documented_commands import ALL_PAGES, name_of, spans
from tests.test_documented_files import RECORDS, _of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from iup.model.base import Record

FOLDERS = ("bench", "content", "docs", "iup", "policies", "templates", "tests")
FILE = re.compile(r"[\w.<>-]*\.(?:asc|css|gpg|html|iup|js|json|md|pdf|pgp|pid|png|py|toml|ttf|txt|woff2|xz|yaml)")
# Of git, sshd and the template library.
OTHERS = {"protocol.ext.allow", "user.email", "AcceptEnv", "Markup", "PermitUserEnvironment"}
# Pages about other programs, whose bare words are not asked about: calls of the system, names in a font.
FREE = {"docs/assurance.md", "templates/fonts/README.md"}
WORDS = {
    "of git and its servers": "alternates authorized_keys config fsmonitor git main update",
    "of browsers and their policies": "unsafe-inline data-ticket",
    "of Python": "gnupg python",
    "keys on the review page": "b d m n",
    "what the vectors are said to do": "broken opens wrong-key",
    "a folder of the office": "released",
    "places to write in": "nytt_mål",
    "what messages say": "pröva tips",
    "all terms there are": "hela",
}
LISTED = {word for words in WORDS.values() for word in words.split()}

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_CLASS = re.compile(r"(?:[A-Z][a-z]+)+")
_WORD = re.compile(r"[a-zåäö_][a-zåäö0-9_-]*")
_OWN = re.compile(r"<[^>]*>|…")


@cache
def _files() -> frozenset[str]:
    return frozenset(name_of(path) for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file())


def _exists(path: str) -> bool:
    """Say whether the repository has a path, with anything where the document says `<id>` or `…`; or a site may."""
    return any(ROOT.glob(_OWN.sub("*", path.rstrip("/")))) or bool(routed(path.replace("<fingerprint>", "A" * 40))[0])


def _missing(page: Path) -> Iterator[str]:
    for span in spans(page):
        for word in span.split():
            if word.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
                if not _exists(word):
                    yield word
            elif word.endswith(".py") and not any(f"/{path}".endswith(f"/{word}") for path in ("build.py", *_files())):
                yield word


@cache
def _defined(module: str) -> frozenset[str]:
    """Return what a module defines: its names, and below a class those of the class, as `Class.name`."""

    def names(body: Sequence[ast.stmt]) -> Iterator[str]:
        for node in body:
            match node:
                case ast.ClassDef(name=name, body=below):
                    yield from (name, *(f"{name}.{inner}" for inner in names(below)))
                case ast.FunctionDef(name=name):
                    yield name
                case ast.Assign(targets=targets):
                    yield from (target.id for target in targets if isinstance(target, ast.Name))
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name

    return frozenset(names(_tree(module).body))


def _resolves(name: str) -> bool:
    """Say whether a name is one of ours: a module by its last parts, what one defines, or a class and what it has."""
    parts = name.split(".")
    if any(name in _defined(module) for module in MODULES):
        return True
    for cut in range(1, len(parts) + 1):
        module, inner = ".".join(parts[:cut]), ".".join(parts[cut:])
        if any(f".{m}".endswith(f".{module}") and (not inner or inner in _defined(m)) for m in MODULES):
            return True
    return False


@cache
def _keys() -> frozenset[str]:
    """Return the keys of all files of a site and its office, whole and part by part, and the words they take."""
    found = {"ja", "nej"}
    models: list[type[Record]] = [*RECORDS.values(), OfficeFile, ReceivedReply, Hold]
    for model in models:
        for key, _, words in _of(model):
            found |= {key, *key.split("."), *words}
    return frozenset(found)


def _choices() -> Iterator[str]:
    """Yield every word that an option or a key chooses among, as the program lists them."""
    for module in MODULES:
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases):
                values = [row.value for row in node.body if isinstance(row, ast.Assign)]
                yield from (str(value.value) for value in values if isinstance(value, ast.Constant))


@cache
def _words() -> frozenset[str]:
    """Return every word of ours that a document may name: commands, rules, keys, choices, ids of rules and forms."""
    found = {word for command in _commands(COMMANDS) for word in command.split()}
    found |= {rule.id for rule in EVERY_RULE} | {rule.severity.value for rule in EVERY_RULE} | _keys()
    found |= set(_choices())
    for path in sorted((ROOT / "policies").rglob("*.yaml")):
        found |= set(re.findall(r"\bid: (\S+)", path.read_text(encoding="utf-8")))
    found |= {path.stem for path in (ROOT / "content").rglob("*")}  # who is in the invented municipality
    return frozenset(found)


def _unknown(page: Path) -> Iterator[str]:
    for span in spans(page):
        word = span.removesuffix("()").removesuffix(":")
        if word in OTHERS or word in _keys() or FILE.fullmatch(word):
            continue
        if _DOTTED.fullmatch(word) or _CLASS.fullmatch(word):
            if not _resolves(word):
                yield word
        elif _WORD.fullmatch(word) and name_of(page) not in FREE and not _is_word(word, page):
            yield word


def _is_word(word: str, page: Path) -> bool:
    """Say whether a page may name a word; readers of Swedish do not meet the names in the program."""
    ours = page.parent.name != "sv" and (_resolves(word) or word in _members())
    return ours or re.sub(r"-\d+$", "", word) in _words() | LISTED or _is_passphrase(word)


@cache
def _members() -> frozenset[str]:
    """Return what the classes of the program have."""
    return frozenset(name.rpartition(".")[2] for module in MODULES for name in _defined(module) if "." in name)


def _is_passphrase(word: str) -> bool:
    (words,) = (ROOT / "iup").rglob("words.txt")
    return "-" in word and set(word.split("-")) <= set(words.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_a_path_between_backticks_is_in_the_repository(page: Path) -> None:
    assert list(_missing(page)) == []


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_a_name_between_backticks_is_one_of_ours(page: Path) -> None:
    assert list(_unknown(page)) == []


def test_what_the_lists_here_excuse_is_named_and_known_in_no_other_way() -> None:
    named = {span.removesuffix("()").removesuffix(":") for page in ALL_PAGES for span in spans(page)}

    assert (LISTED | OTHERS) - named == set()
    assert LISTED & _words() == set()
