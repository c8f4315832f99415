"""The house rules that the imports and the syntax tree can tell: one direction, one place for each outside thing."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From the ground up: a module imports its own level and the levels before it.
LEVELS: tuple[tuple[str, str], ...] = (
    (
        "packages",
        (
            "text system system.git site policy checks.push documents archive build keys demo office "
            "office.replies office.disclosure office.disclosure.review_page office.subject_access "
            "office.retention office.transfer"
        ),
    ),
    ("ground", ("iup problems errors system.versions system.clock system.programs system.scratch system.files")),
    (
        "domain",
        (
            "model model.base model.role model.form model.people model.plan model.reply model.disclosure "
            "model.retention model.processing model.school model.law model.coverage"
        ),
    ),
    (
        "input",
        (
            "system.git.plumbing system.git.index system.git.commit system.git.trees system.git.history "
            "site.strict_yaml site.yaml_outline site.decode site.lazy_records site.paths site.load site.layout"
        ),
    ),
    (
        "rules",
        (
            "policy.relations policy.access policy.matrix policy.items text.prose policy.writable policy.changes "
            "policy.change_rights checks.push.rules deciding"
        ),
    ),
    (
        "checks",
        (
            "checks checks.case checks.references checks.dates checks.people checks.roster checks.retention "
            "checks.processing checks.grounds checks.plans checks.goals checks.texts"
        ),
    ),
    ("checking", ("checks.runner build.read_tracking")),
    (
        "views",
        (
            "view view.notice_types view.overview_types view.change_types view.letter_types view.types "
            "view.past_types view.reply_places view.office_contact view.plan_parts view.plan view.start "
            "view.small_numbers view.overview_parts view.unread view.overview view.earlier"
        ),
    ),
    (
        "documents",
        (
            "view.bundle documents.wording documents.goal_chart documents.assets documents.html documents.pdf "
            "documents.pdf_text text.withheld documents.leak_check"
        ),
    ),
    (
        "seals",
        ("seal seal.padding seal.passphrase seal.aespdf seal.page seal.reply seal.certificate seal.openpgp seal.lock"),
    ),
    ("result", ("build.reply_ticket office.replies.reply site.yaml_edit keys.keyring build.publish build.cache")),
    (
        "archive",
        (
            "system.git.signed_commits archive.ledger archive.json_dedup archive.projection archive.reader "
            "archive.earlier_terms archive.show"
        ),
    ),
    (
        "disclosure",
        (
            "office.disclosure.register office.disclosure.mask office.disclosure.public_copy "
            "office.disclosure.decision_file office.disclosure.proposals office.disclosure.deciders "
            "office.disclosure.masked_pdf office.disclosure.decision_check office.disclosure.review "
            "office.disclosure.review_page.types office.disclosure.review_page.content "
            "office.disclosure.review_page.choices office.disclosure.referral office.disclosure.response"
        ),
    ),
    ("making", ("keys.locks build.worklist build.reuse build.worker build.preload build.pool")),
    ("line", ("build.pipeline checks.goal_history build.key_status")),
    ("invented", ("demo.pool demo.keys demo.people demo.texts demo.goals demo.school_years demo.municipality")),
    ("sites", ("demo.archive demo.site system.local_server build.watch build.preview")),
    (
        "replies",
        (
            "office.replies.inbox office.replies.validate office.replies.unseal office.replies.store "
            "office.replies.receive"
        ),
    ),
    ("door", ("system.git.signatures checks.push.commit checks.push.pre_receive checks.push.install site.merge")),
    (
        "handing over",
        ("archive.keep archive.finalise archive.signing_key build.deliver archive.verify office.disclosure.release"),
    ),
    (
        "change of school",
        (
            "office.transfer.bagit office.transfer.package office.transfer.export office.transfer.quarantine "
            "office.transfer.intake"
        ),
    ),
    (
        "retention",
        (
            "office.retention.schedule office.retention.holds office.retention.search_terms office.retention.scan "
            "system.git.truncate office.retention.erasure office.retention.case_files office.retention.inventory "
            "office.retention.selection office.retention.protocol office.retention.verify office.retention.purge"
        ),
    ),
    (
        "one's own data",
        (
            "office.subject_access.redact_others office.subject_access.person_rows office.subject_access.stores "
            "office.subject_access.correspondence office.subject_access.extract office.subject_access.notices"
        ),
    ),
    ("review page", ("office.disclosure.review_page.outcome office.disclosure.review_page.page")),
    ("command line", ("cli.swedish cli.output cli.app cli.fault")),
    (
        "commands",
        (
            "cli.archive cli.build cli.check cli.deliver cli.demo cli.disclose cli.subject_access "
            "cli.disclose_release cli.explain cli.finalise cli.hooks cli.keys cli.merge_plan cli.preview "
            "cli.receive cli.retain cli.retain_purge cli.review_page cli.schema cli.status cli.unseal cli"
        ),
    ),
)
LEVEL_OF = {
    (name if name == "iup" else f"iup.{name}"): number
    for number, (_, names) in enumerate(LEVELS)
    for name in names.split()
}
MOST_LINES = 330
SAYS_NOTHING = {"helper", "helpers", "util", "utils", "manager", "handler", "data", "info", "common"}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {_name(path): path for path in sorted((ROOT / "iup").rglob("*.py"))}


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def _imported(module: str) -> set[str]:
    """Return the modules of ours that one imports, for types and inside functions too."""
    found = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                longer = f"{node.module}.{alias.name}"
                found.add(longer if longer in MODULES else node.module or "")
    return found & MODULES.keys()


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


def test_every_module_has_a_level() -> None:
    assert set(LEVEL_OF) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_to_the_own_level_or_an_earlier_one(module: str) -> None:
    later = {other for other in _imported(module) if LEVEL_OF[other] > LEVEL_OF[module]}

    assert not later


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
    names = "references dates people roster retention processing grounds plans goals texts".split()
    checks = {f"iup.checks.{name}" for name in names}

    assert not {(one, other) for one in checks for other in _imported(one) & checks}


@pytest.mark.parametrize(
    ("outside", "home"),
    [
        ("subprocess", {"iup.system.programs"}),
        ("bagit", {"iup.office.transfer.bagit"}),
        ("gnupg", {"iup.seal.openpgp"}),
        ("yaml", {"iup.site.strict_yaml"}),
        ("weasyprint", {"iup.documents.pdf"}),
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
    assert ast.get_docstring(_tree(module))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_short_enough_to_read_at_a_sitting(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not {module for module in MODULES if set(module.split(".")) & SAYS_NOTHING}
