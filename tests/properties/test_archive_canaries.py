"""Every text of the invented school is a token of its own; what the archive keeps of a pupil is what it should."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.archive.projection import Projector
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.policy.access import required_policy
from iup.site.layout import open_site, work_tree
from iup.site.load import load
from iup.view.bundle import Bundler, recipients
from tests.conftest import DAY, Place
from tests.support import canaries
from tests.support.canaries import Facts, tokens

if TYPE_CHECKING:
    from iup.archive.projection import Projection


@pytest.fixture(scope="module")
def facts(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    place = built.copied(tmp_path_factory.mktemp("kept") / "d", "output")
    canaries.Planter(place.site, place.office).plant()
    return Facts(place.site, place.office, DAY)


@pytest.fixture(scope="module")
def kept(facts: Facts) -> dict[str, Projection]:
    """Return what `deliver`, `share`, `finalise` and an accepted reply would archive of each pupil."""
    tree, day, assets = work_tree(open_site(facts.site)), date.fromisoformat(DAY), load_assets()
    school, _ = load(tree)
    assert school is not None
    policy = required_policy(tree)
    bundler = Bundler(school, policy, day, b"k" * 32)
    bundles = [bundler.bundle(recipient) for recipient in recipients(school, day)]
    projector = Projector(school, policy, day, bundles, Renderer(assets), assets)
    return {pupil: made for pupil in school.pupils if (made := projector.project(pupil)) is not None}


def test_what_is_kept_of_a_pupil_is_what_left_the_draft_and_nothing_else(
    facts: Facts, kept: dict[str, Projection]
) -> None:
    assert len(kept) > 10
    titles = tokens(*(person.get("titel", "") for person in facts.people.values()))
    for pupil, made in kept.items():
        right = facts.kept(pupil)
        texts, named = tokens(*right["texts"]), tokens(*right["named"])
        school, group = facts.places[pupil]
        office = facts.municipality["registrator"] if facts.protected(pupil) else school["expedition"]
        around = tokens(group["namn"], *office.values(), *([] if facts.protected(pupil) else [school["namn"]]))
        files = {path: tokens(data.decode()) for path, data in made.files.items()}
        records = files.get("plan.yaml", frozenset()) | files.get("goals.yaml", frozenset())
        lost = [facts.origin[token] for token in sorted(texts - records)]
        assert lost == [], pupil
        for path, found in files.items():
            more = found - texts - named - around
            assert [facts.origin[token] for token in sorted(more)] == [], f"{pupil}: {path}"
        documents = {path: found for path, found in files.items() if path.endswith((".html", ".json"))}
        pairs = [(documents[path], documents[f"{path[:-5]}.json"]) for path in documents if path.endswith(".html")]
        # A title stands in the view also where the page has the name alone.
        unlike = [facts.origin[token] for html, view in pairs for token in sorted((html - titles) ^ (view - titles))]
        assert unlike == [], "the view is what the page says"


def test_nothing_is_kept_of_a_pupil_whose_plan_and_goals_are_drafts(facts: Facts, kept: dict[str, Projection]) -> None:
    drafts = {pupil for pupil in facts.pupils if not facts.kept(pupil)["texts"]}
    assert drafts.isdisjoint(kept)
