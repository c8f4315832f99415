"""Pass a request on to the principal from somebody who may not decide it.

In: what an educator knows (when it came, how, whose plans). Out: a small file that the office registers, with ids and
times in it and nothing else; whom to turn to; and what the person who registers a request should be told. An educator's
clone has no office, so the file travels instead; where the office is at hand it is not needed. Refuses nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from iup.errors import RepositoryError, UsageError
from iup.model.base import Id, Moment, Record, Term
from iup.model.disclosure import RequestChannel
from iup.office.disclosure import public_copy
from iup.office.disclosure.register import Arrival
from iup.site import decode, strict_yaml
from iup.site.layout import work_tree
from iup.site.load import SiteReader
from iup.system.git import commit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from iup.model.disclosure import Request
    from iup.model.school import School
    from iup.site.layout import Site

_MOMENT = "%Y-%m-%d %H:%M"


def _terms(value: object) -> object:
    return () if value == "hela" else value


class _Row(Record):
    arrived: Moment = Field(alias="inkom")
    channel: RequestChannel = Field(alias="kanal")
    pupil: Id | None = Field(default=None, alias="elev")
    terms: Annotated[tuple[Term, ...], BeforeValidator(_terms)] = Field(default=(), alias="terminer")
    by: Id | None = Field(default=None, alias="hänvisad_av")
    referred: Moment | None = Field(default=None, alias="hänvisad")


class _File(Record):
    rows: tuple[_Row, ...] = Field(alias="hänvisning", min_length=1)


def reaches(site: Site) -> bool:
    """Say whether the office is at hand, so that a request can be registered at once."""
    return site.office is not None and (site.office / "office.yaml").is_file()


def sender(site: Site) -> str:
    """Return the person whom git names as its user; an empty string where nobody here is named, which stops nobody."""
    try:
        email = commit.author(site.root).email.casefold()
    except RepositoryError:
        return ""
    school = SiteReader(work_tree(site)).school
    rows = school.roster if school else ()
    return next((row.person for row in rows if email in {known.casefold() for known in row.emails}), "")


def written(arrivals: Sequence[Arrival]) -> bytes:
    """Return the bytes that are sent to the office: ids and times, nobody's name."""
    rows = [
        {
            "inkom": one.moment.strftime(_MOMENT),
            "kanal": one.channel.value,
            **({"elev": one.pupil} if one.pupil else {}),
            "terminer": list(one.terms) or "hela",
            **({"hänvisad_av": one.referred_by} if one.referred_by else {}),
            **({"hänvisad": one.referred.strftime(_MOMENT)} if one.referred else {}),
        }
        for one in arrivals
    ]
    return strict_yaml.written({"hänvisning": rows})


def read(path: Path) -> list[Arrival]:
    """Read what `written` wrote; raise `UsageError` for a file that is something else."""
    try:
        record, _ = decode.decode(_File, strict_yaml.parse(path.read_bytes()), path.name)
    except (OSError, strict_yaml.StrictYamlError):
        record = None
    if record is None:
        raise UsageError(
            "filen efter --referral är inte en hänvisning som disclose refer har skrivit",
            "registrera ändå: build.py disclose new ELEV --arrived TID --channel SÄTT",
        )
    return [
        Arrival(row.arrived, row.channel, row.pupil or "", row.terms, row.by or "", row.referred) for row in record.rows
    ]


def principal(site: Site, pupil: str, day: date) -> str:
    """Return to whom a request about a pupil is sent. For a protected pupil not even the school is named."""
    school = SiteReader(work_tree(site)).school
    record = school.pupils.get(pupil) if school else None
    if school is None:
        return "Rektorn på elevens skola prövar begäran."
    place = school.place(pupil, day)
    if record is None or place is None or record.is_protected(day):
        office = school.municipality.registrar
        return f"Begäran går till rektorn genom {office.name}{f', {office.phone}' if office.phone else ''}."
    names = [school.name_of(post.person) for post in place[0].principals if post.covers(day)]
    office = place[0].office
    return f"Begäran går till rektor {', '.join(names)}{f', {office.phone}' if office.phone else ''}."


def notes(school: School, root: Path, request: Request, day: date) -> Iterator[str]:
    """Yield what the person who registers a request should know; none of it stops the request."""
    pupil = request.pupil or ""
    record = school.pupils.get(pupil)
    if not public_copy.head(root, pupil):
        yield (
            "inget av den elevens har skickats hem, kommit in eller fastställts, så det finns ingen allmän handling i "
            "arkivet. Rektorn svarar ändå; ett nej är ett beslut som kan överklagas."
        )
    else:
        kept = {term.name for term in public_copy.terms(root, school.municipality, pupil)}
        for term in request.terms:
            if term not in kept:
                yield f"terminen {term} finns inte i elevens arkiv. Rektorn svarar ändå."
    if record is not None and record.is_protected(day):
        yield (
            "eleven har skyddade personuppgifter. Bekräfta ingenting för den som frågar, inte ens att eleven går i "
            "skolan; rektorn avgör vad som sägs."
        )
    rules = school.disclosure
    if school.municipality.authority == "enskild" and rules and rules.private_from and day < rules.private_from:
        yield f"hos en enskild huvudman gäller offentlighetsprincipen från och med {rules.private_from.isoformat()}."
