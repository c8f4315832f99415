"""routes: which file of a tree is what, by its path alone, and whose it is. Reads nothing."""

from __future__ import annotations

import re

# Read by other modules (`site`, `policy`, `replies`); known here so that they are not taken for strays.
ELSEWHERE = re.compile(
    r"content/site\.yaml|policies/access\.yaml|(.+/)?README\.md|replies/[0-9a-f]{20}/original(\.pgp)?"
)
ROUTES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"content/schools/(?P<id>[a-z][a-z0-9-]*)\.yaml", "unit"),
        (r"content/people/(?P<id>[a-z][a-z0-9]{4})\.yaml", "person"),
        (r"content/pupils/(?P<id>[a-z][a-z0-9]{4})/pupil\.yaml", "pupil"),
        (r"content/pupils/(?P<id>[a-z][a-z0-9]{4})/plan\.yaml", "plan"),
        (r"content/pupils/(?P<id>[a-z][a-z0-9]{4})/goals\.yaml", "goals"),
        (r"policies/forms/(?P<id>[a-z0-9-]+)\.yaml", "form"),
        (r"register/(?P<id>[a-z][a-z0-9]{4})\.yaml", "registered"),
        (r"replies/(?P<id>[0-9a-f]{20})/reply\.yaml", "reply"),
        (r"content/keys/(?P<id>[0-9A-F]{40})\.gpg", "key"),
    )
)

_OWNERS = {"pupil": "pupil", "plan": "pupil", "goals": "pupil", "person": "person"}


def routed(path: str) -> tuple[str, str]:
    """Return the kind of a file and the name it tells; two empty strings for a file that nobody knows."""
    for pattern, kind in ROUTES:
        if match := pattern.fullmatch(path):
            return kind, match["id"]
    return "", ""


def owner(path: str) -> tuple[str, str]:
    """Return whose a file is, as ("pupil" or "person", id); two empty strings for what is nobody's own."""
    kind, name = routed(path)
    return (_OWNERS[kind], name) if kind in _OWNERS else ("", "")
