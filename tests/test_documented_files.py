"""docs/files.md holds every file of a site, and every key and word of each: what the schemas say, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from iup.model.disclosure import DisclosureDecision, DisclosureRules, Request
from iup.model.form import Form
from iup.model.people import Person, Pupil, Registered
from iup.model.plan import Goals, Plan
from iup.model.processing import Processing
from iup.model.school import Municipality, SchoolUnit
from iup.model.signing import SigningPeriods
from iup.policy.access import Policy
from iup.site import decode, load, strict_yaml
from iup.site import paths as site_paths
from iup.site.layout import _SiteFile
from iup.site.load import _HealthWords, _Law, _Retention, _Roster, _Subjects
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.model.base import Record

FILES = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")

# The files that a person writes, in the order of the page, and what each becomes.
RECORDS: dict[str, type[Record]] = {
    "content/site.yaml": _SiteFile,
    "content/municipality.yaml": Municipality,
    "content/roster.yaml": _Roster,
    "content/office/signing.yaml": SigningPeriods,
    "content/schools/<school>.yaml": SchoolUnit,
    "content/people/<id>.yaml": Person,
    "content/pupils/<id>/pupil.yaml": Pupil,
    "content/pupils/<id>/plan.yaml": Plan,
    "content/pupils/<id>/goals.yaml": Goals,
    "policies/access.yaml": Policy,
    "policies/forms/<form>.yaml": Form,
    "policies/law.yaml": _Law,
    "policies/subjects.yaml": _Subjects,
    "policies/retention.yaml": _Retention,
    "policies/disclosure.yaml": DisclosureRules,
    "policies/health-words.yaml": _HealthWords,
    "policies/processing.yaml": Processing,
    "register/<id>.yaml": Registered,
    "requests/<n>/request.yaml": Request,
    "requests/<n>/decision.yaml": DisclosureDecision,
}
# What the path of a file tells stands nowhere in it.
TOLD_BY_PATH = {SchoolUnit: {"id": "a1b2c"}, Person: {"id": "a1b2c"}, Pupil: {"id": "a1b2c"}}
TOLD_BY_PATH |= {Registered: {"id": "a1b2c"}, Request: {"number": "3"}}
_NAMES = {"<school>": "skolan", "<id>": "a1b2c", "<form>": "mall-1", "<fingerprint>": "A" * 40}

_SECTION = re.compile(r"^### `([^`]+)`\n(.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE)
_EXAMPLE = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_OWN = re.compile(r"<[^<>.]+>")
SECTIONS = dict(_SECTION.findall(FILES))
SHARED = FILES.split("## Words that several files share\n", 1)[1].split("\n## ", 1)[0]


def _keys(schema: dict[str, Any], among: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, bool, Any]]:
    """Return every key below a schema as a path, whether it must be there, and the words to choose among, if any."""
    if "$ref" in schema:
        schema = among[schema["$ref"].rpartition("/")[2]]
    for option in schema.get("anyOf", ()):
        yield from _keys(option, among, path)
    if "items" in schema:
        yield from _keys(schema["items"], among, path)
    for below in (schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()):
        if isinstance(below, dict):
            yield from _keys(below, among, (*path, "<>"))
    for key, value in schema.get("properties", {}).items():
        yield ".".join((*path, key)), key in schema.get("required", ()), frozenset(_words(value, among))
        yield from _keys(value, among, (*path, key))


def _words(schema: dict[str, Any], among: dict[str, Any]) -> Iterator[str]:
    """Return the words that a value is chosen among; ja and nej are told once for all files."""
    if "$ref" in schema:
        schema = among[schema["$ref"].rpartition("/")[2]]
    for option in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])):
        yield from _words(option, among)
    words = schema.get("enum", [schema["const"]] if "const" in schema else [])
    yield from (word for word in words if set(words) != {"ja", "nej"})


def _of(model: type[Record]) -> list[tuple[str, bool, frozenset[str]]]:
    schema = model.model_json_schema(by_alias=True)
    told = TOLD_BY_PATH.get(model, {})
    return [row for row in _keys(schema, schema.get("$defs", {})) if row[0] not in told]


def _rows(section: str) -> Iterator[tuple[list[str], bool, str]]:
    """Return the keys of each row of a section's table, whether they must be there, and the row as it stands.

    `.till` after `läsår.från` is `läsår.till`.
    """
    for line in section.splitlines():
        if line.startswith("| `"):
            first, must, _ = line.strip("|").split("|")
            keys: list[str] = []
            for key in _CODE.findall(first):
                keys.append(keys[-1].rpartition(".")[0] + key if key.startswith(".") else key)
            yield [_OWN.sub("<>", key) for key in keys], must.strip() == "yes", line


def test_every_file_that_a_person_writes_has_its_section() -> None:
    assert list(SECTIONS) == list(RECORDS)


@pytest.mark.parametrize("path", RECORDS)
def test_the_keys_of_a_file_are_those_of_its_schema(path: str) -> None:
    told = [(key, must) for keys, must, _ in _rows(SECTIONS[path]) for key in keys]

    assert sorted(told) == sorted((key, must) for key, must, _ in _of(RECORDS[path]))


@pytest.mark.parametrize("path", RECORDS)
def test_the_words_that_a_key_takes_are_told_beside_it_or_for_all(path: str) -> None:
    rows = {key: line for keys, _, line in _rows(SECTIONS[path]) for key in keys}

    for key, _, words in _of(RECORDS[path]):
        beside, shared = set(_CODE.findall(rows[key])), set(_CODE.findall(SHARED))
        assert words <= beside or words <= shared, (key, words - beside)


@pytest.mark.parametrize("path", RECORDS)
def test_the_example_of_a_file_is_one_that_the_program_reads(path: str) -> None:
    (example,) = _EXAMPLE.findall(SECTIONS[path])
    values = {**strict_yaml.parse(example.encode()), **TOLD_BY_PATH.get(RECORDS[path], {})}

    assert decode.decode(RECORDS[path], values, path)[1] == ()


def test_the_list_of_files_is_what_the_program_reads() -> None:
    listed = FILES.split("## What lies where\n", 1)[1].split("\n## ", 1)[0]
    told = [line.strip("|").split("|") for line in listed.splitlines() if line.startswith("| `")]
    paths = [_CODE.findall(path)[0] for path, *_ in told]
    filled = {re.sub(r"<\w+>", lambda found: _NAMES[found[0]], path) for path in paths}
    kinds = {kind for path in filled if (kind := site_paths.routed(path)[0])}

    assert {path for path in filled if not site_paths.routed(path)[0]} == {
        *load._MUST,
        *load._MAY,
        "content/site.yaml",
        "policies/access.yaml",
        "README.md",
    }
    assert set(site_paths.KINDS) - kinds == {"registered", "reply"}  # the office's
    must = {path for path, (_, _, cell) in zip(paths, told, strict=True) if cell.strip() == "yes"}
    assert must == set(load._MUST)
