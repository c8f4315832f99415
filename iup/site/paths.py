"""Which file of a tree is what, by its path alone, and whose it is; and the path of each file. Reads nothing."""

from __future__ import annotations

import re

# Read by other modules (`site`, `policy`, `replies`); known here so that they are not taken for strays.
ELSEWHERE = re.compile(
    r"content/site\.yaml|policies/access\.yaml|(.+/)?README\.md|replies/[0-9a-f]{20}/original(\.pgp)?"
)
_ROUTES = {
    "unit": r"content/schools/([a-z][a-z0-9-]*)\.yaml",
    "person": r"content/people/([a-z][a-z0-9]{4})\.yaml",
    "pupil": r"content/pupils/([a-z][a-z0-9]{4})/pupil\.yaml",
    "plan": r"content/pupils/([a-z][a-z0-9]{4})/plan\.yaml",
    "goals": r"content/pupils/([a-z][a-z0-9]{4})/goals\.yaml",
    "form": r"policies/forms/([a-z0-9-]+)\.yaml",
    "registered": r"register/([a-z][a-z0-9]{4})\.yaml",
    "reply": r"replies/([0-9a-f]{20})/reply\.yaml",
    "key": r"content/keys/([0-9A-F]{40})\.gpg",
}
KINDS = tuple(_ROUTES)
# All of them as one pattern, since a municipality has forty thousand files: the group that ends last is the
# kind's own, and the name is the group inside it.
_ROUTE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _ROUTES.items()))

_OWNERS = {"pupil": "pupil", "plan": "pupil", "goals": "pupil", "person": "person"}


def routed(path: str) -> tuple[str, str]:
    """Return the kind of a file and the name it tells; two empty strings for a file that nobody knows."""
    match = _ROUTE.fullmatch(path)
    if match is None or match.lastgroup is None or match.lastindex is None:
        return "", ""
    return match.lastgroup, match[match.lastindex + 1]


def owner(path: str) -> tuple[str, str]:
    """Return whose a file is, as ("pupil" or "person", id); two empty strings for what is nobody's own."""
    kind, name = routed(path)
    return (_OWNERS[kind], name) if kind in _OWNERS else ("", "")


def unit_file(unit: str) -> str:
    """Return the file of a school."""
    return f"content/schools/{unit}.yaml"


def person_file(person: str) -> str:
    """Return the file of a guardian or a member of staff."""
    return f"content/people/{person}.yaml"


def pupil_file(pupil: str) -> str:
    """Return the file of a pupil's identity."""
    return f"content/pupils/{pupil}/pupil.yaml"


def plan_file(pupil: str) -> str:
    """Return the file of a pupil's plan."""
    return f"content/pupils/{pupil}/plan.yaml"


def goals_file(pupil: str) -> str:
    """Return the file of a pupil's goals."""
    return f"content/pupils/{pupil}/goals.yaml"


def register_file(person: str) -> str:
    """Return a person's file in the office's register."""
    return f"register/{person}.yaml"
