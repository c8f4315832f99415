"""Where things lie: the folders and files of the teachers' repository and of the office, and which file is what.

In: an id, or a path. Out: a path below the root of its repository, with `/`; or what the file of a path is and whose.
This is the only place that spells these paths out, with two exceptions: a package of the office names the files inside
a folder of its own, and `load` names the rules in `policies/`. Reads nothing.
"""

from __future__ import annotations

import re

# The teachers' repository.
SCHOOLS = "content/schools"
PEOPLE = "content/people"
PUPILS = "content/pupils"
KEYS = "content/keys"
# The office's own folder there: the certificates it signs with, and what it has taken in. Nobody else changes it.
OFFICE_FOLDER = "content/office"
SIGNING = f"{OFFICE_FOLDER}/signing.yaml"
TAKEN_IN = f"{OFFICE_FOLDER}/taken-in.txt"

# The office's.
REGISTER = "register"
REPLIES = "replies"
REQUESTS = "requests"
HOLDS = "holds"
PROTOCOLS = "protocols"
# A line for each request that is answered; it stays when the request is purged.
ANSWERED = f"{REQUESTS}/register.yaml"
# What a school is read from beside the teachers' files.
READ_WITH_CONTENT = (REGISTER, REPLIES)

# The office's too, and never committed.
KEYHOME = "keyhome"
OFFICE_HOME = f"{KEYHOME}/office"
OFFICE_RING = f"{KEYHOME}/office.gpg"
SIGNING_HOME = f"{KEYHOME}/signing"
SECRETS = "secrets"
MASTER = f"{SECRETS}/master.pgp"

# Read by other modules (`site`, `policy`, `replies`); known here so that they are not taken for strays.
ELSEWHERE = re.compile(
    rf"content/site\.yaml|policies/access\.yaml|(.+/)?README\.md|{REPLIES}/[0-9a-f]{{20}}/original(\.pgp)?"
)
_ID = r"([a-z][a-z0-9]{4})"
# The pattern of each kind's path, with the name that it tells as its only group.
ROUTES = {
    "unit": rf"{SCHOOLS}/([a-z][a-z0-9-]*)\.yaml",
    "person": rf"{PEOPLE}/{_ID}\.yaml",
    "pupil": rf"{PUPILS}/{_ID}/pupil\.yaml",
    "plan": rf"{PUPILS}/{_ID}/plan\.yaml",
    "goals": rf"{PUPILS}/{_ID}/goals\.yaml",
    "form": r"policies/forms/([a-z0-9-]+)\.yaml",
    "registered": rf"{REGISTER}/{_ID}\.yaml",
    "reply": rf"{REPLIES}/([0-9a-f]{{20}})/reply\.yaml",
    "key": rf"{KEYS}/([0-9A-F]{{40}})\.gpg",
    "office": rf"{OFFICE_FOLDER}/(signing\.yaml|taken-in\.txt|[0-9A-F]{{40}}\.gpg|[0-9A-F]{{40}}\.sig)",
}
KINDS = tuple(ROUTES)
# All of them as one pattern, since a municipality has forty thousand files: the group that ends last is the
# kind's own, and the name is the group inside it.
_ROUTE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in ROUTES.items()))

_IN_FOLDER = re.compile(rf"{PUPILS}/{_ID}/[a-z]+\.yaml")
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


def pupil_of(path: str) -> str:
    """Return the pupil in whose folder a file lies, whatever it is called; empty for a file of nobody's folder."""
    match = _IN_FOLDER.fullmatch(path)
    return match[1] if match else ""


def unit_file(unit: str) -> str:
    """Return the file of a school."""
    return f"{SCHOOLS}/{unit}.yaml"


def person_file(person: str) -> str:
    """Return the file of a guardian or a member of staff."""
    return f"{PEOPLE}/{person}.yaml"


def certificate_file(fingerprint: str) -> str:
    """Return the file of a person's public key."""
    return f"{KEYS}/{fingerprint}.gpg"


def signing_certificate(fingerprint: str) -> str:
    """Return the file of a public key that the office signs with."""
    return f"{OFFICE_FOLDER}/{fingerprint}.gpg"


def signing_handover(fingerprint: str) -> str:
    """Return the file where the office's former key says that this key comes after it."""
    return f"{OFFICE_FOLDER}/{fingerprint}.sig"


def pupil_folder(pupil: str) -> str:
    """Return the folder of everything that is a pupil's own."""
    return f"{PUPILS}/{pupil}"


def pupil_file(pupil: str) -> str:
    """Return the file of a pupil's identity."""
    return f"{pupil_folder(pupil)}/pupil.yaml"


def plan_file(pupil: str) -> str:
    """Return the file of a pupil's plan."""
    return f"{pupil_folder(pupil)}/plan.yaml"


def goals_file(pupil: str) -> str:
    """Return the file of a pupil's goals."""
    return f"{pupil_folder(pupil)}/goals.yaml"


def register_file(person: str) -> str:
    """Return a person's file in the office's register."""
    return f"{REGISTER}/{person}.yaml"


def reply_folder(reply: str) -> str:
    """Return the office's folder of what came in as one reply."""
    return f"{REPLIES}/{reply}"


def request_folder(number: int) -> str:
    """Return the office's folder of a request to see a pupil's plans."""
    return f"{REQUESTS}/{number}"


def secret_file(recipient: str) -> str:
    """Return the office's file of a recipient's passphrase."""
    return f"{SECRETS}/{recipient}.sealed"


def signing_home(fingerprint: str) -> str:
    """Return the GnuPG home of a signing key that is not the office's first."""
    return f"{SIGNING_HOME}-{fingerprint}"
