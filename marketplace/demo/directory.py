"""Makes the sample's directory one that staff have worked on: numbers, marks, mandates, and two entries that may be one."""

from collections.abc import Mapping
from datetime import timedelta

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.demo.people import acting
from marketplace.organizations import mandates, numbering, queries, service, verifying
from marketplace.organizations.models import Kind, Mandate, Organization, Role, VerifiedBy
from marketplace.organizations.numbers import Scheme, uscc_check_sign

VERIFIED = 6
YEAR = timedelta(days=365)
SHARED = "https://www.twin.example"


def fill(organizations: Mapping[int, Organization], owners: Mapping[int, Person], *, agency: Person, manager: Actor) -> None:
    """The first few are verified, those in China with an invented credit code; a mandate is in force, and one waits for ``agency``.

    Raises DomainError.
    """
    by_kind: dict[Kind, list[int]] = {kind: [] for kind in Kind}
    for place, organization in organizations.items():
        by_kind[organization.kind].append(place)
    for place in list(organizations)[:VERIFIED]:
        _verify(organizations[place], place, manager)
    agencies = [place for place in by_kind[Kind.AGENCY] if owners[place].id != agency.id]
    institutes = by_kind[Kind.INSTITUTE][-2:]
    if agencies and institutes:
        _mandate(owners[institutes[0]], owners[agencies[-1]])
        _propose(owners[institutes[-1]], agency)
    for place, tail in zip(agencies[-2:], ("", "/en"), strict=False):
        by = acting(owners[place])
        service.edit(queries.own(organizations[place].id, by=by, lock=True), by=by, website=SHARED + tail)


def _verify(organization: Organization, place: int, manager: Actor) -> None:
    if organization.country == "CN":
        code = f"91110000MA{place:07d}"
        numbering.add(organization.id, Scheme.USCC, value=code + uscc_check_sign(code), by=manager)
    verifying.verify(organization.id, VerifiedBy.REGISTER if organization.country == "CN" else VerifiedBy.DOCUMENT, by=manager)


def _propose(principal: Person, agency: Person) -> Mandate:
    to = acting(agency).acting
    if to is None:
        raise LookupError("a sample person acts for nobody")
    return mandates.propose(to.slug, role=Role.EDITOR, ends_on=mandates.today() + YEAR, by=acting(principal))


def _mandate(principal: Person, agency: Person) -> None:
    mandates.accept(_propose(principal, agency).id, by=acting(agency))
