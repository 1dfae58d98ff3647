"""What keeps the directory right: a number of A's, a mandate that A may accept, a marked organisation, and two that are one."""

from marketplace.core.clock import now
from marketplace.organizations import duplicates, mandates
from marketplace.organizations.models import Kind, OrganizationNumber, Role, VerifiedBy
from marketplace.organizations.numbers import Scheme
from tests.factories import actor, make_member, make_organization, save
from tests.rights.world.whole import World, do


def add_directory(world: World) -> None:
    things = world.things
    things["number"] = save(OrganizationNumber(organization_id=things["a"].id, scheme=Scheme.ROR, value="03cve4549", created_at=now()))
    principal = things["principal"] = make_organization(kind=Kind.INSTITUTE)
    head = make_member(principal)
    things["mandate"] = do(mandates.propose, things["a"].slug, role=Role.EDITOR, ends_on=now().date(), by=actor(head))
    things["marked"] = make_organization(verified_at=now(), verified_how=VerifiedBy.CALL)
    for name in ("twin", "other_twin"):
        things[name] = make_organization(kind=Kind.INSTITUTE, name_en="Twin Institute", website="https://twin.example")
        do(duplicates.note, things[name])
