"""The house: its packages, their floors and doors, and the rules that imports and syntax can tell."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from docs.pictures import floors

ROOT = Path(__file__).resolve().parent.parent

# From the ground up. A package, or a module on the ground, imports what stands on a floor below its own: nothing from
# above, and nothing from its neighbours. docs/pictures/floors.svg shows the same.
FLOORS: tuple[tuple[str, ...], ...] = (
    (
        "iup",
        "iup.model",
        "iup.problems",
        "iup.text",
    ),
    ("iup.errors",),
    ("iup.system",),
    (
        "iup.seal",
        "iup.system.git",
    ),
    ("iup.site",),
    (
        "iup.keys",
        "iup.policy",
    ),
    (
        "iup.checks",
        "iup.view",
    ),
    (
        "iup.checks.push",
        "iup.documents",
    ),
    ("iup.archive",),
    (
        "iup.build",
        "iup.office",
        "iup.office.disclosure",
        "iup.office.transfer",
    ),
    (
        "iup.demo",
        "iup.office.disclosure.review_page",
        "iup.office.replies",
        "iup.office.retention",
    ),
    ("iup.office.subject_access",),
    ("iup.cli",),
)
# From outside a package only these of its modules are imported.
DOORS: dict[str, tuple[str, ...]] = {
    "iup.model": (
        "base",
        "coverage",
        "disclosure",
        "form",
        "law",
        "people",
        "plan",
        "processing",
        "recipient",
        "reply",
        "retention",
        "role",
        "school",
        "signing",
    ),
    "iup.text": (
        "broken",
        "digits",
        "direction",
        "encodings",
        "identifiers",
        "invisible",
        "letters",
        "names",
        "one_name",
        "prose",
        "script",
        "withheld",
    ),
    "iup.system": (
        "clock",
        "files",
        "local_server",
        "programs",
        "scratch",
        "start",
    ),
    "iup.seal": (
        "aespdf",
        "certificate",
        "lock",
        "openpgp",
        "page",
        "passphrase",
        "reply",
        "symmetric",
    ),
    "iup.system.git": (
        "commit",
        "history",
        "index",
        "objects",
        "own_repository",
        "plumbing",
        "signatures",
        "signed_commits",
        "trees",
        "truncate",
    ),
    "iup.site": (
        "decode",
        "layout",
        "lazy_records",
        "load",
        "merge",
        "office_keys",
        "paths",
        "side_files",
        "strict_yaml",
        "value_hints",
        "yaml_diagnosis",
        "yaml_edit",
        "yaml_outline",
        "yaml_rules",
    ),
    "iup.keys": (
        "keyring",
        "locks",
        "new_office",
        "vault",
    ),
    "iup.policy": (
        "access",
        "change_rights",
        "change_statement",
        "changes",
        "correction",
        "items",
        "matrix",
        "place_keys",
        "relations",
        "writable",
    ),
    "iup.checks": (
        "case",
        "catalogue",
        "goal_history",
        "runner",
    ),
    "iup.checks.push": (
        "install",
        "pre_receive",
        "rules",
    ),
    "iup.view": (
        "bundle",
        "change_types",
        "earlier",
        "letter_types",
        "office_contact",
        "overview_types",
        "plan",
        "plan_parts",
        "types",
    ),
    "iup.documents": (
        "assets",
        "html",
        "leak_check",
        "pdf",
        "pdf_text",
        "wording",
    ),
    "iup.archive": (
        "correct",
        "earlier_terms",
        "finalise",
        "keep",
        "ledger",
        "projection",
        "reader",
        "show",
        "signing_key",
        "term_folders",
        "verify",
    ),
    "iup.build": (
        "deliver",
        "key_status",
        "pipeline",
        "preview",
        "publish",
        "reply_ticket",
    ),
    "iup.office.disclosure": (
        "deciders",
        "decision_check",
        "decision_file",
        "mask",
        "maskable_places",
        "masked_pdf",
        "proposals",
        "public_copy",
        "referral",
        "register",
        "release",
        "response",
        "review",
    ),
    "iup.office.transfer": (
        "export",
        "intake",
    ),
    "iup.demo": (
        "people",
        "site",
    ),
    "iup.office.disclosure.review_page": ("page",),
    "iup.office.replies": (
        "inbox",
        "receive",
        "reply",
        "store",
        "unseal",
        "verdict",
        "waiting",
    ),
    "iup.office.retention": (
        "holds",
        "inventory",
        "protocol",
        "purge",
        "schedule",
        "selection",
        "taken_in",
        "verify",
    ),
    "iup.office.subject_access": (
        "extract",
        "notices",
    ),
}
FLOOR_OF = {name: number for number, names in enumerate(FLOORS) for name in names}
MOST_LINES = 330
FEWEST_WORDS = 20  # of a paragraph that says what a package is
CHECKS = ("references", "dates", "people", "roster", "retention", "processing", "grounds", "plans", "goals", "texts")
# A name in backticks, of a module or of something in one. A path or a sign in backticks is no name.
NAME = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)`")
FILES = {"asc", "css", "json", "pgp", "yaml"}  # the endings that make a dotted name a file's
WRITTEN = {"antagen", "läge", "no"}  # words that stand in files of a site
SAYS_NOTHING = {"helper", "helpers", "util", "utils", "manager", "handler", "data", "info", "common"}


MODULES, PACKAGES = floors.MODULES, floors.PACKAGES
_unit, _imported, _tree = floors.unit, floors.imported, floors.tree


def _passes_a_door(importing: str, imported: str) -> bool:
    """Say whether a module of another package is imported that is none of its doors."""
    package = _unit(imported)
    if package in {imported, _unit(importing)}:
        return False
    return imported.removeprefix(f"{package}.") not in DOORS[package]


def _outside(module: str) -> set[str]:
    """Return the first names of everything a module imports."""
    found = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def _called(module: str) -> set[str]:
    """Return what a module calls or raises, as it is written: `print`, `datetime.now`, `sys.exit`."""
    found = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Call):
            found.add(ast.unparse(node.func))
        elif isinstance(node, ast.Raise) and node.exc is not None:
            found.add(ast.unparse(node.exc))
    return found


def _docstring(module: str) -> str:
    return ast.get_docstring(_tree(module)) or ""


@cache
def _names(module: str) -> frozenset[str]:
    """Return every name that a module gives: to what it defines, assigns, takes or imports."""
    found = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return frozenset(found)


@cache
def _everywhere() -> frozenset[str]:
    """Return the parts of all modules' names, and what the modules define at their top."""
    defined = (ast.FunctionDef, ast.ClassDef)
    tops = {node.name for module in MODULES for node in _tree(module).body if isinstance(node, defined)}
    return frozenset(tops | {part for module in MODULES for part in module.split(".")})


def _exists(name: str, module: str) -> bool:
    """Say whether a name in a module's docstring is one of ours, by its last parts (`view.earlier`, `Tree.read`)."""
    above, _, last = name.rpartition(".")
    if not above:
        return name in _names(module) | _everywhere() | WRITTEN
    return last in FILES or any(
        f".{other}".endswith(f".{name}")
        or (last in _names(other) and (f".{other}".endswith(f".{above}") or above in _names(other)))
        for other in MODULES
    )


def test_every_package_has_a_floor() -> None:
    assert set(FLOOR_OF) == {_unit(module) for module in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down_to_an_earlier_floor(module: str) -> None:
    own = _unit(module)
    others = {_unit(other) for other in _imported(module)} - {own}

    assert not {other for other in others if FLOOR_OF[other] >= FLOOR_OF[own]}


def test_every_package_is_as_low_as_its_imports_let_it_be() -> None:
    assert floors.floors() == tuple(tuple(sorted(names)) for names in FLOORS)


def test_the_picture_of_the_floors_is_what_the_imports_make() -> None:
    assert floors.PICTURE.read_text(encoding="utf-8") == floors.picture(), "run python docs/pictures/floors.py"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_through_the_doors(module: str) -> None:
    assert not {other for other in _imported(module) if _passes_a_door(module, other)}


def test_every_door_is_used() -> None:
    used = {other for module in MODULES for other in _imported(module) if _unit(other) != _unit(module)}

    assert {f"{package}.{door}" for package, doors in DOORS.items() for door in doors} <= used


@pytest.mark.parametrize("package", sorted(PACKAGES - {"iup"}))
def test_a_package_is_one_paragraph_and_imports_nothing(package: str) -> None:
    told = _docstring(package)

    assert len(told.split()) >= FEWEST_WORDS
    assert len(_tree(package).body) == 1


@pytest.mark.parametrize("package", sorted(PACKAGES - {"iup"}))
def test_a_package_names_its_doors(package: str) -> None:
    _, _, named = _docstring(package).partition("Doors: ")

    assert tuple(re.findall(r"`(\w+)`", named)) == DOORS.get(package, ())


def test_no_import_goes_round_in_a_circle() -> None:
    left = {module: _imported(module) - {module} for module in MODULES}
    while free := {module for module, needs in left.items() if not needs & left.keys()}:
        for module in free:
            del left[module]

    assert not left


def test_the_domain_knows_neither_yaml_nor_git_nor_policy() -> None:
    known = {other for module in MODULES if module.startswith("iup.model") for other in _imported(module)}

    assert all(other.startswith("iup.model") for other in known)


def test_seals_see_bytes_and_never_a_view() -> None:
    known = {other for module in MODULES if module.startswith("iup.seal") for other in _imported(module)}

    assert not {
        other for other in known if other.startswith(("iup.view", "iup.model", "iup.policy.access", "iup.view.bundle"))
    }


def test_templates_are_set_without_pupil_policy_or_recipient() -> None:
    names = {
        alias.name
        for node in ast.walk(_tree("iup.documents.html"))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert not names & {"Pupil", "Person", "School", "Plan", "Goals", "Policy", "Recipient", "Bundle"}
    assert not _imported("iup.documents.html") & {"iup.policy.access", "iup.view.bundle", "iup.model.school"}


def test_siblings_among_the_checks_do_not_know_one_another() -> None:
    siblings = {f"iup.checks.{module}" for module in CHECKS}

    assert siblings <= MODULES.keys()
    assert not {(one, other) for one in siblings for other in _imported(one) & siblings}


@pytest.mark.parametrize(
    ("outside", "home"),
    [
        ("subprocess", {"iup.system.programs"}),
        ("gnupg", {"iup.seal.openpgp"}),
        ("yaml", {"iup.site.strict_yaml"}),
        ("ruamel", {"iup.site.yaml_edit"}),
        ("weasyprint", {"iup.documents.clusters", "iup.documents.pdf"}),
        ("jinja2", {"iup.documents.html"}),
        ("typer", {module for module in MODULES if module.startswith("iup.cli")}),
        ("rich", {"iup.cli.output"}),
    ],
)
def test_an_outside_thing_has_one_home(outside: str, home: set[str]) -> None:
    users = {module for module in MODULES if outside in _outside(module)}

    assert users
    assert users <= home


def test_only_the_clock_reads_the_time() -> None:
    readings = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.localtime"}
    readers = {module for module in MODULES if _called(module) & readings}

    assert readers == {"iup.system.clock"}


def test_only_the_command_line_prints_or_exits() -> None:
    speaking = {"print", "sys.exit", "exit", "quit", "SystemExit", "sys.stdout.write", "sys.stderr.write", "os._exit"}
    speakers = {module for module in MODULES if _called(module) & speaking}

    assert speakers == {"iup.cli.output"}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_for(module: str) -> None:
    assert _docstring(module)


@pytest.mark.parametrize("module", MODULES)
def test_a_docstring_begins_with_a_sentence_and_not_with_a_name(module: str) -> None:
    name = module.rpartition(".")[2].replace("_", "[_-]")

    assert not re.match(rf"`?((?i:{name})|[a-z_-]+)`?:", _docstring(module))


@pytest.mark.parametrize("module", MODULES)
def test_what_a_docstring_names_exists(module: str) -> None:
    assert not {name for name in NAME.findall(_docstring(module)) if not _exists(name, module)}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short_enough_to_read_at_a_sitting(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {module for module in MODULES if set(module.split(".")) & SAYS_NOTHING}


def test_no_class_name_stands_in_two_modules() -> None:
    where: dict[str, list[str]] = {}
    for module in MODULES:
        for part in _tree(module).body:
            if isinstance(part, ast.ClassDef):
                where.setdefault(part.name, []).append(module)

    assert not {name: modules for name, modules in where.items() if len(modules) > 1}


def test_tests_lie_as_the_modules_they_are_about() -> None:
    """A test of one module is `tests/PACKAGE/test_MODULE.py` or `test_MODULE_more.py`; of several, in `properties`."""
    crossing = {"tests", "tests/bench", "tests/properties"}
    astray = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        folder = path.parent.relative_to(ROOT).as_posix()
        package = folder.replace("tests", "iup", 1).replace("/", ".")
        names = {module.removeprefix(f"{package}.") for module in MODULES if _unit(module) == package}
        about = path.stem.removeprefix("test_")
        if folder not in crossing and not any(about == name or about.startswith(f"{name}_") for name in names):
            astray.append(path.relative_to(ROOT).as_posix())

    assert not astray
